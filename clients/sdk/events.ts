/** Values that arrive, for a loop that reads them in order. A reader that is slower than the source lets them wait, up to `most`. */
export class Events<T> implements AsyncIterableIterator<T> {
  readonly #waiting: T[] = [];
  readonly #most: number;
  readonly #onEnd: () => void;
  #reader: { resolve(result: IteratorResult<T>): void; reject(error: unknown): void } | null = null;
  #end: { error: unknown } | null = null;

  constructor(most: number, onEnd: () => void) {
    this.#most = most;
    this.#onEnd = onEnd;
  }

  push(value: T): void {
    if (this.#end) return;
    if (this.#reader) {
      const { resolve } = this.#reader;
      this.#reader = null;
      resolve({ done: false, value });
    } else if (this.#waiting.length < this.#most) this.#waiting.push(value);
    else {
      this.#onEnd();
      this.end(new RangeError(`${this.#most} events wait to be read: read faster, and resume from the last cursor.`));
    }
  }

  /** Ends after the values that wait; with an error, the loop throws it then. */
  end(error: unknown = null): void {
    if (this.#end) return;
    this.#end = { error };
    if (!this.#reader) return;
    const { resolve, reject } = this.#reader;
    this.#reader = null;
    if (error === null) resolve({ done: true, value: undefined });
    else reject(error as Error);
  }

  next(): Promise<IteratorResult<T>> {
    const value = this.#waiting.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#end) {
      const { error } = this.#end;
      // An error is thrown once.
      this.#end = { error: null };
      return error === null ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error as Error);
    }
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  return(): Promise<IteratorResult<T>> {
    this.#onEnd();
    this.#waiting.length = 0;
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
