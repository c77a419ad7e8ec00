/**
 * What the main thread and the worker of the embedded database say to each other. Types only: the worker loads no more.
 */
export interface WorkerStart {
  /** Folder of the cluster; null keeps it in memory. */
  folder: string | null;
  loadDataDir: Blob | null;
  /** PGlite's program, if another thread of this process has compiled it. */
  program: object | null;
}

export type ToWorker =
  /** Whole protocol messages, to be answered by `bytes` of which the last is `done`. */
  | { kind: 'bytes'; bytes: Uint8Array }
  | { kind: 'dump'; compression: 'none' | 'gzip' }
  /** Back to the moment at which it was opened; only a program of tests can. */
  | { kind: 'reset' }
  | { kind: 'close' };

export type FromWorker =
  | { kind: 'opened'; program: object }
  | { kind: 'bytes'; bytes: Uint8Array; done: boolean }
  | { kind: 'dumped'; tar: Blob }
  /** Whether it is as it was; if not, it must not be used again. */
  | { kind: 'reset'; done: boolean }
  | { kind: 'closed' }
  /** The database cannot go on; the worker ends after this. */
  | { kind: 'failed'; error: Error };
