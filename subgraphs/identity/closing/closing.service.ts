import { LockMode } from '@mikro-orm/core';
import type { Context, Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Conflict, type Issue } from '../../../platform/errors/errors.ts';
import { Actor } from '../actor/actor.entity.ts';
import type { CloseBlocker } from '../business/open-business.entity.ts';
import { blockersOf, businessIssues } from '../business/open-business.service.ts';
import { userClosed } from '../events.ts';
import { Membership } from '../membership/membership.entity.ts';
import { checkOperatorStays } from '../platform-role/platform-role.service.ts';
import { checkPerson, checkProof, type ClosingProof } from './closing-proof.service.ts';
import { eraseBelongings } from './erasure.service.ts';

/** Memberships that one transaction ends; whoever has more leaves some first. */
export const membershipsAtMost = 1000;

/** Closes the viewer's account at once and for good: what is personal is erased, the id and what was done by it stay. */
export async function userClose(tx: Transaction, proof: ClosingProof): Promise<Actor> {
  checkPerson(tx);
  const user = tx.found(
    await tx.em.findOne(Actor, { id: tx.actorId, closedAt: null }, { lockMode: LockMode.PESSIMISTIC_WRITE }),
  );
  await checkProof(tx, proof);
  const held = await tx.em.find(Membership, { actorId: user.id }, { limit: membershipsAtMost + 1 });
  if (held.length > membershipsAtMost)
    throw new Conflict(`You are in more than ${membershipsAtMost} organizations. Leave some of them first.`);
  const blockers = [...(await businessIssues(tx, user.id)), ...(await lastOwned(tx, held))];
  if (blockers.length > 0)
    throw new Conflict(`Others still rely on this account: ${blockers[0]?.message}`, { issues: blockers });
  await checkOperatorStays(tx, user);
  await eraseBelongings(tx, user);
  user.close(tx.now());
  tx.emit(userClosed, user.id, { actorId: user.id });
  return user;
}

/** What keeps the viewer's account from being closed now; others rely on it. */
export async function closeBlockers(context: Context): Promise<CloseBlocker[]> {
  const held = await context.em.find(
    Membership,
    { actorId: context.actorId, role: 'OWNER' },
    { limit: membershipsAtMost },
  );
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

/** Nobody leaves an organization without an owner. Their rows are the lock under which owners are counted. */
async function lastOwned(tx: Transaction, held: readonly Membership[]): Promise<Issue[]> {
  const owned = ownedOf(held);
  if (owned.length === 0) return [];
  await tx.em.find(Actor, { id: { $in: owned } }, { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } });
  const orphans = await orphansOf(tx, owned);
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
