import type { Context, Transaction } from '../../../platform/context/context.ts';
import { Forbidden } from '../../../platform/errors/errors.ts';
import { Actor } from '../actor/actor.entity.ts';
import {
  attempted,
  throttleCheck,
  throttleRight,
  throttleWrong,
  type Attempted,
} from '../throttle/throttle.service.ts';
import { Credential } from './credential.entity.ts';
import { passwordMatches } from './password.ts';

/** The password that somebody gave of their own account, compared. */
export interface PasswordProof {
  throttle: Attempted;
  right: boolean;
}

/**
 * Compares the password of whoever asks, which is slow on purpose and so belongs to `prepare`. Guesses wait as those of a sign-in
 * do: TOO_MANY with `retryAfter`.
 */
export async function passwordProof(context: Context, password: string): Promise<PasswordProof> {
  const user = await context.em.findOne(Actor, { id: context.actorId });
  const throttle = attempted(context, user?.email ?? context.actorId);
  await throttleCheck(context, throttle);
  const credential = await context.em.findOne(Credential, { id: context.actorId }, { populate: ['passwordHash'] });
  return { throttle, right: await passwordMatches(credential?.passwordHash ?? null, password) };
}

/** Counts the attempt; a wrong password is FORBIDDEN, and that it was tried is kept. */
export async function passwordProved(tx: Transaction, proof: PasswordProof): Promise<void> {
  if (proof.right) return throttleRight(tx, proof.throttle);
  await throttleWrong(tx, proof.throttle);
  tx.refuse(new Forbidden('The password is wrong.', { path: ['input', 'password'] }), { keep: true });
}
