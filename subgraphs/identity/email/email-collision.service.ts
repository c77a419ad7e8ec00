import { LockMode } from '@mikro-orm/core';
import type { Context, Transaction } from '../../../platform/context/context.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import { normalEmail } from '../../../platform/scalars/email.ts';
import { Actor } from '../actor/actor.entity.ts';
import { requestEmailChange } from './email.service.ts';

/** Collisions that are listed at once. They are of the past and get fewer: whoever has resolved these asks again. */
export const collisionsAtMost = 100;

export interface EmailCollision {
  user: Actor;
  email: string;
  holder: Actor | null;
}

/** Accounts that cannot sign in by their address, the oldest first: two statements. */
export async function emailCollisions({ em }: Context): Promise<EmailCollision[]> {
  const users = await em.find(
    Actor,
    { collidingEmail: { $ne: null } },
    { orderBy: { createdAt: 'asc', id: 'asc' }, limit: collisionsAtMost },
  );
  const emails = users.flatMap(({ collidingEmail }) => collidingEmail ?? []);
  const holders = emails.length === 0 ? [] : await em.find(Actor, { email: { $in: emails } });
  return users.map((user) => {
    const email = user.collidingEmail ?? '';
    return { user, email, holder: holders.find((holder) => holder.email === email) ?? null };
  });
}

/**
 * Asks for another address of one of two accounts that collide. As when people ask for it themselves, whoever reads the new address
 * confirms it and whoever reads the present one can stop it, so that no operator takes an account.
 */
export async function emailCollisionResolve(
  tx: Transaction,
  input: { userId: string; email: string },
): Promise<EmailCollision> {
  tx.must('identity.emailCollision.resolve', null);
  const user = tx.found(
    await tx.em.findOne(
      Actor,
      { id: input.userId, kind: 'USER', closedAt: null },
      { lockMode: LockMode.PESSIMISTIC_WRITE },
    ),
    ['input', 'userId'],
  );
  const of = await collisionOf(tx, user);
  const email = normalEmail(input.email);
  if (await tx.em.findOne(Actor, { email }, { fields: ['id'] }))
    throw new Conflict('input.email: an account has this address already. Give another one.', {
      path: ['input', 'email'],
    });
  await requestEmailChange(tx, user, email);
  return of;
}

/** The collision that an account is in; CONFLICT for one that is in none. */
async function collisionOf({ em }: Transaction, account: Actor): Promise<EmailCollision> {
  const user = account.collidingEmail ? account : await em.findOne(Actor, { collidingEmail: account.email ?? '' });
  if (!user?.collidingEmail)
    throw new Conflict(
      'input.userId: the address of this account collides with no other. The person changes it with emailChange.',
      { path: ['input', 'userId'] },
    );
  const email = user.collidingEmail;
  return { user, email, holder: account === user ? await em.findOne(Actor, { email }) : account };
}
