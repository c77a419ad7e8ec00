import { Worker } from 'node:worker_threads';
import { settlesWithin } from '../patience.ts';
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts';

/** A clean shutdown writes a checkpoint. After this time (ms) the thread is terminated, which loses nothing. */
const CLOSE_MS = 10_000;

/** The compiled program of PGlite, shared by all databases of the process: compiling and optimising it takes seconds. */
let program: object | null = null;

type Answered<K extends FromWorker['kind']> = Extract<FromWorker, { kind: K }>;

/** Controls the worker from the main thread: starts it, passes bytes, and notices its death. One request at a time. */
export class Engine {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  #failure: Error | null = null;
  #closing = false;
  #onMessage: ((message: FromWorker) => void) | null = null;
  #waiting: ((error: Error) => void) | null = null;
  /** Called once if the database fails; not after a regular close. */
  onFailure: (error: Error) => void = () => {};

  /** `file` replaces the usual program of the worker. */
  constructor(start: Omit<WorkerStart, 'program'>, file = new URL('./worker.ts', import.meta.url)) {
    this.#worker = new Worker(file, {
      workerData: { ...start, program } satisfies WorkerStart,
      name: 'embedded database',
      // Node strips the types itself if it can; the main thread's loaders would only slow the start down.
      ...(process.features.typescript ? { execArgv: [] } : {}),
    });
    this.#worker.on('message', (message: FromWorker) => {
      if (message.kind === 'failed') this.#fail(message.error);
      else this.#onMessage?.(message);
    });
    this.#worker.on('error', (error: unknown) => this.#fail(error as Error));
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        if (!this.#closing) this.#fail(new Error(`The embedded database's thread ended (exit code ${code}).`));
        resolve();
      });
    });
  }

  /** Resolves when the database is ready. */
  async opened(): Promise<void> {
    ({ program } = await this.#answer('opened'));
  }

  /**
   * Sends whole protocol messages; `onBytes` gets the answer in pieces, and the promise resolves after the last one.
   */
  exchange(bytes: Uint8Array, onBytes: (bytes: Uint8Array) => void, onDone: (error?: Error) => void): void {
    if (this.#failure) return onDone(this.#failure);
    this.#onMessage = (message) => {
      if (message.kind !== 'bytes') return;
      if (message.bytes.length > 0) onBytes(message.bytes);
      if (!message.done) return;
      this.#onMessage = null;
      this.#waiting = null;
      onDone();
    };
    this.#waiting = onDone;
    this.#send({ kind: 'bytes', bytes });
  }

  async dump(compression: 'none' | 'gzip'): Promise<Blob> {
    return (await this.request({ kind: 'dump', compression }, 'dumped')).tar;
  }

  /** Shuts the database down, and ends the thread in any case. */
  async close(): Promise<void> {
    if (!this.#failure) {
      this.#closing = true;
      const closed = this.request({ kind: 'close' }, 'closed');
      await settlesWithin(CLOSE_MS, Promise.race([closed, this.#exited]));
    }
    this.#closing = true;
    await this.#worker.terminate();
    await this.#exited;
  }

  protected request<K extends FromWorker['kind']>(message: ToWorker, kind: K): Promise<Answered<K>> {
    const answered = this.#answer(kind);
    this.#send(message);
    return answered;
  }

  #answer<K extends FromWorker['kind']>(kind: K): Promise<Answered<K>> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      this.#waiting = reject;
      this.#onMessage = (message) => {
        if (message.kind !== kind) return;
        this.#onMessage = null;
        this.#waiting = null;
        resolve(message as Answered<K>);
      };
    });
  }

  #fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#waiting?.(error);
    this.onFailure(error);
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}
