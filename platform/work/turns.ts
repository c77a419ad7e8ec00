/** How many may wait for their turn and how long, where that has an end. */
export interface Patience {
  waitingAtMost: number;
  milliseconds: number;
  /** What whoever finds no place, or whose turn does not come in time, is told. */
  refusal: () => Error;
}

/** Lets so many pieces of work run at once; the others wait in the order in which they came. */
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
      // Whoever is next takes the place over, so nobody slips in between.
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
