import { setTimeout as sleep } from 'node:timers/promises';

/** Maximum milliseconds of one timer; Node's own limit is 24 days. */
const stretch = 3_600_000;

const day = 86_400_000;

/** The recorded clock of one lot, at a multiple of its speed; without a speed nothing waits. */
export class Pace {
  readonly #speed: number | null;
  /** The time of the lot's day 0. */
  #zero = performance.now();

  constructor(speed: number | null) {
    this.#speed = speed;
  }

  /** Sets the recorded clock to this time. */
  set(days: number): void {
    if (this.#speed !== null) this.#zero = performance.now() - (days * day) / this.#speed;
  }

  /** Waits until the recorded clock reaches this time, or the signal aborts. */
  async until(days: number, signal: AbortSignal): Promise<void> {
    if (this.#speed === null) return;
    const at = this.#zero + (days * day) / this.#speed;
    for (let left = at - performance.now(); left > 0 && !signal.aborted; left = at - performance.now()) {
      await sleep(Math.min(left, stretch), undefined, { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    }
  }
}
