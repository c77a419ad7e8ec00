import { AsyncLocalStorage } from 'node:async_hooks';

/** Recordings are for tests of one operation; a longer one was never ended. */
const MAX_RECORDED = 10_000;

/** Counts the statements of a database's pool, including `begin` and `commit`, and records their text. */
export class StatementCounter {
  /** Statements sent since the database was opened. */
  total = 0;
  #recordings = 0;
  readonly #recording = new AsyncLocalStorage<string[]>();

  /** Called by the pool for every statement; while nothing is recorded it costs an addition and a comparison. */
  count(text: string): void {
    this.total++;
    if (this.#recordings === 0) return;
    const texts = this.#recording.getStore();
    if (!texts) return;
    if (texts.length >= MAX_RECORDED) throw new RangeError(`A recording holds at most ${MAX_RECORDED} statements.`);
    texts.push(text);
  }

  /**
   * The statements, in order, that `fn` and everything it awaits or starts send until it ends. Excludes concurrent work of others; for all
   * statements of the process compare `total`.
   */
  async record(fn: () => Promise<unknown>): Promise<string[]> {
    const outer = this.#recording.getStore();
    const texts: string[] = [];
    this.#recordings++;
    try {
      await this.#recording.run(texts, fn);
    } finally {
      this.#recordings--;
      outer?.push(...texts);
    }
    return [...texts];
  }
}
