import type { Transaction } from '../../../platform/context/context.ts';
import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { Conflict, NotFound } from '../../../platform/errors/errors.ts';
import { actorPrefixes } from '../../../platform/ids/ids.ts';
import { createRow } from '../../../platform/nouns/row.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { lockActor, lockActors } from '../actor/actor-locks.service.ts';
import { actorRightsChanged } from '../actor/actor.service.ts';
import { membershipGranted, membershipRemoved } from '../events.ts';
import { EndedMembership, Membership, OrganizationRole } from './membership.entity.ts';
import { memberships } from './membership.noun.ts';
import { checkOwnHand, keepAnOwner, lockOrganization, mayGive, mayTake, setRole } from './membership.service.ts';

export const membershipGrant = mutation('membershipGrant', {
  access: 'identity.membership.grant',
  description:
    'Changes the role of a member of an organization. People become members only by accepting an invitation (`invitationSend`); an agent or service that the viewer also manages becomes a member at once. Idempotent.',
  errors:
    'NOT_FOUND, FORBIDDEN for a role above the viewer’s own and on behalf of another actor, CONFLICT if the person is not a member, if no owner would be left, or if the actor is a member of 100 organizations',
  tells: [membershipGranted],
  input: {
    organizationId: arg.id('org', 'The organization.'),
    actorId: arg.id(actorPrefixes, 'The member, or an agent or service that becomes one.'),
    role: arg.enum(OrganizationRole, 'The new role; at most the viewer’s own.'),
  },
  answers: [memberships, 'The membership with its new role.'],
  async run(tx, { organizationId, actorId, role }) {
    await lockOrganization(tx, organizationId);
    tx.must('identity.membership.grant', organizationId);
    checkOwnHand(tx);
    mayGive(tx, organizationId, role, ['input', 'role']);
    const path = ['input', 'actorId'];
    // Locked, so that nobody becomes a member while closing their account.
    const actor = tx.found(await lockActor(tx, { id: actorId, closedAt: null }), path);
    const known = await tx.em.findOne(Membership, { organizationId, actorId });
    if (known) {
      mayGive(tx, organizationId, known.role, path);
      if (known.role === 'OWNER' && role !== 'OWNER') await keepAnOwner(tx, organizationId);
    } else if (!decidesOver(tx, actor)) {
      throw new Conflict(
        'actorId: this actor is not a member. Invite people with invitationSend; they join by accepting.',
        { path },
      );
    }
    return setRole(tx, known, organizationId, actor, role);
  },
});

/** Whether the caller owns an agent or service, or may grant memberships in the organization that owns it. */
function decidesOver(tx: Transaction, actor: Actor): boolean {
  if (actor.kind !== 'AGENT' && actor.kind !== 'SERVICE') return false;
  return actor.ownerId === tx.actor.id || tx.can('identity.membership.grant', actor.ownerId ?? null);
}

export const membershipRemove = mutation('membershipRemove', {
  access: 'identity.membership.remove',
  description:
    'Removes a member from an organization, or leaves it. Repeating the call within 30 days returns the same membership.',
  errors: 'NOT_FOUND, FORBIDDEN for a role above the viewer’s own, CONFLICT if no owner would be left',
  tells: [membershipRemoved],
  input: { membershipId: arg.id('mbr', 'The membership to end.') },
  answers: [memberships, 'The membership that has ended.'],
  async run(tx, { membershipId }) {
    // Read first, and locked after its organization and its actor.
    const seen = await memberships.load(tx, membershipId);
    if (!seen) return endedBefore(tx, membershipId);
    const isMine = seen.actorId === tx.actor.id;
    tx.must('identity.membership.remove', isMine ? seen.actorId : seen.organizationId);
    await lockActors(tx, [seen.organizationId, seen.actorId]);
    const membership = await memberships.lock(tx, seen.id);
    // Another call has ended it while this one waited.
    if (!membership) return endedBefore(tx, seen.id);
    const { organizationId, actorId, role, createdAt } = membership;
    if (!isMine) mayTake(tx, organizationId, role, ['input', 'membershipId']);
    if (role === 'OWNER') await keepAnOwner(tx, organizationId);
    tx.em.remove(membership);
    await actorRightsChanged(tx, actorId);
    const since = createdAt.toISOString();
    tx.emit(membershipRemoved, actorId, { membershipId, organizationId, actorId, role, since });
    const ended = { organizationId, actorId, role, createdAt, endedAt: tx.now() };
    return createRow(tx, EndedMembership, membershipId, ended);
  },
});

/** A membership that has ended, for its former member and those who may remove members; throws NOT_FOUND for others. */
async function endedBefore(tx: Transaction, id: string): Promise<EndedMembership> {
  const path = ['input', 'membershipId'];
  const ended = tx.found(await tx.em.findOne(EndedMembership, { id }), path);
  const over = ended.actorId === tx.actor.id ? ended.actorId : ended.organizationId;
  if (!tx.can('identity.membership.remove', over)) throw new NotFound(undefined, { path });
  tx.must('identity.membership.remove', over);
  return ended;
}
