import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { Conflict, type Issue } from '../../../platform/errors/errors.ts';
import { lockActorsWhere } from '../actor/actor-locks.service.ts';
import { Actor } from '../actor/actor.entity.ts';
import { businessIssues } from '../business/open-business.service.ts';
import { organizationClosed } from '../events.ts';
import { Membership } from '../membership/membership.entity.ts';
import { lockTree } from '../organization/organization.service.ts';
import { checkPerson, checkProof, type ClosingProof } from './closing-proof.service.ts';
import { endedAtMost } from './closing.service.ts';
import { eraseBelongings } from './erasure.service.ts';

/** Organizations below one that a refusal names; there may be more. */
const childrenNamed = 20;

/**
 * Closes an organization at once and for good. Its name stays, as the name of a firm stays in what it has signed; what it told of
 * itself, its members, invitations, addresses, agents, services and keys are gone.
 */
export async function organizationClose(tx: Transaction, organizationId: string, proof: ClosingProof): Promise<Actor> {
  const organization = tx.found(
    await tx.em.findOne(Actor, { id: organizationId, kind: 'ORGANIZATION' }, { lockMode: LockMode.PESSIMISTIC_WRITE }),
    ['input', 'organizationId'],
  );
  const { closedAt, closedBy } = organization;
  // Its members are gone, and with them who might close it: who did may repeat it, and whoever else asks is refused.
  if (closedAt && closedBy === tx.actorId) tx.decided.add('identity.organization.close');
  else tx.must('identity.organization.close', organization.id);
  checkPerson(tx);
  if (closedAt) return organization;
  if ((await tx.em.count(Membership, { organizationId: organization.id })) > endedAtMost)
    throw new Conflict(`More than ${endedAtMost} are members of it. Remove some of them first.`);
  await lockClosing(tx, organization);
  await checkProof(tx, proof);
  await lockTree(tx);
  const hindrances = [
    ...ownedAssets(organization),
    ...(await businessIssues(tx, organization.id)),
    ...(await organizationsBelow(tx, organization)),
  ];
  if (hindrances.length > 0)
    throw new Conflict('Something still depends on this organization. Settle that first.', { issues: hindrances });
  await eraseBelongings(tx, organization);
  organization.close(tx.now(), tx.actorId);
  tx.emit(organizationClosed, organization.id, { organizationId: organization.id });
  return organization;
}

/**
 * Locks whose rights change with the end of an organization: its members, agents and services. Also the person who asks, under whose
 * lock passwords are set, so that the proof holds until the commit. Nobody joins meanwhile, since the organization is locked.
 */
async function lockClosing(tx: Transaction, organization: Actor): Promise<void> {
  await lockActorsWhere(
    tx,
    `a.id = $3 or (a.owner_id = $2 and a.kind in ('AGENT', 'SERVICE') and a.closed_at is null)
      or a.id in (select m.actor_id from identity.memberships m where m.organization_id = $2)`,
    [organization.id, tx.actorId],
  );
}

/** What is on sale is owned as well, so that nothing is sold by whoever is gone. */
function ownedAssets({ ownedAssetCount: count }: Actor): Issue[] {
  if (count <= 0) return [];
  const message = `It owns ${count === 1 ? 'an asset' : `${count} assets`}. Transfer or archive what it owns.`;
  return [{ path: ['assets'], code: 'owns_assets', message }];
}

async function organizationsBelow(tx: Transaction, organization: Actor): Promise<Issue[]> {
  const below = await tx.em.find(
    Actor,
    { ownerId: organization.id, kind: 'ORGANIZATION', closedAt: null },
    { orderBy: { displayName: 'asc', id: 'asc' }, limit: childrenNamed },
  );
  return below.map(({ id, displayName }) => ({
    path: ['organizations', id],
    code: 'organization_below',
    message: `${displayName} stands under it. Move or close that first.`,
  }));
}
