import { AsyncResource } from 'node:async_hooks';
import type { Clock } from '../context/clock.ts';
import { inLane } from '../database/precedence.ts';
import type { Logger } from '../telemetry/log.ts';

/** Milliseconds after which a loop looks without being woken: another process may have left work and died. */
const lookAtLeastEvery = 30_000;

/** Minimum milliseconds between two looks, so that a due item that cannot be done does not spin the loop. */
const restAtLeast = 5;

/** After a failed look the next one waits 1 s, 2 s, 4 s … at most this many milliseconds. */
const waitAtMost = 60_000;

export interface LoopOptions {
  /** Names the loop in logs. */
  name: string;
  clock: Clock;
  log: Logger;
  /**
   * Does everything that is due, and returns when the next item will be due, or null if none is known. Never runs concurrently
   * with itself; `closing` aborts when the loop is about to end, so that a long list is left to the next start.
   */
  work: (closing: AbortSignal) => Promise<Date | null>;
}

/**
 * Background work: done when woken, when its time comes, and every half minute in case a wake-up was lost. Runs outside of any
 * request, even if a request's commit wakes it. Errors of `work` are logged, and it is retried with growing pauses.
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

  /** Signals that there may be work: looks now, or once more after the current look. */
  wake(): void {
    if (this.#closing.signal.aborted) return;
    this.#wanted = true;
    if (this.#running) return;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#running = this.#outside.runInAsyncScope(() => inLane('background', () => this.#look()));
  }

  /** Looks, and resolves when nothing is due any more; work that is due later or waits for its retry is left. */
  async settled(): Promise<void> {
    this.wake();
    while (this.#running) await this.#running;
  }

  /** Waits for the current look, then ends. */
  async close(): Promise<void> {
    this.#closing.abort();
    if (this.#timer) clearTimeout(this.#timer);
    while (this.#running) await this.#running;
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const milliseconds = await this.#workWhileWanted();
    this.#running = null;
    // Catches a wake-up between the last look and this line.
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
        if (!this.#closing.signal.aborted) log.error({ err: error, loop: name }, 'work failed; it will be retried');
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
