import type { Context, Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Conflict, type Issue } from '../../../platform/errors/errors.ts';
import { lockActorsWhere } from '../actor/actor-locks.service.ts';
import { Actor } from '../actor/actor.entity.ts';
import type { CloseBlocker } from '../business/open-business.entity.ts';
import { blockersOf, businessIssues } from '../business/open-business.service.ts';
import { userClosed } from '../events.ts';
import { Membership } from '../membership/membership.entity.ts';
import { checkOperatorStays } from '../platform-role/platform-role.service.ts';
import { checkPerson, checkProof, type ClosingProof } from './closing-proof.service.ts';
import { eraseBelongings } from './erasure.service.ts';

/** Memberships that one transaction ends; whoever has more ends some first. */
export const endedAtMost = 1000;

/** Closes the viewer's account at once and for good: what is personal is erased, the id and what was done by it stay. */
export async function userClose(tx: Transaction, proof: ClosingProof): Promise<Actor> {
  checkPerson(tx);
  await lockClosing(tx);
  const user = tx.found(await tx.em.findOne(Actor, { id: tx.actorId, closedAt: null }));
  await checkProof(tx, proof);
  const held = await tx.em.find(Membership, { actorId: user.id }, { limit: endedAtMost + 1 });
  if (held.length > endedAtMost)
    throw new Conflict(`You are in more than ${endedAtMost} organizations. Leave some of them first.`);
  const blockers = [...(await businessIssues(tx, user.id)), ...(await lastOwned(tx, held))];
  if (blockers.length > 0)
    throw new Conflict(`Others still rely on this account: ${blockers[0]?.message}`, { issues: blockers });
  await checkOperatorStays(tx, user);
  await eraseBelongings(tx, user);
  user.close(tx.now(), user.id);
  tx.emit(userClosed, user.id, { actorId: user.id });
  return user;
}

/**
 * Locks all that the closing of an account changes or counts under a lock: the person, their agents and services, the organizations that
 * they own, and all operators if they are one. Nothing is added to these without the lock on the person's row, so the second time,
 * which holds it, takes what was added while the first time waited for it.
 */
async function lockClosing(tx: Transaction): Promise<void> {
  for (let n = 0; n < 2; n++)
    await lockActorsWhere(
      tx,
      `a.closed_at is null and (
        a.id = $2
        or (a.owner_id = $2 and a.kind in ('AGENT', 'SERVICE'))
        or a.id in (select m.organization_id from identity.memberships m where m.actor_id = $2 and m.role = 'OWNER')
        or ('OPERATOR' = any(a.platform_roles) and exists (
          select 1 from identity.actors me where me.id = $2 and 'OPERATOR' = any(me.platform_roles)
        ))
      )`,
      [tx.actorId],
    );
}

/** What keeps the viewer's account from being closed now; others rely on it. */
export async function closeBlockers(context: Context): Promise<CloseBlocker[]> {
  const held = await context.em.find(Membership, { actorId: context.actorId, role: 'OWNER' }, { limit: endedAtMost });
  const business = await blockersOf(context, context.actorId);
  const owned = await orphansOf(context, ownedOf(held));
  return [
    ...business,
    ...owned.map((orphan) => ({ code: 'last_owner', subjectId: orphan.id, message: orphaned(orphan) })),
  ];
}

const ownedOf = (held: readonly Membership[]): string[] =>
  held.filter(({ role }) => role === 'OWNER').map(({ organizationId }) => organizationId);

const orphaned = ({ displayName }: Actor): string =>
  `${displayName} would be left without an owner. Make somebody else owner first.`;

/** Nobody leaves an organization without an owner. The rows of organizations, which are locked, are the lock under which owners are counted. */
async function lastOwned(tx: Transaction, held: readonly Membership[]): Promise<Issue[]> {
  const orphans = await orphansOf(tx, ownedOf(held));
  return orphans.map((orphan) => ({
    path: ['organizations', orphan.id],
    code: 'last_owner',
    message: orphaned(orphan),
  }));
}

/** Those of these organizations of which nobody else is an owner. */
async function orphansOf(context: Context, owned: readonly string[]): Promise<Actor[]> {
  if (owned.length === 0) return [];
  const others = await sqlIn<{ organization_id: string }>(
    context.em,
    `select distinct organization_id from identity.memberships
    where organization_id = any($1) and role = 'OWNER' and actor_id <> $2`,
    [owned, context.actorId],
  );
  const kept = new Set(others.map((row) => row.organization_id));
  const orphans = owned.filter((id) => !kept.has(id));
  return orphans.length === 0 ? [] : context.em.find(Actor, { id: { $in: orphans } }, { orderBy: { id: 'asc' } });
}
