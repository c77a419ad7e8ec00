import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { mutationOf } from '../../../platform/declare/row-mutation.ts';
import { Conflict, Expired, Invalid, NotFound } from '../../../platform/errors/errors.ts';
import { roleIncludes } from '../../../platform/access/permission.ts';
import { Actor } from '../actor/actor.entity.ts';
import { lockActor, lockActorsWhere } from '../actor/actor-locks.service.ts';
import { allowanceUse, clientAllowance, mailAllowance } from '../allowance/allowance.service.ts';
import {
  invitationAccepted,
  invitationDeclined,
  invitationRevoked,
  invitationSent,
  membershipGranted,
} from '../events.ts';
import { linkSubject, linksVoid, linkUse } from '../link/one-time-link.service.ts';
import { accountMailQueue } from '../mail/account-mail.service.ts';
import { Membership, OrganizationRole } from '../membership/membership.entity.ts';
import { memberships } from '../membership/membership.noun.ts';
import { checkOwnHand, lockOrganization, mayGive, mayTake, membershipJoin } from '../membership/membership.service.ts';
import { linkToken } from '../user/user-arguments.ts';
import { Invitation, isUnanswered, openAtMost, sentTo } from './invitation.entity.ts';
import { invitations } from './invitation.noun.ts';
import { expiryOf, newInvitation, tellSent } from './invitation.service.ts';

/** Invitations sent by one account. */
const perInviter = { atMost: 100, seconds: 3600 };

/** Open invitations of one person by id, so that unwanted ones do not fill the person's list. They can be declined. */
const waitingAtMost = 100;

const own = arg.id('inv', 'Id of one of `viewer { invitations }`: `inv_…`.');
const path = ['input', 'invitationId'];

export const invitationSend = mutation('invitationSend', {
  access: 'identity.invitation.send',
  description:
    'Invites a person to join an organization, by id or by e-mail address, with or without an account. The person becomes a member by accepting. Inviting again renews the invitation for seven days with the given role, and makes the earlier link void.',
  errors:
    'NOT_FOUND, FORBIDDEN for a role above the viewer’s own and on behalf of another actor, INVALID, CONFLICT if the person is a member, if the organization has 200 open or expired invitations, or if 100 are open for the person, TOO_MANY with `retryAfter` in seconds after five to one address, 100 by one account or 100 from one network within an hour',
  tells: [invitationSent],
  inputDescription: 'Names the person by exactly one of `email` and `actorId`.',
  input: {
    organizationId: arg.id('org', 'The organization to join.'),
    email: arg
      .email('E-mail address to which a link is sent, with or without an account; at most 254 characters.')
      .optional(),
    actorId: arg
      .id('usr', 'A person with an account. No mail is sent: they find the invitation under `viewer { invitations }`.')
      .optional(),
    role: arg.enum(OrganizationRole, 'The role that the person gets by accepting; at most the viewer’s own.'),
  },
  answers: [invitations, 'The new or renewed invitation.'],
  prepare({ email, actorId }) {
    if ((email === undefined) === (actorId === undefined))
      throw new Invalid('input: give either the e-mail address or the id of the person, not both.', {
        path: ['input'],
      });
  },
  async run(tx, { organizationId, email, actorId = '', role }) {
    await lockOrganization(tx, organizationId);
    tx.must('identity.invitation.send', organizationId);
    checkOwnHand(tx);
    mayGive(tx, organizationId, role, ['input', 'role']);
    await allowanceUse(tx, [
      { purpose: 'invitation.account', of: tx.actorId, ...perInviter },
      ...(email === undefined ? [] : [mailAllowance(email)]),
      ...clientAllowance(tx, 'invitation'),
    ]);
    const whom = email === undefined ? { actorId: await invitee(tx, organizationId, actorId) } : { email };
    const known = await tx.em.findOne(Invitation, { organizationId, ...whom, ...isUnanswered });
    if (known) mayGive(tx, organizationId, known.role, ['input', email === undefined ? 'actorId' : 'email']);
    else if ((await tx.em.count(Invitation, { organizationId, ...isUnanswered })) >= openAtMost)
      throw new Conflict(
        `An organization has at most ${openAtMost} open or expired invitations. Revoke some of them first.`,
      );
    // Sending it again updates role and expiry, and the link of the new mail voids the earlier one.
    const now = tx.now();
    const again = { role, invitedBy: tx.actorId, updatedAt: now, expiresAt: expiryOf(now) };
    const invitation = known ? Object.assign(known, again) : newInvitation(tx, { organizationId, role, ...whom });
    const mail = email && accountMailQueue(tx, { template: 'INVITATION', recipient: email, subjectId: invitation.id });
    tellSent(tx, invitation, mail ? mail.id : null);
    return invitation;
  },
});

/** The person to invite by id; throws CONFLICT for a member, and for a person with too many open invitations. */
async function invitee(tx: Transaction, organizationId: string, actorId: string): Promise<string> {
  const at = { path: ['input', 'actorId'] };
  const person = await tx.em.findOne(Actor, { id: actorId, kind: 'USER', closedAt: null }, { fields: ['id'] });
  if (!person) throw new NotFound(undefined, at);
  if (await tx.em.findOne(Membership, { organizationId, actorId }, { fields: ['id'] }))
    throw new Conflict('actorId: this person is already a member. Change the role with membershipGrant.', at);
  const others = { actorId, organizationId: { $ne: organizationId }, expiresAt: { $gt: tx.now() } };
  if ((await tx.em.count(Invitation, { ...others, ...isUnanswered })) >= waitingAtMost)
    throw new Conflict('actorId: this person has too many open invitations. Invite them by e-mail address.', at);
  return actorId;
}

export const invitationAccept = mutation('invitationAccept', {
  access: 'signedIn',
  description:
    'Accepts an invitation, by the token of its link or by the id of one of `viewer { invitations }`, and joins the organization. The membership is in force at once. Repeating the call returns the same membership.',
  errors:
    'NOT_FOUND, INVALID, FORBIDDEN on behalf of another actor, CONFLICT for a member of 100 organizations, EXPIRED if the invitation has expired, was declined, revoked or accepted by another person, or if its sender may no longer give the role',
  tells: [invitationAccepted, membershipGranted],
  inputDescription: 'Exactly one of `token` and `invitationId`.',
  input: { token: linkToken.optional(), invitationId: own.optional() },
  payload: (f) => ({
    invitation: f.row(() => invitations, 'The accepted invitation.'),
    membership: f.row(
      () => memberships,
      'The membership. A person who is already a member keeps the higher of both roles.',
    ),
  }),
  prepare({ token, invitationId }) {
    if (Boolean(token) === (invitationId !== undefined))
      throw new Invalid('input: give either the token of a link or the id of an invitation, not both.', {
        path: ['input'],
      });
  },
  async run(tx, { token, invitationId }) {
    checkOwnHand(tx);
    const id = token ? await linkSubject(tx, token, ['INVITATION']) : (invitationId ?? null);
    await lockJoining(tx, id);
    const actor = await invitedPerson(tx);
    const before = await acceptedBefore(tx, actor, id);
    if (before) return before;
    const invitation = token ? await invitationByLink(tx, id, token) : await ownInvitation(tx, actor, id);
    const now = tx.now();
    if (!invitation.isOpen(now)) throw over();
    await checkInviter(tx, invitation);
    if (token && actor.email === invitation.email) actor.emailWasRead(now);
    Object.assign(invitation, { acceptedAt: now, acceptedBy: actor.id, updatedAt: now });
    await linksVoid(tx, ['INVITATION'], invitation.id);
    const { organizationId, role } = invitation;
    const membership = await membershipJoin(tx, organizationId, actor, role);
    const accepted = { invitationId: invitation.id, organizationId, actorId: actor.id, role };
    tx.emit(invitationAccepted, invitation.id, accepted);
    return { invitation, membership };
  },
});

/** Locks the organization of an invitation, if there is one, and the caller. */
async function lockJoining(tx: Transaction, invitationId: string | null): Promise<void> {
  const to = `a.id in (select i.organization_id from identity.invitations i where i.id = $3)`;
  await lockActorsWhere(tx, `a.id = $2 or ${to}`, [tx.actorId, invitationId]);
}

/** An invitation that this person, whose row is locked, has already accepted, if they are still a member. */
async function acceptedBefore(
  tx: Transaction,
  { id: acceptedBy }: Actor,
  id: string | null,
): Promise<{ invitation: Invitation; membership: Membership } | null> {
  const invitation = id ? await tx.em.findOne(Invitation, { id, acceptedBy }) : null;
  if (!invitation) return null;
  const { organizationId } = invitation;
  const membership = await tx.em.findOne(Membership, { organizationId, actorId: acceptedBy });
  return membership && { invitation, membership };
}

/** Uses up a link and returns its invitation, which is locked before the link, as in revoking and declining. */
async function invitationByLink(tx: Transaction, id: string | null, token: string): Promise<Invitation> {
  const locked = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true };
  const invitation = id ? await tx.em.findOne(Invitation, { id }, locked) : null;
  await linkUse(tx, token, ['INVITATION']);
  return tx.found(invitation, ['input', 'token']);
}

async function ownInvitation(tx: Transaction, actor: Actor, id: string | null): Promise<Invitation> {
  const where = { id: id ?? '', ...sentTo(actor) };
  return tx.found(await tx.em.findOne(Invitation, where, { lockMode: LockMode.PESSIMISTIC_WRITE }), path);
}

async function invitedPerson(tx: Transaction): Promise<Actor> {
  return tx.found(await lockActor(tx, { id: tx.actorId, kind: 'USER' }));
}

/** Throws EXPIRED if the sender of an invitation may no longer give the role. */
async function checkInviter(tx: Transaction, { organizationId, invitedBy, role }: Invitation): Promise<void> {
  const membership = await tx.em.findOne(Membership, { organizationId, actorId: invitedBy });
  const mayInvite = membership && roleIncludes(membership.role, 'ADMIN') && roleIncludes(membership.role, role);
  if (!mayInvite) throw over();
}

const over = (): Expired => new Expired('This invitation is no longer valid. Ask for a new one.');

export const invitationDecline = mutation('invitationDecline', {
  access: 'signedIn',
  description: 'Declines one of `viewer { invitations }`. Idempotent.',
  errors: 'NOT_FOUND, FORBIDDEN on behalf of another actor, CONFLICT if it was accepted, EXPIRED if it was revoked',
  tells: [invitationDeclined],
  input: { invitationId: own },
  answers: [invitations, 'The declined invitation.'],
  async run(tx, { invitationId }) {
    checkOwnHand(tx);
    const actor = await invitedPerson(tx);
    const invitation = await ownInvitation(tx, actor, invitationId);
    if (invitation.acceptedAt) throw new Conflict('It was already accepted. Leave the organization instead.', { path });
    if (invitation.declinedAt) return invitation;
    if (invitation.revokedAt) throw over();
    Object.assign(invitation, { declinedAt: tx.now(), updatedAt: tx.now() });
    await linksVoid(tx, ['INVITATION'], invitationId);
    const { organizationId, role } = invitation;
    tx.emit(invitationDeclined, invitationId, { invitationId, organizationId, actorId: actor.id, role });
    return invitation;
  },
});

export const invitationRevoke = mutationOf(invitations, 'invitationRevoke', {
  access: 'identity.invitation.revoke',
  description: 'Revokes an invitation. Idempotent.',
  errors: 'NOT_FOUND, FORBIDDEN for a role above the viewer’s own, CONFLICT if it was accepted',
  tells: [invitationRevoked],
  target: 'The invitation to revoke.',
  answers: [invitations, 'The invitation. One that was declined stays declined.'],
  async run(tx, invitation) {
    const { id, organizationId, role } = invitation;
    mayTake(tx, organizationId, role, path);
    if (invitation.acceptedAt) throw new Conflict('It was already accepted. Remove the membership instead.', { path });
    if (invitation.revokedAt || invitation.declinedAt) return;
    Object.assign(invitation, { revokedAt: tx.now(), updatedAt: tx.now() });
    await linksVoid(tx, ['INVITATION'], id);
    tx.emit(invitationRevoked, id, { invitationId: id, organizationId, role });
  },
});
