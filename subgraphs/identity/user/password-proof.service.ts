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

/** A password that somebody gave, compared. */
export interface PasswordProof {
  throttle: Attempted;
  /** The stored hash that it fits; null for a wrong one. */
  proven: string | null;
  /** A hash of the form in which passwords are kept today, where the stored one is of another. */
  renewed: string | null;
}

/**
 * Compares a password with that of an account, which is slow on purpose and so belongs to `prepare`; unless the attempt is to wait:
 * TOO_MANY with `retryAfter`. Where there is no account it takes as long and is counted alike, so that neither the clock nor the
 * waiting tells them apart.
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

/** Compares the password of whoever asks. */
export async function passwordProof(context: Context, password: string): Promise<PasswordProof> {
  const id = context.actorId;
  const user = await context.em.findOne(Actor, { id });
  return passwordCompare(context, { account: user?.email ?? id, userId: () => Promise.resolve(id) }, password);
}

/**
 * Whether what was compared before the transaction is still the password. It may have been changed meanwhile, because somebody else
 * knew the old one; the caller holds the user's row, under which passwords are set.
 */
export async function passwordStands(tx: Transaction, userId: string, proof: PasswordProof): Promise<boolean> {
  if (proof.proven === null) return false;
  const now = await tx.em.findOne(Credential, { id: userId }, { populate: ['passwordHash'] });
  return now?.passwordHash === proof.proven;
}

/** FORBIDDEN for a person who was invited or made without a password and has set none. */
export async function checkHasPassword(tx: Transaction, userId: string): Promise<void> {
  if (!(await tx.em.findOne(Credential, { id: userId }, { fields: ['id'] })))
    throw new Forbidden('Set a password first: `passwordResetRequest` sends a link.');
}

/** Counts the attempt; a wrong password is FORBIDDEN, and that it was tried is kept. The caller holds the user's row. */
export async function passwordProved(tx: Transaction, proof: PasswordProof): Promise<void> {
  if (await passwordStands(tx, tx.actorId, proof)) return throttleRight(tx, proof.throttle);
  await throttleWrong(tx, proof.throttle);
  tx.refuse(new Forbidden('The password is wrong.', { path: ['input', 'password'] }), { keep: true });
}
