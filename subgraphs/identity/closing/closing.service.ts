import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import { Actor } from '../actor/actor.entity.ts';
import { userClosed } from '../events.ts';
import { Membership } from '../membership/membership.entity.ts';
import { checkOperatorStays } from '../platform-role/platform-role.service.ts';
import { checkPerson, checkProof, type ClosingProof } from './closing-proof.service.ts';
import { eraseBelongings } from './erasure.service.ts';

/** Memberships that one transaction ends; whoever has more leaves some first. */
export const membershipsAtMost = 1000;

/** Closes the viewer's account at once and for good: what is personal is erased, the id and what was done by it stay. */
export async function userClose(tx: Transaction, proof: ClosingProof): Promise<{ userId: string; closedAt: Date }> {
  checkPerson(tx);
  const user = tx.found(
    await tx.em.findOne(Actor, { id: tx.actorId, closedAt: null }, { lockMode: LockMode.PESSIMISTIC_WRITE }),
  );
  await checkProof(tx, proof);
  const held = await tx.em.find(Membership, { actorId: user.id }, { limit: membershipsAtMost + 1 });
  if (held.length > membershipsAtMost)
    throw new Conflict(`You are in more than ${membershipsAtMost} organizations. Leave some of them first.`);
  await checkNotLast(tx, held);
  await checkOperatorStays(tx, user);
  const closedAt = tx.now();
  await eraseBelongings(tx, user);
  user.close(closedAt);
  tx.emit(userClosed, user.id, { actorId: user.id });
  return { userId: user.id, closedAt };
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
