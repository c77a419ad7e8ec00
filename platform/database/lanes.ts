import { Unavailable } from '../errors/errors.ts';
import { lanes, type Lane } from './precedence.ts';

/** Maximum connections reserved for each lane except the most patient one. With four lanes, 9 of 16 are kept free of slow queries. */
const reservedAtMost = 3;
/** In a smaller pool a lane reserves a fifth, so that queries have the largest part. Fewer than five connections are not divided. */
const shareOf = 5;
/** Maximum waiters of a lane; more would not be served in time. */
const waitingAtMost = 2000;

/** By lane: the maximum of a pool's connections that it and all more patient lanes may use together. */
function limitsOf(size: number): number[] {
  const reserved = Math.min(reservedAtMost, Math.floor(size / shareOf));
  return lanes.map((_, n) => size - reserved * (lanes.length - 1 - n));
}

/** The connections that the most patient lane, `query`, may use. */
export function queryShare(size: number): number {
  return limitsOf(size)[0]!;
}

interface Waiting {
  grant: () => void;
  timer: NodeJS.Timeout;
}

/**
 * Divides the connections of a pool among kinds of work. A lane may use free connections of more patient lanes, but not those reserved for
 * more urgent ones, so that ten slow queries stop no sign-in, reaction or event. Within a lane: first come, first served.
 */
export class Lanes {
  readonly #limits: number[];
  readonly #out = lanes.map(() => 0);
  readonly #waiting = lanes.map(() => new Set<Waiting>());
  readonly #patienceMs: number;

  constructor(size: number, patienceMs: number) {
    this.#limits = limitsOf(size);
    this.#patienceMs = patienceMs;
  }

  /** Waits for a turn in a lane. Resolves to a function that returns the turn. Throws `Unavailable` if the turn does not come in time. */
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

  /** Grants free turns, to the most urgent lane first. */
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
