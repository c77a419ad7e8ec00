import type { SubgraphPolicy } from './policies.ts';

/** Parts of a window: its oldest tenth is forgotten at a time. */
const slots = 10;
/** Milliseconds between probes of a subgraph that stays away. */
const longestPause = 60_000;

/** How a call ended. `silent` is one that was not answered in time, `left` one that nobody waited for any longer. */
export type Outcome = 'answered' | 'failed' | 'silent' | 'left';

/**
 * Decides whether a subgraph is called. It opens when a share of recent calls has failed; then nothing is called until a pause is over, and
 * one call is the probe that closes it or begins a longer pause.
 */
export class Breaker {
  readonly #policy: SubgraphPolicy;
  readonly #now: () => number;
  readonly #changed: (isOpen: boolean, failed: number, calls: number) => void;
  readonly #answered: number[] = Array<number>(slots).fill(0);
  readonly #failed: number[] = Array<number>(slots).fill(0);
  /** The number of the slot that counts now, since the beginning of time. */
  #slot = 0;
  #lastAnswer = Number.NEGATIVE_INFINITY;
  #opened = 0;
  /** Until when nothing is called; null while the breaker is closed. */
  #until: number | null = null;
  #pause: number;
  #isProbing = false;

  constructor(
    policy: SubgraphPolicy,
    changed: (isOpen: boolean, failed: number, calls: number) => void = () => undefined,
    now: () => number = () => performance.now(),
  ) {
    this.#policy = policy;
    this.#changed = changed;
    this.#now = now;
    this.#pause = policy.pause;
  }

  get isOpen(): boolean {
    return this.#until !== null;
  }

  /**
   * Begins a call. The returned function must be called once, with its outcome. If nothing may be called now, it returns the milliseconds
   * until that.
   */
  begin(): ((outcome: Outcome) => void) | number {
    const now = this.#now();
    if (this.#until === null) return (outcome) => this.#count(outcome, now);
    if (this.#isProbing || now < this.#until) return Math.max(1, this.#until - now);
    this.#isProbing = true;
    return (outcome) => this.#probed(outcome, now);
  }

  #count(outcome: Outcome, began: number): void {
    const now = this.#now();
    if (outcome === 'answered') this.#lastAnswer = now;
    // A call that takes too long while others are answered says something about itself, not about the subgraph.
    if (outcome === 'left' || (outcome === 'silent' && this.#lastAnswer >= began)) return;
    // Calls from before count neither for nor against a subgraph that is being left alone.
    if (this.#until !== null || began < this.#opened) return;
    this.#turn(now);
    const counts = outcome === 'answered' ? this.#answered : this.#failed;
    counts[this.#slot % slots] = (counts[this.#slot % slots] ?? 0) + 1;
    if (outcome === 'answered') return;
    const { failures, calls } = this.#policy;
    const failed = sum(this.#failed);
    const all = failed + sum(this.#answered);
    if (failures === 0 || all < calls || failed * 100 < all * failures) return;
    this.#open(now);
    this.#changed(true, failed, all);
  }

  #probed(outcome: Outcome, began: number): void {
    this.#isProbing = false;
    if (outcome === 'left') return;
    const now = this.#now();
    if (outcome !== 'answered') {
      this.#pause = Math.min(2 * this.#pause, Math.max(longestPause, this.#policy.pause));
      return this.#open(now);
    }
    this.#lastAnswer = now;
    this.#until = null;
    this.#opened = began;
    this.#pause = this.#policy.pause;
    this.#answered.fill(0);
    this.#failed.fill(0);
    this.#changed(false, 0, 0);
  }

  #open(now: number): void {
    // Up to a fifth longer, so that many gateways do not probe at the same moment.
    this.#until = now + this.#pause * (1 + Math.random() / 5);
    this.#opened = now;
  }

  /** Forgets the slots that have passed since the last call. */
  #turn(now: number): void {
    const slot = Math.floor((now * slots) / this.#policy.window);
    const passed = Math.min(slot - this.#slot, slots);
    for (let n = 1; n <= passed; n++) {
      this.#answered[(this.#slot + n) % slots] = 0;
      this.#failed[(this.#slot + n) % slots] = 0;
    }
    // All slots are empty after a whole window, wherever the next one is.
    this.#slot = slot;
  }
}

function sum(counts: readonly number[]): number {
  let all = 0;
  for (const count of counts) all += count;
  return all;
}
