/** Milliseconds of a measuring window, and the minimum bytes in it: 4 KiB a second, as on the slowest mobile networks. */
const measured = 15_000;
const leastBytes = 61_440;

/** Measures a sender's speed. Only the time spent waiting for its bytes counts, so that our own slow storage is not held against it. */
export class Pace {
  readonly #now: () => number;
  #waited = 0;
  #since: number | null = null;
  #bytes = 0;
  /** The sum of all earlier windows. */
  #before = { waited: 0, bytes: 0 };

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Starts waiting for the next bytes. */
  wait(): void {
    this.#since = this.#now();
  }

  /** Records received bytes. */
  take(bytes: number): void {
    this.#waited = this.#waitedSoFar();
    this.#since = null;
    this.#bytes += bytes;
    if (this.#waited < measured || this.#bytes < leastBytes) return;
    this.#before = { waited: this.#before.waited + this.#waited, bytes: this.#before.bytes + this.#bytes };
    this.#waited = 0;
    this.#bytes = 0;
  }

  /** Whether a full window has passed with too few bytes. */
  get isTooSlow(): boolean {
    return this.#waitedSoFar() >= measured && this.#bytes < leastBytes;
  }

  /** Milliseconds spent waiting, and bytes per millisecond of it. */
  get soFar(): { waited: number; rate: number } {
    const waited = this.#before.waited + this.#waitedSoFar();
    return { waited, rate: (this.#before.bytes + this.#bytes) / Math.max(1, waited) };
  }

  #waitedSoFar(): number {
    return this.#waited + (this.#since === null ? 0 : this.#now() - this.#since);
  }
}
