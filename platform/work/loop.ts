import { AsyncResource } from 'node:async_hooks';
import type { Clock } from '../context/clock.ts';
import { inLane } from '../database/precedence.ts';
import type { Logger } from '../telemetry/log.ts';

/** How often a loop looks without being woken, in milliseconds: another process may have left work and died. */
const lookAtLeastEvery = 30_000;

/** Between two looks there are at least so many milliseconds, or a thing that is due and cannot be done would keep the loop turning. */
const restAtLeast = 5;

/** After a failed look the next one waits 1 s, 2 s, 4 s … at most this many milliseconds. */
const waitAtMost = 60_000;

export interface LoopOptions {
  /** Says in the log which loop it was. */
  name: string;
  clock: Clock;
  log: Logger;
  /**
   * Does everything that is due, and answers when the next thing will be: null when nothing is known of. Never runs twice at the
   * same time in one loop; `closing` aborts when the loop is about to end, so that a long list is left to the next start.
   */
  work: (closing: AbortSignal) => Promise<Date | null>;
}

/**
 * Work that nobody waits for: done when it is woken, when its time comes, and every half minute in case nobody woke it. Runs
 * outside of any request, although a request's commit may wake it. What `work` throws is logged and tried again, later each time.
 */
export class WorkLoop {
  readonly #options: LoopOptions;
  readonly #outside = new AsyncResource('WorkLoop');
  readonly #closing = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;
  #wanted = false;
  #failures = 0;

  constructor(options: LoopOptions) {
    this.#options = options;
  }

  /** There may be work: looks now, or once more after the look under way. */
  wake(): void {
    if (this.#closing.signal.aborted) return;
    this.#wanted = true;
    if (this.#running) return;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#running = this.#outside.runInAsyncScope(() => inLane('background', () => this.#look()));
  }

  /** Looks, and resolves when nothing is due any more: what is due later, or failed and waits, is left. */
  async settled(): Promise<void> {
    this.wake();
    while (this.#running) await this.#running;
  }

  /** Ends after what is under way. */
  async close(): Promise<void> {
    this.#closing.abort();
    if (this.#timer) clearTimeout(this.#timer);
    while (this.#running) await this.#running;
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const milliseconds = await this.#workWhileWanted();
    this.#running = null;
    // What was wanted between the last look and this line.
    if (this.#wanted) this.wake();
    else this.#sleep(milliseconds);
  }

  /** The milliseconds until the next look. */
  async #workWhileWanted(): Promise<number> {
    const { work, clock, log, name } = this.#options;
    let next: Date | null = null;
    while (this.#wanted && !this.#closing.signal.aborted) {
      this.#wanted = false;
      try {
        next = await work(this.#closing.signal);
        this.#failures = 0;
      } catch (error) {
        this.#failures += 1;
        if (!this.#closing.signal.aborted) log.error({ err: error, loop: name }, 'work failed; it is tried again');
        return Math.min(1000 * 2 ** (this.#failures - 1), waitAtMost);
      }
    }
    return next === null ? lookAtLeastEvery : next.getTime() - clock.now().getTime();
  }

  #sleep(milliseconds: number): void {
    if (this.#closing.signal.aborted) return;
    this.#timer = setTimeout(() => this.wake(), Math.min(Math.max(milliseconds, restAtLeast), lookAtLeastEvery));
    this.#timer.unref();
  }
}
