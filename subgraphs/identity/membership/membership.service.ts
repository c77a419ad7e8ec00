import { LockMode } from '@mikro-orm/core';
import { roleIncludes } from '../../../platform/access/permission.ts';
import type { OrganizationRole } from '../../../platform/context/actor.ts';
import type { Transaction } from '../../../platform/context/context.ts';
import { Conflict, Forbidden } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { Actor } from '../actor/actor.entity.ts';
import { actorRightsChanged } from '../actor/actor.service.ts';
import { membershipGranted, membershipRemoved } from '../events.ts';
import { Membership } from './membership.entity.ts';
import { memberships } from './membership.query.ts';

export async function membershipGrant(
  tx: Transaction,
  input: { organizationId: string; actorId: string; role: OrganizationRole },
): Promise<Membership> {
  const organization = await lockOrganization(tx, input.organizationId);
  tx.must('identity.membership.grant', organization.id);
  mayGive(tx, organization.id, input.role, ['input', 'role']);
  // Locked, so that nobody becomes a member while closing their account.
  const actor = tx.found(
    await tx.em.findOne(Actor, { id: input.actorId, closedAt: null }, { lockMode: LockMode.PESSIMISTIC_WRITE }),
    ['input', 'actorId'],
  );
  const known = await tx.em.findOne(Membership, { organizationId: organization.id, actorId: actor.id });
  if (known) {
    mayGive(tx, organization.id, known.role, ['input', 'actorId']);
    if (known.role === 'OWNER' && input.role !== 'OWNER') await keepAnOwner(tx, organization.id);
  }
  return setRole(tx, known, organization.id, actor.id, input.role);
}

/** Makes somebody a member without asking who may; for the founding of an organization. */
export function founderMembership(tx: Transaction, organizationId: string, actorId: string): Promise<Membership> {
  return setRole(tx, null, organizationId, actorId, 'OWNER');
}

async function setRole(
  tx: Transaction,
  known: Membership | null,
  organizationId: string,
  actorId: string,
  role: OrganizationRole,
): Promise<Membership> {
  const now = tx.now();
  const previousRole = known?.role ?? null;
  const membership =
    known ??
    tx.em.create(Membership, {
      id: newId('mbr'),
      universeId: tx.universe,
      createdAt: now,
      updatedAt: now,
      organizationId,
      actorId,
      role,
    });
  membership.role = role;
  membership.updatedAt = now;
  tx.em.persist(membership);
  if (previousRole !== role) {
    await actorRightsChanged(tx, actorId);
    tx.emit(membershipGranted, actorId, { membershipId: membership.id, organizationId, actorId, role, previousRole });
  }
  return membership;
}

export async function membershipRemove(tx: Transaction, input: { membershipId: string }): Promise<Membership> {
  const path = ['input', 'membershipId'];
  // Seen first and locked after its organization, as granting does, so that two changes never wait for one another.
  const seen = tx.found(await memberships.load(tx, input.membershipId), path);
  const isMine = seen.actorId === tx.actor.id;
  tx.must('identity.membership.remove', isMine ? seen.actorId : seen.organizationId);
  await lockOrganization(tx, seen.organizationId);
  const membership = tx.found(await memberships.lock(tx, seen.id), path);
  if (!isMine) mayGive(tx, membership.organizationId, membership.role, path);
  if (membership.role === 'OWNER') await keepAnOwner(tx, membership.organizationId);
  tx.em.remove(membership);
  await actorRightsChanged(tx, membership.actorId);
  const { id, organizationId, actorId, role } = membership;
  tx.emit(membershipRemoved, actorId, { membershipId: id, organizationId, actorId, role });
  return membership;
}

/** Nobody gives or takes a role above their own; `path` is where the input names it. */
export function mayGive(tx: Transaction, organizationId: string, role: OrganizationRole, path: string[]): void {
  if (tx.system || tx.actor.platformRoles.includes('OPERATOR')) return;
  const own = tx.actor.memberships.find((membership) => membership.organizationId === organizationId);
  if (!own || !roleIncludes(own.role, role))
    throw new Forbidden('You can give and take roles up to your own.', { path });
}

/** The organization's row is the lock under which owners are counted, so that two last owners cannot leave at once. */
export async function lockOrganization(tx: Transaction, id: string): Promise<Actor> {
  const organization = await tx.em.findOne(
    Actor,
    { id, kind: 'ORGANIZATION', closedAt: null },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  return tx.found(organization, ['input', 'organizationId']);
}

async function keepAnOwner(tx: Transaction, organizationId: string): Promise<void> {
  const owners = await tx.em.count(Membership, { organizationId, role: 'OWNER' });
  if (owners <= 1) throw new Conflict('An organization keeps at least one owner. Make somebody else owner first.');
}

/** Makes somebody a member who was asked to be; whoever is one already keeps a role that includes this one. */
export async function membershipJoin(
  tx: Transaction,
  organizationId: string,
  actorId: string,
  role: OrganizationRole,
): Promise<Membership> {
  const known = await tx.em.findOne(Membership, { organizationId, actorId });
  if (known && roleIncludes(known.role, role)) return known;
  return setRole(tx, known, organizationId, actorId, role);
}

/**
 * Makes many actors members at once, whose rows the caller has locked or just made; whoever is one already stays as they are.
 * The number of statements does not depend on how many there are.
 */
export async function membershipsJoin(
  tx: Transaction,
  joining: readonly {
    organizationId: string;
    actor: Actor;
    role: OrganizationRole;
  }[],
): Promise<void> {
  if (joining.length === 0) return;
  const now = tx.now();
  const known = await tx.em.find(Membership, {
    organizationId: { $in: [...new Set(joining.map(({ organizationId }) => organizationId))] },
    actorId: { $in: [...new Set(joining.map(({ actor }) => actor.id))] },
  });
  const members = new Set(known.map(({ organizationId, actorId }) => `${organizationId} ${actorId}`));
  const made = joining.flatMap(({ organizationId, actor, role }) => {
    if (members.has(`${organizationId} ${actor.id}`)) return [];
    actor.rightsChanged();
    const times = { createdAt: now, updatedAt: now };
    return { id: newId('mbr'), universeId: tx.universe, ...times, organizationId, actorId: actor.id, role };
  });
  // Past the unit of work, which would take longer for each of them than the database does.
  if (made.length > 0) await tx.em.insertMany(Membership, made);
  for (const { id, organizationId, actorId, role } of made)
    tx.emit(membershipGranted, actorId, { membershipId: id, organizationId, actorId, role, previousRole: null });
}
