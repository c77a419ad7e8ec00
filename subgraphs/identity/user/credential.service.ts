import type { Transaction } from '../../../platform/context/context.ts';
import { TooMany, type EnsembleError } from '../../../platform/errors/errors.ts';
import { sessionSignInRefused } from '../events.ts';
import type { Credential } from './credential.entity.ts';

/**
 * Settles an attempt with a password that was compared before the transaction. A wrong one is counted and told although the call
 * is refused with `wrong`; after too many even the right one is TOO_MANY until the wait is over.
 */
export function passwordAttempt(
  tx: Transaction,
  credential: Credential,
  right: boolean,
  wrong: () => EnsembleError,
): void {
  const now = tx.now();
  const wait = credential.waitsFor(now);
  if (wait > 0) throw new TooMany('Too many wrong passwords. Wait before you try again.', { retryAfter: wait });
  if (!right) {
    credential.failed(now);
    tx.emit(sessionSignInRefused, credential.id, { actorId: credential.id, failures: credential.failures });
    tx.refuse(wrong(), { keep: true });
  }
  credential.succeeded(now);
}
