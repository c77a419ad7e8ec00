/**
 * An async iterator between a producer that pushes and a consumer that pulls. `return()` ends it at once, even while a `next()` is
 * pending; an async generator would queue it behind that `next()` and leak a consumer that has stopped listening.
 */
export class EventQueue<T> implements AsyncIterableIterator<T> {
  private readonly waiting: { resolve: (result: IteratorResult<T>) => void; reject: (error: unknown) => void }[] = [];
  private readonly pending: T[] = [];
  private readonly onReturn: () => void;
  private ended = false;
  private failure: { error: unknown } | null = null;

  /** `onReturn` is called once, when the consumer ends the iteration. */
  constructor(onReturn: () => void) {
    this.onReturn = onReturn;
  }

  /** Number of values not yet pulled. */
  get length(): number {
    return this.pending.length;
  }

  push(value: T): void {
    if (this.ended) return;
    const first = this.waiting.shift();
    if (first) first.resolve({ done: false, value });
    else this.pending.push(value);
  }

  /** Ends the queue. Pending values are still delivered, then the failure, if any. */
  end(failure: { error: unknown } | null = null): void {
    if (this.ended) return;
    this.ended = true;
    this.failure = failure;
    for (const waiting of this.waiting.splice(0)) {
      if (this.failure) {
        waiting.reject(this.failure.error);
        this.failure = null;
      } else waiting.resolve({ done: true, value: undefined });
    }
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T>> {
    if (this.pending.length > 0) return Promise.resolve({ done: false, value: this.pending.shift() as T });
    if (this.failure) {
      const { error } = this.failure;
      this.failure = null;
      return Promise.reject(error);
    }
    if (this.ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<T>> {
    const first = !this.ended;
    this.pending.length = 0;
    this.end();
    this.failure = null;
    if (first) this.onReturn();
    return Promise.resolve({ done: true, value: undefined });
  }

  throw(error: unknown): Promise<IteratorResult<T>> {
    void this.return();
    return Promise.reject(error);
  }
}
