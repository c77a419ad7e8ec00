/** Limits the callers waiting for their turn, and their waiting time. */
export interface Patience {
  waitingAtMost: number;
  milliseconds: number;
  /** The error for a caller who finds no place, or whose turn does not come in time. */
  refusal: () => Error;
}

/** Runs at most this many pieces of work at once; the others wait in order of arrival. */
export class Turns {
  readonly #most: number;
  readonly #patience: Patience | null;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(most: number, patience: Patience | null = null) {
    this.#most = most;
    this.#patience = patience;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#most) this.#running += 1;
    else await this.#turn();
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The next one takes over the place directly, so that no other slips in between.
      if (next) next();
      else this.#running -= 1;
    }
  }

  #turn(): Promise<void> {
    const patience = this.#patience;
    if (!patience) return new Promise((resolve) => this.#waiting.push(resolve));
    if (this.#waiting.length >= patience.waitingAtMost) throw patience.refusal();
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(patience.refusal());
      }, patience.milliseconds);
      this.#waiting.push(enter);
    });
  }
}
