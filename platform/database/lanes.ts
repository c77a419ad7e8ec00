import { Unavailable } from '../errors/errors.ts';
import { lanes, type Lane } from './precedence.ts';

/** Connections at most that each lane but the most patient one is sure to find. With all four, 9 of 16 are kept from slow queries. */
const reservedAtMost = 3;
/** A lane's share of a smaller pool: a fifth, so that queries have the largest part. Fewer than five connections are not divided. */
const shareOf = 5;
/** Who waits for one lane at most: beyond it nobody is served in time. */
const waitingAtMost = 2000;

interface Waiting {
  grant: () => void;
  timer: NodeJS.Timeout;
}

/**
 * Divides the connections of a pool among kinds of work. A lane may use what more patient lanes leave, and never what is kept for
 * more urgent ones: ten slow queries then stop no sign-in, no reaction and no event. Within a lane it is first come, first served.
 */
export class Lanes {
  readonly #limits: number[];
  readonly #out = lanes.map(() => 0);
  readonly #waiting = lanes.map(() => new Set<Waiting>());
  readonly #patienceMs: number;

  constructor(size: number, patienceMs: number) {
    const reserved = Math.min(reservedAtMost, Math.floor(size / shareOf));
    // By lane: what it and all more patient ones may have out together.
    this.#limits = lanes.map((_, n) => size - reserved * (lanes.length - 1 - n));
    this.#patienceMs = patienceMs;
  }

  /** Waits for a turn in a lane; what it resolves to gives the turn back, once. Throws `Unavailable` when the turn does not come in time. */
  async enter(lane: Lane): Promise<() => void> {
    const n = lanes.indexOf(lane);
    if (!this.#admits(n)) await this.#turn(n);
    else this.#take(n);
    let mine = true;
    return () => {
      if (!mine) return;
      mine = false;
      this.#out[n]! -= 1;
      this.#next();
    };
  }

  #take(n: number): void {
    this.#out[n]! += 1;
  }

  #admits(n: number): boolean {
    return this.#limits.every((limit, m) => m < n || sum(this.#out, m) < limit);
  }

  #turn(n: number): Promise<void> {
    const queue = this.#waiting[n]!;
    if (queue.size >= waitingAtMost)
      return Promise.reject(new Unavailable(`More than ${waitingAtMost} wait for a connection to Postgres.`));
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        grant: resolve,
        timer: setTimeout(() => {
          queue.delete(waiting);
          reject(new Unavailable(`No connection to Postgres was free within ${this.#patienceMs / 1000} s.`));
        }, this.#patienceMs),
      };
      queue.add(waiting);
    });
  }

  /** Gives free turns on, to the most urgent first. */
  #next(): void {
    for (let n = lanes.length - 1; n >= 0; n--) {
      for (const waiting of this.#waiting[n]!) {
        if (!this.#admits(n)) break;
        this.#waiting[n]!.delete(waiting);
        clearTimeout(waiting.timer);
        this.#take(n);
        waiting.grant();
      }
    }
  }
}

function sum(out: readonly number[], upTo: number): number {
  return out.slice(0, upTo + 1).reduce((all, each) => all + each, 0);
}
