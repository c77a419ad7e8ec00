import { LRUCache } from 'lru-cache';
import { TooMany } from '../../../platform/errors/errors.ts';

export interface HashingLimits {
  /** Hashes at once. One takes 19 MiB and a core for some 20 ms; the other cores answer everybody else. */
  atOnce: number;
  /** Hashes that wait, of all clients and of one network: beyond it the answer would come too late to be of use. */
  waiting: number;
  waitingOfOne: number;
  /** Hashes of one network at once after a pause, and how many a second after that: an office that signs in at nine. */
  burst: number;
  perSecond: number;
}

export const hashingLimits: HashingLimits = { atOnce: 2, waiting: 100, waitingOfOne: 20, burst: 200, perSecond: 2 };

/** Networks whose rate is remembered; one that is forgotten begins with a full burst. About 10 MB. */
const networksAtMost = 50_000;

/**
 * Admits the slow hashing of passwords: few at a time, those of different networks in turn, and each network at a rate (GCRA).
 * Anybody can ask for a hash, by ten aliases in one request, so whoever asks for many waits behind themselves only. It counts by
 * the process's own clock, because it limits work and no rights.
 */
export class HashingGate {
  readonly #limits: HashingLimits;
  readonly #now: () => number;
  /** When a network's burst would be whole again, in milliseconds. */
  readonly #due = new LRUCache<string, number>({ max: networksAtMost });
  /** Who waits, by network; the first network is served next and then goes to the end. */
  readonly #queues = new Map<string, (() => void)[]>();
  #waiting = 0;
  #running = 0;

  constructor(limits: HashingLimits = hashingLimits, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Does the work when its turn comes; TOO_MANY with `retryAfter` for a network that asks for too much. `null` is the house. */
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
