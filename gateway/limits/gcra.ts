import { LRUCache } from 'lru-cache';

/** Minimum rate: avoids a division by a configured rate of 0. */
const least = 0.001;

/** An amount per second, and `burst` at once after a pause. */
export interface Bucket {
  rate: number;
  burst: number;
}

/**
 * Rate limiting by the generic cell rate algorithm (ITU-T I.371). It keeps one number per key: the time at which everything taken
 * will have been earned. There is no timer and no window at whose edge twice the amount passes; an unknown key has its full burst.
 */
export class Gcra {
  private readonly earnedAt: LRUCache<string, number>;
  private readonly now: () => number;

  /** Keeps the `most` recently used keys. `now` is in milliseconds. */
  constructor(most: number, now: () => number = () => performance.now()) {
    this.earnedAt = new LRUCache({ max: most });
    this.now = now;
  }

  /** Milliseconds until the amount may be taken; 0 if now. Takes nothing. An amount above the burst waits for the full burst. */
  wait(key: string, amount: number, { rate, burst }: Bucket): number {
    const now = this.now();
    const earned = Math.max(this.earnedAt.get(key) ?? 0, now);
    return Math.max(0, earned - now - (Math.max(0, burst - amount) / Math.max(rate, least)) * 1_000);
  }

  /**
   * Takes the amount even if it exceeds the rate: costs that are known only afterwards are repaid by waiting. Returns the
   * milliseconds until nothing is owed.
   */
  take(key: string, amount: number, { rate, burst }: Bucket): number {
    const now = this.now();
    const perUnit = 1_000 / Math.max(rate, least);
    const earned = Math.max(this.earnedAt.get(key) ?? 0, now) + amount * perUnit;
    this.earnedAt.set(key, earned);
    return Math.max(0, earned - now - burst * perUnit);
  }
}
