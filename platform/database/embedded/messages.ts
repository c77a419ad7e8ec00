/** Messages between the main thread and the worker of the embedded database. Types only: the worker loads nothing else. */
export interface WorkerStart {
  /** Folder of the cluster; null keeps it in memory. */
  folder: string | null;
  loadDataDir: Blob | null;
  /** PGlite's compiled program, if another database of this process has compiled it. */
  program: object | null;
}

export type ToWorker =
  /** Whole protocol messages, answered by `bytes`, of which the last is `done`. */
  | { kind: 'bytes'; bytes: Uint8Array }
  | { kind: 'dump'; compression: 'none' | 'gzip' }
  /** Restores the state at opening; only the tests' program can. */
  | { kind: 'reset' }
  | { kind: 'close' };

export type FromWorker =
  | { kind: 'opened'; program: object }
  | { kind: 'bytes'; bytes: Uint8Array; done: boolean }
  | { kind: 'dumped'; tar: Blob }
  /** Whether the state was restored; if not, the database must not be used again. */
  | { kind: 'reset'; done: boolean }
  | { kind: 'closed' }
  /** The database has failed; the worker ends after this. */
  | { kind: 'failed'; error: Error };
