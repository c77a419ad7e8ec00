/** Milliseconds over which a sender is measured, and bytes that have to come in them: 4 KiB a second, the slowest of mobile networks. */
const measured = 15_000;
const leastBytes = 61_440;

/**
 * How fast a sender is. Only time in which its bytes are waited for counts, so a slow store of ours is not held against it.
 */
export class Pace {
  readonly #now: () => number;
  #waited = 0;
  #since: number | null = null;
  #bytes = 0;
  /** Of all windows before this one. */
  #before = { waited: 0, bytes: 0 };

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The next bytes are waited for from now on. */
  wait(): void {
    this.#since = this.#now();
  }

  /** So many bytes came. */
  take(bytes: number): void {
    this.#waited = this.#waitedSoFar();
    this.#since = null;
    this.#bytes += bytes;
    if (this.#waited < measured || this.#bytes < leastBytes) return;
    this.#before = { waited: this.#before.waited + this.#waited, bytes: this.#before.bytes + this.#bytes };
    this.#waited = 0;
    this.#bytes = 0;
  }

  /** Whether it was waited for long enough, and too little came. */
  get isTooSlow(): boolean {
    return this.#waitedSoFar() >= measured && this.#bytes < leastBytes;
  }

  /** Milliseconds for which it was waited for, and bytes that came for each of them. */
  get soFar(): { waited: number; rate: number } {
    const waited = this.#before.waited + this.#waitedSoFar();
    return { waited, rate: (this.#before.bytes + this.#bytes) / Math.max(1, waited) };
  }

  #waitedSoFar(): number {
    return this.#waited + (this.#since === null ? 0 : this.#now() - this.#since);
  }
}
