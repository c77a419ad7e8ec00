import type { Transaction } from '../../../platform/context/context.ts';
import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { query } from '../../../platform/declare/query.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import { Actor } from '../actor/actor.entity.ts';
import { lockActor } from '../actor/actor-locks.service.ts';
import { users } from '../actor/actor.noun.ts';
import { emailChangeRequested } from '../events.ts';
import { requestEmailChange } from './email.service.ts';

/** Collisions listed at once. No new ones arise, so resolving these brings up the next. */
const collisionsAtMost = 100;

const EmailCollision = valueType(
  'EmailCollision',
  'Two accounts whose e-mail addresses are the same in normal form. `user` cannot sign in by its address until one of the two accounts has another address.',
  (f) => ({
    user: f.row(() => users, 'The account whose address is stored in its old form, by which it cannot sign in.'),
    email: f.text('The normal form of that address.'),
    holder: f
      .row(
        () => users,
        'The account that has the normal form. Null if no account has it any more; `emailCollisionResolve` can then give it to `user`.',
      )
      .nullable(),
  }),
);

type Collision = (typeof EmailCollision)['value'];

export const emailCollisions = query('emailCollisions', {
  access: 'identity.emailCollision.resolve',
  description:
    'Accounts that cannot sign in because another account has the same e-mail address, the oldest first; at most 100. For operators, who resolve each with `emailCollisionResolve`. Errors: UNAUTHENTICATED, FORBIDDEN.',
  answers: (f) => f.list(EmailCollision, '', { atMost: collisionsAtMost }),
  /** Two statements. */
  async run({ em }) {
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
  },
});

/**
 * As in `emailChange`, the reader of the new address confirms the change and the reader of the present one can stop it, so that an
 * operator cannot take over an account.
 */
export const emailCollisionResolve = mutation('emailCollisionResolve', {
  access: 'identity.emailCollision.resolve',
  description:
    'Requests another e-mail address for an account in one of `emailCollisions`; for operators. The new address receives a link for `emailConfirm`, which completes the change; the present address receives a notice with a link for `emailChangeStop`.',
  errors:
    'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT for an account without a collision or an address that is taken, TOO_MANY with `retryAfter` in seconds after five for one account or to one address, or 100 from one network, within an hour',
  tells: [emailChangeRequested],
  input: {
    userId: arg.id('usr', 'The `user` or `holder` of an `EmailCollision`: `usr_…`.'),
    email: arg.email('The new address; at most 254 characters.'),
  },
  payload: (f) => ({
    emailCollision: f.object(EmailCollision, 'The collision. It lasts until the new address is confirmed.'),
  }),
  async run(tx, { userId, email }) {
    tx.must('identity.emailCollision.resolve', null);
    const user = tx.found(await lockActor(tx, { id: userId, kind: 'USER', closedAt: null }), ['input', 'userId']);
    const emailCollision = await collisionOf(tx, user);
    if (await tx.em.findOne(Actor, { email }, { fields: ['id'] }))
      throw new Conflict('email: an account has this address already. Give another one.', {
        path: ['input', 'email'],
      });
    await requestEmailChange(tx, user, email);
    return { emailCollision };
  },
});

/** The collision of an account; throws CONFLICT if it has none. */
async function collisionOf({ em }: Transaction, account: Actor): Promise<Collision> {
  const user = account.collidingEmail ? account : await em.findOne(Actor, { collidingEmail: account.email ?? '' });
  if (!user?.collidingEmail)
    throw new Conflict(
      'userId: the address of this account does not collide. The person can change it with emailChange.',
      { path: ['input', 'userId'] },
    );
  const email = user.collidingEmail;
  return { user, email, holder: account === user ? await em.findOne(Actor, { email }) : account };
}
