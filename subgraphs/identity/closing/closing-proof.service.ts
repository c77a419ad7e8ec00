import type { Transaction } from '../../../platform/context/context.ts';
import { Forbidden } from '../../../platform/errors/errors.ts';
import { Session } from '../session/session.entity.ts';
import { passwordProved, type PasswordProof } from '../user/password-proof.service.ts';

/** A session younger than this, in milliseconds, proves as much as a password: the person has just signed in. */
const freshFor = 10 * 60 * 1000;

/** Proof that the person makes the request: a compared password, or null if the session must be fresh. */
export type ClosingProof = PasswordProof | null;

/** Throws FORBIDDEN for programs and for actors that act on behalf of another. */
export function checkPerson(tx: Transaction): void {
  if (tx.actor.kind !== 'USER' || tx.actor.delegate !== null)
    throw new Forbidden('Only a person can close this, and not on behalf of another.');
}

export async function checkProof(tx: Transaction, proof: ClosingProof): Promise<void> {
  if (proof === null) {
    const session = await tx.em.findOne(Session, { id: tx.actor.sessionId, actorId: tx.actorId });
    if (session && tx.now().getTime() - session.createdAt.getTime() < freshFor) return;
    throw new Forbidden('password: give your password, or sign in again and repeat the call within ten minutes.', {
      path: ['input', 'password'],
    });
  }
  await passwordProved(tx, proof);
}
