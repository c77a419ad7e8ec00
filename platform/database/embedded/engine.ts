import { Worker } from 'node:worker_threads';
import { settlesWithin } from '../patience.ts';
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts';

/**
 * A clean shutdown writes a checkpoint; one that takes longer than this (ms) is ended as a kill would, which loses
 * nothing.
 */
const CLOSE_MS = 10_000;

/**
 * What the first database of this process has compiled. The next ones share it, and what was optimized of it since: that is
 * seconds of work for each.
 */
let program: object | null = null;

type Answered<K extends FromWorker['kind']> = Extract<FromWorker, { kind: K }>;

/**
 * The main thread's hold on the worker: starts it, passes bytes, and notices when it dies. One request is under way at
 * a time.
 */
export class Engine {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  #failure: Error | null = null;
  #closing = false;
  #onMessage: ((message: FromWorker) => void) | null = null;
  #waiting: ((error: Error) => void) | null = null;
  /** Called once when the database can no longer answer, but not for a close that was asked for. */
  onFailure: (error: Error) => void = () => {};

  /** `file` is the program of the worker, where it is another one than the usual. */
  constructor(start: Omit<WorkerStart, 'program'>, file = new URL('./worker.ts', import.meta.url)) {
    this.#worker = new Worker(file, {
      workerData: { ...start, program } satisfies WorkerStart,
      name: 'embedded database',
      // Node strips the types itself where it can; loaders of the main thread would only slow the start down.
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

  /** Resolves when the database can be spoken to. */
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
