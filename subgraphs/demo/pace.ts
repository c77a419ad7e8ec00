/** Milliseconds between two bids over all lots while somebody follows bids: enough to look alive, slow enough to read. */
const lively = { least: 900, most: 1900 };

/** Milliseconds between two bids while nobody does: 720 a day. */
const quiet = 120_000;

/**
 * A window that is left open for a month must not fill the disk: so many lively bids are in store, an hour or so of them, and
 * another one comes every half minute. Whoever goes on watching then sees bids at that pace: 5,400 on the first day at most, and
 * 2,900 on every other one.
 */
const stored = 2500;
const refill = 30_000;

/** With fewer in store it counts as used up: lots are long then, since each costs rows of its own. */
const nearlyNone = 60;

/** When the next bid of the demonstration is due. Times are milliseconds. */
export class Pace {
  #budget = stored;
  #countedAt: number;
  #lastAt: number;
  #rest = 0;

  constructor(now: number) {
    this.#countedAt = now;
    this.#lastAt = now;
  }

  /** Whether a bid is due. Asked again and again: whoever begins to watch need not wait for the end of a quiet pause. */
  due(watched: boolean, now: number): boolean {
    const gained = Math.floor((now - this.#countedAt) / refill);
    this.#budget = Math.min(stored, this.#budget + gained);
    this.#countedAt += gained * refill;
    const pause = !watched ? quiet : this.#budget > 0 ? this.#rest : refill;
    return now - this.#lastAt >= pause;
  }

  /** Whether bids come one upon another now, so that lots can be short. */
  isLively(watched: boolean): boolean {
    return watched && this.#budget > nearlyNone;
  }

  /** A bid was made; `chance` from 0 to 1 says how long the next one waits. */
  took(watched: boolean, now: number, chance: number): void {
    if (watched && this.#budget > 0) this.#budget -= 1;
    this.#lastAt = now;
    this.#rest = lively.least + chance * (lively.most - lively.least);
  }
}
