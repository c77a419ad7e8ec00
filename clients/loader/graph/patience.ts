import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionLost, GraphError } from './errors.ts';

/** Milliseconds before the second attempt; doubled for each one after it. */
const firstWait = 250;

/** The longest wait between two attempts, in milliseconds. */
const longestWait = 15_000;

/** Attempts in all: with the waits above, a server that restarts has more than a minute to come back. */
export const attemptsAtMost = 10;

/** A wait of at most so many seconds that a server asks for because it was asked too fast is no failure, and counts as no attempt. */
const rationedAtMost = 30;
/** Such waits of one call: a server that never has room is one that fails. */
const rationedTimes = 100;

/**
 * Whether the same call may succeed a little later. Everything that is done with patience may be done twice, so it is repeated
 * also where the graph does not know whether it was done.
 */
export function isPassing(error: unknown): boolean {
  if (error instanceof ConnectionLost) return true;
  return error instanceof GraphError && (error.details.retryable || error.details.code === 'UNAVAILABLE');
}

/** Whether a server only says to go slower. */
function isRationed(error: unknown): boolean {
  if (!(error instanceof GraphError) || error.details.code !== 'TOO_MANY') return false;
  const { retryAfter } = error.details;
  return retryAfter !== null && retryAfter <= rationedAtMost;
}

export interface Patience {
  /** Told before each wait. */
  waiting?: (error: Error, milliseconds: number) => void;
  attempts?: number;
  wait?: (milliseconds: number) => Promise<void>;
  /** What may pass; lost connections and retryable errors where nothing else is said. */
  passes?: (error: unknown) => boolean;
}

/**
 * Does what may be done twice, again and again while it fails for reasons that pass: lost connections and errors that the
 * graph calls retryable. The wait doubles, with some chance in it so that many clients do not come back at once; a server
 * that says how long to wait is obeyed. Throws the last error.
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
