import { isOperator, roleIncludes } from '../../../platform/access/permission.ts';
import type { Transaction } from '../../../platform/context/context.ts';
import { Conflict, Forbidden } from '../../../platform/errors/errors.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { lockActor } from '../actor/actor-locks.service.ts';
import { membershipGranted } from '../events.ts';
import { Membership, membershipsAtMost, type OrganizationRole } from './membership.entity.ts';
import { memberships } from './membership.noun.ts';

/** Sets a role without checking permissions. The caller has locked the actor's row: under that lock memberships are counted. */
export async function setRole(
  tx: Transaction,
  known: Membership | null,
  organizationId: string,
  actor: Actor,
  role: OrganizationRole,
): Promise<Membership> {
  const actorId = actor.id;
  const previousRole = known?.role ?? null;
  if (!known && (await tx.em.count(Membership, { actorId })) >= membershipsAtMost)
    throw new Conflict(`An actor is a member of at most ${membershipsAtMost} organizations. Leave one of them first.`);
  const membership = known ?? memberships.create(tx, { organizationId, actorId, role });
  Object.assign(membership, { role, updatedAt: tx.now() });
  if (previousRole !== role) {
    actor.rightsChanged();
    tx.emit(membershipGranted, actorId, { membershipId: membership.id, organizationId, actorId, role, previousRole });
  }
  return membership;
}

/** Makes an actor, whose row is locked and who has agreed, a member; an existing member keeps a role that includes this one. */
export async function membershipJoin(
  tx: Transaction,
  organizationId: string,
  actor: Actor,
  role: OrganizationRole,
): Promise<Membership> {
  const known = await tx.em.findOne(Membership, { organizationId, actorId: actor.id });
  return known && roleIncludes(known.role, role) ? known : setRole(tx, known, organizationId, actor, role);
}

/** Throws FORBIDDEN for a role above the caller's own; `path` is its place in the input. */
export function mayGive(tx: Transaction, organizationId: string, role: OrganizationRole, path: string[]): void {
  if (tx.system) return;
  const own = tx.actor.memberships.find((membership) => membership.organizationId === organizationId);
  if (!own || !roleIncludes(own.role, role))
    throw new Forbidden(`${path.slice(1).join('.')}: you can give and take roles up to your own.`, { path });
}

/** Throws FORBIDDEN for taking a role above the caller's own. Operators may take any, to remove people; they cannot give roles. */
export function mayTake(tx: Transaction, organizationId: string, role: OrganizationRole, path: string[]): void {
  if (!isOperator(tx.actor)) mayGive(tx, organizationId, role, path);
}

/** Rights are given and accepted only by the actor itself: a delegate could give them to itself. */
export function checkOwnHand(tx: Transaction): void {
  if (tx.actor.delegate !== null) throw new Forbidden('This cannot be done on behalf of another actor.');
}

/** Locks the organization: under this lock owners are counted, so that the last two owners cannot leave at the same time. */
export async function lockOrganization(tx: Transaction, id: string): Promise<Actor> {
  return tx.found(await lockActor(tx, { id, kind: 'ORGANIZATION', closedAt: null }), ['input', 'organizationId']);
}

export async function keepAnOwner(tx: Transaction, organizationId: string): Promise<void> {
  const owners = await tx.em.count(Membership, { organizationId, role: 'OWNER' });
  if (owners <= 1) throw new Conflict('An organization needs at least one owner. Make another member an owner first.');
}
