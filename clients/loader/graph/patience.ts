import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionLost, GraphError } from './errors.ts';

/** Milliseconds before the second attempt; doubled for each further one. */
const firstWait = 250;

/** The longest wait between two attempts, in milliseconds. */
const longestWait = 15_000;

/** Attempts in total: with the waits above, a restarting server has more than a minute to come back. */
export const attemptsAtMost = 10;

/** Seconds up to which a wait requested by a rate limit is not a failure, and does not count as an attempt. */
const rationedAtMost = 30;
/** Such waits of one call: a server that never has capacity is a failing one. */
const rationedTimes = 100;

/**
 * Whether the same call may succeed later. Work that is retried is idempotent, so it is also repeated if the graph does not know
 * whether it was done.
 */
export function isPassing(error: unknown): boolean {
  if (error instanceof ConnectionLost) return true;
  return error instanceof GraphError && (error.details.retryable || error.details.code === 'UNAVAILABLE');
}

/** Whether a server only asks to slow down. */
function isRationed(error: unknown): boolean {
  if (!(error instanceof GraphError) || error.details.code !== 'TOO_MANY') return false;
  const { retryAfter } = error.details;
  return retryAfter !== null && retryAfter <= rationedAtMost;
}

export interface Patience {
  /** Called before each wait. */
  waiting?: (error: Error, milliseconds: number) => void;
  attempts?: number;
  wait?: (milliseconds: number) => Promise<void>;
  /** Which errors may pass; by default lost connections and retryable errors. */
  passes?: (error: unknown) => boolean;
}

/**
 * Retries idempotent work while it fails for reasons that may pass: lost connections and errors that the graph calls retryable. The
 * wait doubles, with jitter so that many clients do not come back at once; a longer wait requested by the server is respected. Throws
 * the last error.
 */
export async function patiently<T>(attempt: () => Promise<T>, patience: Patience = {}): Promise<T> {
  const { attempts = attemptsAtMost, wait = sleep, passes = isPassing, waiting } = patience;
  let rationed = 0;
  for (let made = 1; ; made++) {
    try {
      return await attempt();
    } catch (error) {
      if (isRationed(error) && rationed < rationedTimes && passes(error)) {
        rationed += 1;
        made -= 1;
      } else if (made >= attempts || !passes(error)) throw error;
      const asked = error instanceof GraphError ? (error.details.retryAfter ?? 0) * 1000 : 0;
      const own = Math.min(firstWait * 2 ** Math.max(made - 1, 0), longestWait) * (0.75 + Math.random() / 2);
      const pause = Math.max(asked, own);
      waiting?.(error as Error, pause);
      await wait(pause);
    }
  }
}
