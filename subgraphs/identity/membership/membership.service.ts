import { isOperator, roleIncludes } from '../../../platform/access/permission.ts';
import type { Transaction } from '../../../platform/context/context.ts';
import { Conflict, Forbidden } from '../../../platform/errors/errors.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { lockActor } from '../actor/actor-locks.service.ts';
import { membershipGranted } from '../events.ts';
import { Membership, membershipsAtMost, type OrganizationRole } from './membership.entity.ts';
import { memberships } from './membership.noun.ts';

/** Gives a role without asking who may. The actor's row is locked: under it memberships are counted, and rights have their version. */
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
    throw new Conflict(`Nobody is a member of more than ${membershipsAtMost} organizations. Leave one of them first.`);
  const membership = known ?? memberships.create(tx, { organizationId, actorId, role });
  Object.assign(membership, { role, updatedAt: tx.now() });
  if (previousRole !== role) {
    actor.rightsChanged();
    tx.emit(membershipGranted, actorId, { membershipId: membership.id, organizationId, actorId, role, previousRole });
  }
  return membership;
}

/** Makes somebody, whose row is locked, a member who has agreed; a member keeps a role that includes this one. */
export async function membershipJoin(
  tx: Transaction,
  organizationId: string,
  actor: Actor,
  role: OrganizationRole,
): Promise<Membership> {
  const known = await tx.em.findOne(Membership, { organizationId, actorId: actor.id });
  return known && roleIncludes(known.role, role) ? known : setRole(tx, known, organizationId, actor, role);
}

/** Nobody gives a role above their own; `path` is where the input names it. */
export function mayGive(tx: Transaction, organizationId: string, role: OrganizationRole, path: string[]): void {
  if (tx.system) return;
  const own = tx.actor.memberships.find((membership) => membership.organizationId === organizationId);
  if (!own || !roleIncludes(own.role, role))
    throw new Forbidden('You can give and take roles up to your own.', { path });
}

/** Nobody takes a role above their own, but for operators: they take people out, and let nobody in, themselves least of all. */
export function mayTake(tx: Transaction, organizationId: string, role: OrganizationRole, path: string[]): void {
  if (!isOperator(tx.actor)) mayGive(tx, organizationId, role, path);
}

/** Rights are given and taken up by one's own hand: an operator or agent in somebody's name would give them to themselves. */
export function checkOwnHand(tx: Transaction): void {
  if (tx.actor.delegate !== null) throw new Forbidden('Nobody does this on behalf of somebody else.');
}

/** The organization's row is the lock under which owners are counted, so that two last owners cannot leave at once. */
export async function lockOrganization(tx: Transaction, id: string): Promise<Actor> {
  return tx.found(await lockActor(tx, { id, kind: 'ORGANIZATION', closedAt: null }), ['input', 'organizationId']);
}

export async function keepAnOwner(tx: Transaction, organizationId: string): Promise<void> {
  const owners = await tx.em.count(Membership, { organizationId, role: 'OWNER' });
  if (owners <= 1) throw new Conflict('An organization keeps at least one owner. Make somebody else owner first.');
}
