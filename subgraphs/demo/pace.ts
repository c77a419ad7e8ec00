/** Milliseconds between two bids over all lots while anybody follows bids: enough to look alive, slow enough to read. */
const lively = { least: 900, most: 1900 };

/** Milliseconds between two bids while nobody does: 720 a day. */
const quiet = 120_000;

/**
 * A window left open for a month must not fill the disk. The budget holds this many lively bids, about an hour of them, and gains
 * one every half minute. Once it is used up, bids come at that pace: at most 5,400 on the first day, and 2,900 on every other day.
 */
const stored = 2500;
const refill = 30_000;

/** Below this budget lots are long, since each costs rows of its own. */
const nearlyNone = 60;

/** Decides when the next bid of the demonstration is due. Times are milliseconds. */
export class Pace {
  #budget = stored;
  #countedAt: number;
  #lastAt: number;
  #rest = 0;

  constructor(now: number) {
    this.#countedAt = now;
    this.#lastAt = now;
  }

  /** Whether a bid is due. Called repeatedly, so that new watchers need not wait for the end of a quiet pause. */
  due(watched: boolean, now: number): boolean {
    const gained = Math.floor((now - this.#countedAt) / refill);
    this.#budget = Math.min(stored, this.#budget + gained);
    this.#countedAt += gained * refill;
    const pause = !watched ? quiet : this.#budget > 0 ? this.#rest : refill;
    return now - this.#lastAt >= pause;
  }

  /** Whether bids come quickly now, so that lots can be short. */
  isLively(watched: boolean): boolean {
    return watched && this.#budget > nearlyNone;
  }

  /** Records a bid; `chance` from 0 to 1 decides how long the next one waits. */
  took(watched: boolean, now: number, chance: number): void {
    if (watched && this.#budget > 0) this.#budget -= 1;
    this.#lastAt = now;
    this.#rest = lively.least + chance * (lively.most - lively.least);
  }
}
