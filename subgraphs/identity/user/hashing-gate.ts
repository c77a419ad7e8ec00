import { LRUCache } from 'lru-cache';
import { TooMany } from '../../../platform/errors/errors.ts';

export interface HashingLimits {
  /** Simultaneous hashes. One takes 19 MiB and a core for about 20 ms; the other cores serve the other requests. */
  atOnce: number;
  /** Waiting hashes of all clients, and of one network: with more, the answer would come too late to be of use. */
  waiting: number;
  waitingOfOne: number;
  /** Hashes of one network in a burst after a pause, and per second after that: an office that signs in at nine. */
  burst: number;
  perSecond: number;
}

export const hashingLimits: HashingLimits = { atOnce: 2, waiting: 100, waitingOfOne: 20, burst: 200, perSecond: 2 };

/** Networks whose rate is remembered, about 10 MB; a forgotten one starts with a full burst. */
const networksAtMost = 50_000;

/**
 * Admits the slow hashing of passwords: few at a time, networks in turn, and each network at a limited rate (GCRA). Anybody can cause
 * hashing, with ten aliases in one request, so a client that sends many delays only itself. It uses the clock of the process, because it
 * limits work, not rights.
 */
export class HashingGate {
  readonly #limits: HashingLimits;
  readonly #now: () => number;
  /** When a network's burst would be full again, in milliseconds. */
  readonly #due = new LRUCache<string, number>({ max: networksAtMost });
  /** Waiting work by network; the first network is served next and then moves to the end. */
  readonly #queues = new Map<string, (() => void)[]>();
  #waiting = 0;
  #running = 0;

  constructor(limits: HashingLimits = hashingLimits, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Does the work when its turn comes; throws TOO_MANY with `retryAfter` for a network with too much. `null`: no network, no rate. */
  async run<T>(network: string | null, work: () => Promise<T>): Promise<T> {
    if (network !== null) this.#count(network);
    await this.#turn(network ?? '');
    try {
      return await work();
    } finally {
      this.#running -= 1;
      this.#next();
    }
  }

  #count(network: string): void {
    const { burst, perSecond } = this.#limits;
    const now = this.#now();
    const due = Math.max(this.#due.get(network) ?? now, now) + 1000 / perSecond;
    const early = due - now - (burst * 1000) / perSecond;
    if (early > 0) throw refused(Math.ceil(early / 1000));
    this.#due.set(network, due);
  }

  async #turn(network: string): Promise<void> {
    if (this.#running < this.#limits.atOnce) {
      this.#running += 1;
      return;
    }
    const queue = this.#queues.get(network) ?? [];
    if (this.#waiting >= this.#limits.waiting || queue.length >= this.#limits.waitingOfOne) throw refused(1);
    this.#waiting += 1;
    this.#queues.set(network, queue);
    await new Promise<void>((resolve) => queue.push(resolve));
  }

  #next(): void {
    const [first] = this.#queues;
    if (!first) return;
    const [network, queue] = first;
    const go = queue.shift();
    this.#queues.delete(network);
    if (queue.length > 0) this.#queues.set(network, queue);
    this.#waiting -= 1;
    this.#running += 1;
    go?.();
  }
}

function refused(retryAfter: number): TooMany {
  return new TooMany('Too many passwords were sent from this network. Wait before you send the next one.', {
    retryAfter,
  });
}
