import { LRUCache } from 'lru-cache';

/** What a rate of nothing is taken as: 0 in the configuration must not divide. */
const least = 0.001;

/** How much may be taken: so much per second, and `burst` at once after a rest. */
export interface Bucket {
  rate: number;
  burst: number;
}

/**
 * Rates by the generic cell rate algorithm (ITU-T I.371): of each key one number is kept, the time at which all that was taken
 * will have been earned. So there is no timer, no window at whose edge twice as much passes, and what is not kept counts as rested.
 */
export class Gcra {
  private readonly earnedAt: LRUCache<string, number>;
  private readonly now: () => number;

  /** `most` keys are kept, those used last. `now` is in milliseconds. */
  constructor(most: number, now: () => number = () => performance.now()) {
    this.earnedAt = new LRUCache({ max: most });
    this.now = now;
  }

  /** Milliseconds until so much may be taken; 0 when it may now. Takes nothing. What is more than the burst waits for a full rest. */
  wait(key: string, amount: number, { rate, burst }: Bucket): number {
    const now = this.now();
    const earned = Math.max(this.earnedAt.get(key) ?? 0, now);
    return Math.max(0, earned - now - (Math.max(0, burst - amount) / Math.max(rate, least)) * 1_000);
  }

  /**
   * Takes so much, whether it may be taken or not: what is known afterwards only is paid back by waiting. Answers the milliseconds
   * until nothing more is owed.
   */
  take(key: string, amount: number, { rate, burst }: Bucket): number {
    const now = this.now();
    const perUnit = 1_000 / Math.max(rate, least);
    const earned = Math.max(this.earnedAt.get(key) ?? 0, now) + amount * perUnit;
    this.earnedAt.set(key, earned);
    return Math.max(0, earned - now - burst * perUnit);
  }
}
