import { Unavailable } from '../errors/errors.ts';
import type { Call } from './call.ts';

/**
 * Milliseconds that a grouped call waits for its turn. Including the transactions that may follow, it is answered within the
 * fifteen seconds after which a gateway reports an unknown outcome. A call that has not started after this wait is never run.
 */
const groupWait = 5000;

/** Calls that wait for one key at most. A hot lot takes a few thousand a second: more would not be served in time. */
const waitingAtMost = 2000;

export interface Waiting {
  call: Call<unknown>;
  /** On the monotonic clock of this process: after this the call is rejected. */
  until: number;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

/** Calls that wait for the same key, in the order in which they came; those of one key run in batches, one after the other. */
export class Groups {
  readonly #waitMs: number;
  readonly #batch: (calls: Waiting[]) => Promise<void>;
  readonly #groups = new Map<string, { waiting: Waiting[]; running: boolean }>();

  /** `batch` runs some of the calls and never rejects: each gets its own answer or its own error. */
  constructor(batch: (calls: Waiting[]) => Promise<void>, waitMs = groupWait) {
    this.#batch = batch;
    this.#waitMs = waitMs;
  }

  add<R>(key: string, max: number, call: Call<R>): Promise<R> {
    let group = this.#groups.get(key);
    if (!group) this.#groups.set(key, (group = { waiting: [], running: false }));
    const { waiting } = group;
    if (waiting.length >= waitingAtMost)
      return Promise.reject(
        new Unavailable(`More than ${waitingAtMost} calls are waiting for the same object.`, { retryAfter: 1 }),
      );
    const until = performance.now() + this.#waitMs;
    const answer = new Promise<R>((resolve, reject) => {
      waiting.push({ call: call as Call<unknown>, until, resolve: resolve as (result: unknown) => void, reject });
    });
    if (!group.running) {
      group.running = true;
      void this.#drain(key, max, waiting);
    }
    return answer;
  }

  async #drain(key: string, max: number, waiting: Waiting[]): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, max).filter(inTime);
      if (batch.length > 0) await this.#batch(batch);
    }
    this.#groups.delete(key);
  }
}

/** Whether a call's turn came in time; a late call is rejected and never run. */
export function inTime(waiting: Waiting): boolean {
  if (performance.now() < waiting.until) return true;
  waiting.reject(new Unavailable('This call waited too long for its turn; it was not run.', { retryAfter: 1 }));
  return false;
}

export async function settle(waiting: Waiting, answer: () => Promise<unknown>): Promise<void> {
  try {
    waiting.resolve(await answer());
  } catch (error) {
    waiting.reject(error);
  }
}
