import { createHash } from 'node:crypto';

/** Pseudo-random numbers from 0 up to 1, seeded by a text (mulberry32). */
export class Chance {
  #state: number;

  constructor(text: string) {
    this.#state = createHash('sha256').update(text).digest().readUInt32LE(0);
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  between(least: number, most: number): number {
    return least + this.next() * (most - least);
  }

  of<T>(some: readonly T[]): T {
    return some[Math.floor(this.next() * some.length)] as T;
  }

  /** An integer, both ends included. */
  whole(least: number, most: number): number {
    return Math.floor(this.between(least, most + 1));
  }

  /** True with this probability. */
  once(probability: number): boolean {
    return this.next() < probability;
  }
}
