import { Unavailable } from '../../../platform/errors/errors.ts';

/**
 * Lets so many pieces of heavy work go on at once, and so many wait; whoever comes then is UNAVAILABLE and may try again. A
 * crowd that asks for pictures must not take every core and all memory from whoever asks the graph.
 */
export class Turnstile {
  readonly #atOnce: number;
  readonly #waitingAtMost: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  constructor(atOnce: number, waitingAtMost: number) {
    this.#atOnce = atOnce;
    this.#waitingAtMost = waitingAtMost;
  }

  async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inside >= this.#atOnce) {
      if (this.#waiting.length >= this.#waitingAtMost)
        throw new Unavailable('Too many pictures are being made. Try again in a moment.', { retryAfter: 1 });
      // Whoever leaves hands its place over, so nobody slips in between.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#inside += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#inside -= 1;
    }
  }
}
