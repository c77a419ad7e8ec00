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
  { kind: 'bytes'; bytes: Uint8Array } | { kind: 'dump'; compression: 'none' | 'gzip' } | { kind: 'close' };

export type FromWorker =
  | { kind: 'opened'; program: object }
  | { kind: 'bytes'; bytes: Uint8Array; done: boolean }
  | { kind: 'dumped'; tar: Blob }
  | { kind: 'closed' }
  /** The database cannot go on; the worker ends after this. */
  | { kind: 'failed'; error: Error };
