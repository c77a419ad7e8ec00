import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Conflict, Forbidden } from '../../../platform/errors/errors.ts';
import { Actor } from '../actor/actor.entity.ts';
import { membershipRemoved, userClosed } from '../events.ts';
import { Membership } from '../membership/membership.entity.ts';
import { Session } from '../session/session.entity.ts';
import { passwordProved, type PasswordProof } from '../user/password-proof.service.ts';

/** A session younger than this, in milliseconds, proves as much as a password: somebody has just signed in. */
const freshFor = 10 * 60 * 1000;
/** Memberships that one transaction ends; whoever has more leaves some first. */
const membershipsAtMost = 1000;
/** How a closed account is called where something still refers to it. */
export const closedName = 'Closed account';

/** What proves that the person themselves asks: a password that was compared, or null when the session is to be fresh. */
export type ClosingProof = PasswordProof | null;

/** Closes the viewer's account at once and for good: what is personal is erased, the id and what was done by it stay. */
export async function userClose(tx: Transaction, proof: ClosingProof): Promise<{ userId: string; closedAt: Date }> {
  if (tx.actor.kind !== 'USER' || tx.actor.delegate !== null)
    throw new Forbidden('An account is closed by the person whose it is.');
  const user = tx.found(
    await tx.em.findOne(Actor, { id: tx.actorId, closedAt: null }, { lockMode: LockMode.PESSIMISTIC_WRITE }),
  );
  await checkProof(tx, proof);
  const held = await tx.em.find(Membership, { actorId: user.id }, { limit: membershipsAtMost + 1 });
  if (held.length > membershipsAtMost)
    throw new Conflict(`You are in more than ${membershipsAtMost} organizations. Leave some of them first.`);
  await checkNotLast(tx, held);
  for (const membership of held) {
    const { id, organizationId, actorId, role } = membership;
    tx.em.remove(membership);
    tx.emit(membershipRemoved, actorId, { membershipId: id, organizationId, actorId, role });
  }
  const closedAt = tx.now();
  await eraseBelongings(tx, user.id, closedAt);
  Object.assign(user, {
    displayName: closedName,
    avatar: null,
    email: null,
    emailConfirmedAt: null,
    biography: null,
    links: [],
    locale: null,
    timeZone: null,
    discoverable: 'NOBODY',
    version: user.version + 1,
    updatedAt: closedAt,
    closedAt,
  });
  user.setPlatformRoles([]);
  tx.emit(userClosed, user.id, { actorId: user.id });
  return { userId: user.id, closedAt };
}

async function checkProof(tx: Transaction, proof: ClosingProof): Promise<void> {
  if (proof === null) {
    const session = await tx.em.findOne(Session, { id: tx.actor.sessionId, actorId: tx.actorId });
    if (session && tx.now().getTime() - session.createdAt.getTime() < freshFor) return;
    throw new Forbidden('Give your password, or sign in anew and close the account within ten minutes.', {
      path: ['input', 'password'],
    });
  }
  await passwordProved(tx, proof);
}

/** Nobody leaves an organization without an owner. Their rows are the lock under which owners are counted. */
async function checkNotLast(tx: Transaction, held: readonly Membership[]): Promise<void> {
  const owned = held.filter(({ role }) => role === 'OWNER').map(({ organizationId }) => organizationId);
  if (owned.length === 0) return;
  const organizations = await tx.em.find(
    Actor,
    { id: { $in: owned } },
    { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } },
  );
  const others = await sqlIn<{ organization_id: string }>(
    tx.em,
    `select distinct organization_id from identity.memberships
    where organization_id = any($1) and role = 'OWNER' and actor_id <> $2`,
    [owned, tx.actorId],
  );
  const kept = new Set(others.map((row) => row.organization_id));
  const orphans = organizations.filter(({ id }) => !kept.has(id));
  if (orphans.length === 0) return;
  throw new Conflict(
    `You are the last owner of ${orphans.length === 1 ? 'an organization' : 'organizations'}. Make somebody else owner first.`,
    {
      issues: orphans.map(({ id, displayName }) => ({
        path: ['organizations', id],
        code: 'last_owner',
        message: `${displayName} would be left without an owner.`,
      })),
    },
  );
}

/** Ends the sessions and forgets where they were, and erases password, refresh tokens and addresses. */
async function eraseBelongings(tx: Transaction, id: string, now: Date): Promise<void> {
  const statements: [string, unknown[]][] = [
    [
      `delete from identity.refresh_tokens where session_id in (select s.id from identity.sessions s where s.actor_id = $1)`,
      [id],
    ],
    [
      `update identity.sessions set revoked_at = coalesce(revoked_at, $2), ip = null, user_agent = null, updated_at = $2
      where actor_id = $1 or delegate_id = $1`,
      [id, now],
    ],
    [`delete from identity.credentials where id = $1`, [id]],
    [`delete from identity.postal_addresses where owner_id = $1`, [id]],
    [`delete from identity.one_time_links where subject_id = $1`, [id]],
    [`delete from identity.account_mails where subject_id = $1`, [id]],
    [
      `delete from identity.invitations i using identity.actors a
      where a.id = $1 and i.universe_id = a.universe_id and (i.email = a.email or i.accepted_by = a.id)`,
      [id],
    ],
    [`update identity.actors set discoverable = 'NOBODY', updated_at = $2 where owner_id = $1`, [id, now]],
  ];
  for (const [sql, params] of statements) await sqlIn(tx.em, sql, params);
}
