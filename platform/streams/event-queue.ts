interface Waiting<T> {
  resolve: (result: IteratorResult<T>) => void;
  reject: (error: unknown) => void;
}

export interface EventQueueOptions {
  /**
   * Called when a reader begins to wait, for a source that makes values on demand. If it fails, the stream fails. Such a stream is
   * read one event at a time; without `pull` several calls of `next()` may wait, and each gets a value in turn.
   */
  pull?: () => unknown;
  /** Called once, if the reader leaves before the stream has ended. `return()` waits for it, a pending `next()` does not. */
  onReturn?: () => unknown;
}

/**
 * The iterator behind every stream of the house: a producer pushes values, a reader pulls them. Written by hand because `return()`
 * must end a pending `next()` at once. An async generator queues `return()` behind that `next()`, so a reader that has left would
 * keep its source open.
 */
export class EventQueue<T> implements AsyncIterableIterator<T> {
  readonly #options: EventQueueOptions;
  readonly #waiting: Waiting<T>[] = [];
  readonly #pending: T[] = [];
  #hasEnded = false;
  #failure: { error: unknown } | null = null;

  constructor(options: EventQueueOptions = {}) {
    this.#options = options;
  }

  /** Number of values that wait for the reader. */
  get length(): number {
    return this.#pending.length;
  }

  /** Whether the reader waits for a value. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Whether the producer has ended the stream or the reader has left; later values are dropped. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  push(value: T): void {
    if (this.#hasEnded) return;
    const first = this.#waiting.shift();
    if (first) first.resolve({ done: false, value });
    else this.#pending.push(value);
  }

  /** Ends the stream. The reader still gets the pending values. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    for (const { resolve } of this.#waiting.splice(0)) resolve({ done: true, value: undefined });
  }

  /** Ends the stream with an error, which the reader gets once: now if it waits, else after the pending values. */
  fail(error: unknown): void {
    if (this.#hasEnded) return;
    const first = this.#waiting.shift();
    if (first) first.reject(error);
    else this.#failure = { error };
    this.end();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#pending.length > 0) return Promise.resolve({ done: false, value: this.#pending.shift() as T });
    if (this.#failure) {
      const { error } = this.#failure;
      this.#failure = null;
      return Promise.reject(error);
    }
    if (this.#hasEnded) return Promise.resolve({ done: true, value: undefined });
    const { pull } = this.#options;
    if (pull && this.isWaiting) return Promise.reject(new Error('A stream is read one event at a time.'));
    const result = new Promise<IteratorResult<T>>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    if (pull) void this.#pull(pull);
    return result;
  }

  /** The reader leaves: pending values and a failure that it has not got are dropped. */
  async return(): Promise<IteratorResult<T>> {
    const isFirst = !this.#hasEnded;
    this.#pending.length = 0;
    this.#failure = null;
    this.end();
    if (isFirst) await this.#options.onReturn?.();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<T>> {
    await this.return();
    throw error;
  }

  async #pull(pull: () => unknown): Promise<void> {
    try {
      await pull();
    } catch (error) {
      this.fail(error);
    }
  }
}
