import type { Transaction } from '../../../platform/context/context.ts';
import { Forbidden } from '../../../platform/errors/errors.ts';
import { Session } from '../session/session.entity.ts';
import { passwordProved, type PasswordProof } from '../user/password-proof.service.ts';

/** A session younger than this, in milliseconds, proves as much as a password: somebody has just signed in. */
const freshFor = 10 * 60 * 1000;

/** What proves that the person themselves asks: a password that was compared, or null when the session is to be fresh. */
export type ClosingProof = PasswordProof | null;

/** Whether a person asks by themselves; FORBIDDEN for programs and for those who act on behalf of somebody. */
export function checkPerson(tx: Transaction): void {
  if (tx.actor.kind !== 'USER' || tx.actor.delegate !== null)
    throw new Forbidden('Only a person closes something for good, and nobody on their behalf.');
}

export async function checkProof(tx: Transaction, proof: ClosingProof): Promise<void> {
  if (proof === null) {
    const session = await tx.em.findOne(Session, { id: tx.actor.sessionId, actorId: tx.actorId });
    if (session && tx.now().getTime() - session.createdAt.getTime() < freshFor) return;
    throw new Forbidden('Give your password, or sign in anew and do it within ten minutes.', {
      path: ['input', 'password'],
    });
  }
  await passwordProved(tx, proof);
}
