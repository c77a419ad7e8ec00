interface Reader<T> {
  resolve(result: IteratorResult<T>): void;
  reject(error: unknown): void;
}

/** Values that arrive, for a loop that reads them in order. Those that the reader has not come to wait, up to `most`. */
export class Events<T> implements AsyncIterableIterator<T> {
  readonly #waiting: T[] = [];
  readonly #readers: Reader<T>[] = [];
  readonly #most: number;
  readonly #onEnd: () => void;
  #end: { error: unknown } | null = null;

  /** `onEnd` is called when the reader leaves, or is too slow. */
  constructor(most: number, onEnd: () => void) {
    this.#most = most;
    this.#onEnd = onEnd;
  }

  push(value: T): void {
    if (this.#end) return;
    const reader = this.#readers.shift();
    if (reader) reader.resolve({ done: false, value });
    else if (this.#waiting.length < this.#most) this.#waiting.push(value);
    else {
      this.#onEnd();
      this.end(new RangeError(`${this.#most} events wait to be read: read faster, and resume from the last cursor.`));
    }
  }

  /** Ends after the values that wait; an error is thrown there, once. */
  end(error: unknown = null): void {
    if (this.#end) return;
    const [first, ...others] = this.#readers.splice(0);
    // Without a reader the error waits for the next one.
    this.#end = { error: first ? null : error };
    if (error === null) first?.resolve({ done: true, value: undefined });
    else first?.reject(error);
    for (const { resolve } of others) resolve({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#waiting.length > 0) return Promise.resolve({ done: false, value: this.#waiting.shift() as T });
    if (!this.#end) return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
    const { error } = this.#end;
    this.#end = { error: null };
    return error === null ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error as Error);
  }

  return(): Promise<IteratorResult<T>> {
    this.#waiting.length = 0;
    this.end();
    this.#onEnd();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
