import { LockMode } from '@mikro-orm/core';
import DataLoader from 'dataloader';
import { isOperator, roleIncludes } from '../../../platform/access/permission.ts';
import type { OrganizationRole } from '../../../platform/context/actor.ts';
import type { Context, Transaction } from '../../../platform/context/context.ts';
import { Conflict, Forbidden, NotFound } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { firstOfEach } from '../../../platform/nouns/parents.ts';
import { lockActors } from '../actor/actor-locks.service.ts';
import { Actor } from '../actor/actor.entity.ts';
import { actorRightsChanged } from '../actor/actor.service.ts';
import { membershipGranted, membershipRemoved } from '../events.ts';
import { EndedMembership, Membership, membershipsAtMost } from './membership.entity.ts';
import { memberships } from './membership.query.ts';

/**
 * Gives a member another role. Nobody becomes a member by it, since joining is theirs to decide; but for an agent or service of
 * whoever may let in here and decides over it as well.
 */
export async function membershipGrant(
  tx: Transaction,
  input: { organizationId: string; actorId: string; role: OrganizationRole },
): Promise<Membership> {
  const organization = await lockOrganization(tx, input.organizationId);
  tx.must('identity.membership.grant', organization.id);
  checkOwnHand(tx);
  mayGive(tx, organization.id, input.role, ['input', 'role']);
  const path = ['input', 'actorId'];
  // Locked, so that nobody becomes a member while closing their account.
  const actor = tx.found(
    await tx.em.findOne(Actor, { id: input.actorId, closedAt: null }, { lockMode: LockMode.PESSIMISTIC_WRITE }),
    path,
  );
  const known = await tx.em.findOne(Membership, { organizationId: organization.id, actorId: actor.id });
  if (known) {
    mayGive(tx, organization.id, known.role, path);
    if (known.role === 'OWNER' && input.role !== 'OWNER') await keepAnOwner(tx, organization.id);
  } else if (!decidesOver(tx, actor)) {
    throw new Conflict('input.actorId: they are no member. Invite them with invitationSend; they join by accepting.', {
      path,
    });
  }
  return setRole(tx, known, organization.id, actor, input.role);
}

/** Whether an agent or service is of the actor's own, or of an organization in which they let people in. */
function decidesOver(tx: Transaction, actor: Actor): boolean {
  if (actor.kind !== 'AGENT' && actor.kind !== 'SERVICE') return false;
  return actor.ownerId === tx.actor.id || tx.can('identity.membership.grant', actor.ownerId ?? null);
}

/** Makes the founder, whose row the caller has locked, a member without asking who may. */
export function founderMembership(tx: Transaction, organizationId: string, founder: Actor): Promise<Membership> {
  return setRole(tx, null, organizationId, founder, 'OWNER');
}

/** The actor's row is locked: under it memberships are counted, and rights have their version. */
async function setRole(
  tx: Transaction,
  known: Membership | null,
  organizationId: string,
  actor: Actor,
  role: OrganizationRole,
): Promise<Membership> {
  const now = tx.now();
  const previousRole = known?.role ?? null;
  if (!known && (await tx.em.count(Membership, { actorId: actor.id })) >= membershipsAtMost)
    throw new Conflict(`Nobody is a member of more than ${membershipsAtMost} organizations. Leave one of them first.`);
  const membership =
    known ??
    tx.em.create(Membership, {
      id: newId('mbr'),
      universeId: tx.universe,
      createdAt: now,
      updatedAt: now,
      organizationId,
      actorId: actor.id,
      role,
    });
  membership.role = role;
  membership.updatedAt = now;
  tx.em.persist(membership);
  if (previousRole !== role) {
    actor.rightsChanged();
    tx.emit(membershipGranted, actor.id, {
      membershipId: membership.id,
      organizationId,
      actorId: actor.id,
      role,
      previousRole,
    });
  }
  return membership;
}

/** Ends a membership; one that has ended already is answered as it is. */
export async function membershipRemove(tx: Transaction, input: { membershipId: string }): Promise<EndedMembership> {
  const path = ['input', 'membershipId'];
  // Seen first, and locked after its organization and its actor.
  const seen = await memberships.load(tx, input.membershipId);
  if (!seen) return endedBefore(tx, input.membershipId);
  const isMine = seen.actorId === tx.actor.id;
  tx.must('identity.membership.remove', isMine ? seen.actorId : seen.organizationId);
  await lockActors(tx, [seen.organizationId, seen.actorId]);
  const membership = await memberships.lock(tx, seen.id);
  // Somebody else has ended it while this call waited.
  if (!membership) return endedBefore(tx, seen.id);
  if (!isMine) mayTake(tx, membership.organizationId, membership.role, path);
  if (membership.role === 'OWNER') await keepAnOwner(tx, membership.organizationId);
  tx.em.remove(membership);
  await actorRightsChanged(tx, membership.actorId);
  const { id, universeId, createdAt, organizationId, actorId, role } = membership;
  const now = tx.now();
  const ended = tx.em.create(EndedMembership, {
    id,
    universeId,
    createdAt,
    updatedAt: now,
    organizationId,
    actorId,
    role,
    endedAt: now,
  });
  tx.em.persist(ended);
  tx.emit(membershipRemoved, actorId, {
    membershipId: id,
    organizationId,
    actorId,
    role,
    since: createdAt.toISOString(),
  });
  return ended;
}

/** A membership that has ended, for whoever might have ended it: whose it was, and those who remove members there. NOT_FOUND else. */
async function endedBefore(tx: Transaction, id: string): Promise<EndedMembership> {
  const path = ['input', 'membershipId'];
  const ended = tx.found(await tx.em.findOne(EndedMembership, { id }), path);
  const over = ended.actorId === tx.actor.id ? ended.actorId : ended.organizationId;
  if (!tx.can('identity.membership.remove', over)) throw new NotFound(undefined, { path });
  tx.must('identity.membership.remove', over);
  return ended;
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

/** Makes somebody, whose row is locked, a member who has agreed; a member keeps a role that includes this one. */
export async function membershipJoin(
  tx: Transaction,
  organizationId: string,
  actor: Actor,
  role: OrganizationRole,
): Promise<Membership> {
  const known = await tx.em.findOne(Membership, { organizationId, actorId: actor.id });
  if (known && roleIncludes(known.role, role)) return known;
  return setRole(tx, known, organizationId, actor, role);
}

/** Members shown right at an organization; more are a list. */
const membersAtMost = 100;

const membersKey = Symbol('members of organizations');

/** The members of an organization, those of longest standing first: two statements for all that are asked for at once. */
export function membersOf(context: Context, organizationId: string): Promise<Membership[]> {
  const load = async (ids: readonly string[]): Promise<Membership[][]> => {
    const where = memberships.where(context, {}, { organizationId: { $in: [...ids] } });
    const of = { parent: 'organization_id', order: 'e.created_at, e.id', limit: membersAtMost };
    const first = where ? await firstOfEach(context, Membership, { where, ...of }) : [];
    const rows = await context.em.find(Membership, { id: { $in: first.map(({ id }) => id) } }, { orderBy: byAge });
    return ids.map((id) => rows.filter((row) => row.organizationId === id));
  };
  return context
    .loader<Membership[]>(membersKey, () => new DataLoader(load, { maxBatchSize: 100 }))
    .load(organizationId);
}

const byAge = { createdAt: 'asc', id: 'asc' } as const;
