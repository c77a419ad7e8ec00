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
import { passwordHash, passwordMatches } from './password.ts';

/** The outcome of comparing a given password. */
export interface PasswordProof {
  throttle: Attempted;
  /** The stored hash that it matches; null for a wrong password. */
  proven: string | null;
  /** A hash of the present Unicode form of the password, if the stored hash is of another form. */
  renewed: string | null;
}

/**
 * Compares a password with that of an account, which is slow on purpose and so belongs in `prepare`. Throws TOO_MANY with `retryAfter` if
 * the attempt must wait. An unknown account takes as long and is counted alike, so that neither timing nor waiting reveals it.
 */
export async function passwordCompare(
  context: Context,
  of: { account: string; userId: () => Promise<string | null> },
  password: string,
): Promise<PasswordProof> {
  const throttle = attempted(context, of.account);
  await throttleCheck(context, throttle);
  const id = await of.userId();
  const credential = id && (await context.em.findOne(Credential, { id }, { populate: ['passwordHash'] }));
  const stored = credential ? credential.passwordHash : null;
  const { right, old } = await passwordMatches(context, stored, password);
  return { throttle, proven: right ? stored : null, renewed: old ? await passwordHash(context, password) : null };
}

/** Compares the password of the caller. */
export async function passwordProof(context: Context, password: string): Promise<PasswordProof> {
  const id = context.actorId;
  const user = await context.em.findOne(Actor, { id });
  return passwordCompare(context, { account: user?.email ?? id, userId: () => Promise.resolve(id) }, password);
}

/**
 * Whether the password that was compared before the transaction is still the present one; it may have been changed meanwhile. The caller
 * has locked the user's row, under which passwords are set.
 */
export async function passwordStands(tx: Transaction, userId: string, proof: PasswordProof): Promise<boolean> {
  if (proof.proven === null) return false;
  const now = await tx.em.findOne(Credential, { id: userId }, { populate: ['passwordHash'] });
  return now?.passwordHash === proof.proven;
}

/** Throws FORBIDDEN for a person who has no password yet, such as one whose account an operator created. */
export async function checkHasPassword(tx: Transaction, userId: string): Promise<void> {
  if (!(await tx.em.findOne(Credential, { id: userId }, { fields: ['id'] })))
    throw new Forbidden('Set a password first: `passwordResetRequest` sends a link.');
}

/** Counts the attempt; throws FORBIDDEN for a wrong password, but commits the count. The caller has locked the user's row. */
export async function passwordProved(tx: Transaction, proof: PasswordProof): Promise<void> {
  if (await passwordStands(tx, tx.actorId, proof)) return throttleRight(tx, proof.throttle);
  await throttleWrong(tx, proof.throttle);
  tx.refuse(new Forbidden('The password is wrong.', { path: ['input', 'password'] }), { keep: true });
}
