import DataLoader from 'dataloader';
import { LockMode } from '@mikro-orm/core';
import { roleIncludes } from '../../../platform/access/permission.ts';
import type { OrganizationRole } from '../../../platform/context/actor.ts';
import type { Context, Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Conflict, Expired, Invalid, NotFound } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { lockActorsWhere } from '../actor/actor-locks.service.ts';
import { Actor } from '../actor/actor.entity.ts';
import { invitationAccepted, invitationDeclined, invitationRevoked, invitationSent } from '../events.ts';
import { linkLifetimes } from '../link/one-time-link.entity.ts';
import { linkSubject, linksVoid, linkUse } from '../link/one-time-link.service.ts';
import { accountMailQueue } from '../mail/account-mail.service.ts';
import { Membership } from '../membership/membership.entity.ts';
import { checkOwnHand, lockOrganization, mayGive, mayTake, membershipJoin } from '../membership/membership.service.ts';
import { clientAllowance, mailAllowance, allowanceUse } from '../allowance/allowance.service.ts';
import { normalEmail } from '../../../platform/scalars/email.ts';
import { Invitation } from './invitation.entity.ts';
import { invitations } from './invitation.query.ts';

/** Open invitations of one organization, so that its list is whole; and of one person. */
export const openAtMost = 200;

/** Invitations that one account sends. */
const perInviter = { atMost: 100, seconds: 3600 };

/** Invitations that wait for one person in their name: an unwelcome crowd does not fill what they see. They may decline. */
const waitingAtMost = 100;

const open = { acceptedAt: null, revokedAt: null, declinedAt: null } as const;

/** Invites somebody, or invites them once more: then role and expiry are the new ones, and a link before is void. */
export async function invitationSend(
  tx: Transaction,
  input: { organizationId: string; email?: string | null; actorId?: string | null; role: OrganizationRole },
): Promise<Invitation> {
  const organization = await lockOrganization(tx, input.organizationId);
  tx.must('identity.invitation.send', organization.id);
  checkOwnHand(tx);
  mayGive(tx, organization.id, input.role, ['input', 'role']);
  const email = input.email ? normalEmail(input.email) : null;
  await allowanceUse(tx, [
    { purpose: 'invitation.account', of: tx.actorId, ...perInviter },
    ...(email === null ? [] : [mailAllowance(email)]),
    ...clientAllowance(tx, 'invitation'),
  ]);
  const whom = email === null ? { actorId: await invitee(tx, organization.id, input.actorId ?? '') } : { email };
  const known = await tx.em.findOne(Invitation, { organizationId: organization.id, ...whom, ...open });
  if (known) mayGive(tx, organization.id, known.role, ['input', email === null ? 'actorId' : 'email']);
  else if ((await tx.em.count(Invitation, { organizationId: organization.id, ...open })) >= openAtMost)
    throw new Conflict(`An organization has at most ${openAtMost} open invitations. Revoke some of them first.`);
  const now = tx.now();
  const invitation = known ?? newInvitation(tx, { organizationId: organization.id, role: input.role, ...whom });
  tx.em.assign(invitation, {
    role: input.role,
    invitedBy: tx.actorId,
    updatedAt: now,
    expiresAt: new Date(now.getTime() + linkLifetimes.INVITATION),
  });
  tx.em.persist(invitation);
  const mail =
    email === null
      ? null
      : accountMailQueue(tx, { template: 'INVITATION', recipient: email, subjectId: invitation.id });
  tellSent(tx, invitation, mail?.id ?? null);
  return invitation;
}

function newInvitation(
  tx: Transaction,
  values: { organizationId: string; role: OrganizationRole; email?: string; actorId?: string },
): Invitation {
  const now = tx.now();
  return tx.em.create(Invitation, {
    id: newId('inv'),
    universeId: tx.universe,
    createdAt: now,
    updatedAt: now,
    email: null,
    actorId: null,
    invitedBy: tx.actorId,
    expiresAt: new Date(now.getTime() + linkLifetimes.INVITATION),
    acceptedAt: null,
    acceptedBy: null,
    declinedAt: null,
    revokedAt: null,
    ...values,
  });
}

function tellSent(tx: Transaction, { id, organizationId, role, invitedBy }: Invitation, mailId: string | null): void {
  tx.emit(invitationSent, id, { invitationId: id, organizationId, role, invitedBy, accountMailId: mailId });
}

/** The person who is known and to be invited; CONFLICT for who is a member, and for whom too many wait already. */
async function invitee(tx: Transaction, organizationId: string, actorId: string): Promise<string> {
  const path = ['input', 'actorId'];
  const person = await tx.em.findOne(Actor, { id: actorId, kind: 'USER', closedAt: null }, { fields: ['id'] });
  if (!person) throw new NotFound(undefined, { path });
  if (await tx.em.findOne(Membership, { organizationId, actorId }, { fields: ['id'] }))
    throw new Conflict('input.actorId: they are a member already. Change the role with membershipGrant.', { path });
  const waiting = await tx.em.count(Invitation, {
    actorId,
    organizationId: { $ne: organizationId },
    ...open,
    expiresAt: { $gt: tx.now() },
  });
  if (waiting >= waitingAtMost)
    throw new Conflict('input.actorId: too many invitations wait for them. Invite them by their address.', { path });
  return actorId;
}

/** Whom an operator's list invites to which organization. */
export interface Invited {
  organizationId: string;
  actorId: string;
  role: OrganizationRole;
}

/** By what `invitationsSend` answers its invitations. */
export function invitedKey({ organizationId, actorId }: { organizationId: string; actorId?: string | null }): string {
  return `${organizationId} ${actorId}`;
}

/**
 * Invites many people who are known; whoever is a member or invited already is passed over. The caller has asked who may, and locked the
 * organizations. The number of statements does not depend on how many there are.
 */
export async function invitationsSend(tx: Transaction, invited: readonly Invited[]): Promise<Map<string, Invitation>> {
  const sent = new Map<string, Invitation>();
  if (invited.length === 0) return sent;
  const of = {
    organizationId: { $in: [...new Set(invited.map(({ organizationId }) => organizationId))] },
    actorId: { $in: [...new Set(invited.map(({ actorId }) => actorId))] },
  };
  const known = [...(await tx.em.find(Membership, of)), ...(await tx.em.find(Invitation, { ...of, ...open }))];
  const passed = new Set(known.map(invitedKey));
  const fresh = invited.filter((each) => !passed.has(invitedKey(each)));
  await checkRoom(tx, fresh);
  for (const each of fresh) {
    const invitation = newInvitation(tx, each);
    tx.em.persist(invitation);
    tellSent(tx, invitation, null);
    sent.set(invitedKey(each), invitation);
  }
  return sent;
}

/** CONFLICT where an organization, whose row the caller has locked, would have too many open invitations by these. */
async function checkRoom(tx: Transaction, fresh: readonly Invited[]): Promise<void> {
  if (fresh.length === 0) return;
  const rows = await sqlIn<{ id: string; open: number }>(
    tx.em,
    `select organization_id as id, count(*)::int as open from identity.invitations
    where organization_id = any($1) and accepted_at is null and revoked_at is null and declined_at is null group by 1`,
    [[...new Set(fresh.map(({ organizationId }) => organizationId))]],
  );
  const open = new Map(rows.map((row) => [row.id, row.open]));
  for (const { organizationId } of fresh) open.set(organizationId, (open.get(organizationId) ?? 0) + 1);
  for (const [id, count] of open)
    if (count > openAtMost)
      throw new Conflict(`input.lines: ${id} would have ${count} open invitations; ${openAtMost} are possible.`, {
        path: ['input', 'lines'],
      });
}

/** Joins the organization: by the link, whoever has it, or by the invitation's id, which must be the viewer's own. */
export async function invitationAccept(
  tx: Transaction,
  by: { token?: string | null; invitationId?: string | null },
): Promise<{ invitation: Invitation; membership: Membership }> {
  checkOwnHand(tx);
  const id = by.token ? await linkSubject(tx, by.token, ['INVITATION']) : by.invitationId;
  await lockJoining(tx, id);
  const actor = await invitedPerson(tx);
  const before = await acceptedBefore(tx, actor, id);
  if (before) return before;
  const invitation = by.token ? await invitationByLink(tx, id, by.token) : await ownInvitation(tx, actor, id);
  const now = tx.now();
  if (!invitation.isOpen(now)) throw over();
  await checkInviter(tx, invitation);
  if (by.token && actor.email === invitation.email) actor.emailWasRead(now);
  tx.em.assign(invitation, { acceptedAt: now, acceptedBy: actor.id, updatedAt: now });
  await linksVoid(tx, ['INVITATION'], invitation.id);
  const { organizationId, role } = invitation;
  const membership = await membershipJoin(tx, organizationId, actor, role);
  tx.emit(invitationAccepted, invitation.id, { invitationId: invitation.id, organizationId, actorId: actor.id, role });
  return { invitation, membership };
}

/** Locks the organization that an invitation is to, if there is one, and the person who asks. */
async function lockJoining(tx: Transaction, invitationId: string | null | undefined): Promise<void> {
  const to = `a.id in (select i.organization_id from identity.invitations i where i.id = $3)`;
  await lockActorsWhere(tx, `a.id = $2 or ${to}`, [tx.actorId, invitationId ?? null]);
}

/** An invitation that this person has accepted already, while they are a member by it. The person's row is locked. */
async function acceptedBefore(
  tx: Transaction,
  { id: acceptedBy }: Actor,
  id: string | null | undefined,
): Promise<{ invitation: Invitation; membership: Membership } | null> {
  const invitation = id ? await tx.em.findOne(Invitation, { id, acceptedBy }) : null;
  if (!invitation) return null;
  const { organizationId } = invitation;
  const membership = await tx.em.findOne(Membership, { organizationId, actorId: acceptedBy });
  return membership && { invitation, membership };
}

/** Declines an invitation; again it changes nothing. */
export async function invitationDecline(tx: Transaction, invitationId: string): Promise<Invitation> {
  checkOwnHand(tx);
  const actor = await invitedPerson(tx);
  const path = ['input', 'invitationId'];
  const invitation = await ownInvitation(tx, actor, invitationId);
  if (invitation.acceptedAt) throw new Conflict('It was accepted already: leave the organization instead.', { path });
  if (invitation.declinedAt) return invitation;
  if (invitation.revokedAt) throw over();
  tx.em.assign(invitation, { declinedAt: tx.now(), updatedAt: tx.now() });
  await linksVoid(tx, ['INVITATION'], invitation.id);
  const { id, organizationId, role } = invitation;
  tx.emit(invitationDeclined, id, { invitationId: id, organizationId, actorId: actor.id, role });
  return invitation;
}

async function invitedPerson(tx: Transaction): Promise<Actor> {
  return tx.found(
    await tx.em.findOne(Actor, { id: tx.actorId, kind: 'USER' }, { lockMode: LockMode.PESSIMISTIC_WRITE }),
  );
}

/** The invitation of a link, which is used up. It is locked before its link, as by those who revoke or decline it. */
async function invitationByLink(tx: Transaction, id: string | null | undefined, token: string): Promise<Invitation> {
  const invitation = id
    ? await tx.em.findOne(Invitation, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true })
    : null;
  await linkUse(tx, token, ['INVITATION']);
  return tx.found(invitation, ['input', 'token']);
}

async function ownInvitation(tx: Transaction, actor: Actor, id: string | null | undefined): Promise<Invitation> {
  const path = ['input', 'invitationId'];
  const invitation = id
    ? await tx.em.findOne(Invitation, { id, ...toThem(actor) }, { lockMode: LockMode.PESSIMISTIC_WRITE })
    : null;
  if (!invitation) throw new NotFound(undefined, { path });
  return invitation;
}

/** Invitations of this person: by name, or to an address that is shown to be theirs. */
function toThem({ id, email, emailConfirmedAt }: Actor): { actorId: string } | { $or: object[] } {
  return email && emailConfirmedAt ? { $or: [{ actorId: id }, { email }] } : { actorId: id };
}

/** An invitation is as good as whoever sent it: once they may not give the role any more, it is void. */
async function checkInviter(tx: Transaction, { organizationId, invitedBy, role }: Invitation): Promise<void> {
  const membership = await tx.em.findOne(Membership, { organizationId, actorId: invitedBy });
  const mayInvite = membership && roleIncludes(membership.role, 'ADMIN') && roleIncludes(membership.role, role);
  if (!mayInvite) throw over();
}

const over = (): Expired => new Expired('This invitation is not good any more. Ask for a new one.');

/** Takes an invitation back; one that is accepted is a membership by now, which is removed as such. */
export async function invitationRevoke(tx: Transaction, input: { invitationId: string }): Promise<Invitation> {
  const path = ['input', 'invitationId'];
  const invitation = tx.found(await invitations.lock(tx, input.invitationId), path);
  const { id, organizationId, role } = invitation;
  tx.must('identity.invitation.revoke', organizationId);
  mayTake(tx, organizationId, role, path);
  if (invitation.acceptedAt) throw new Conflict('It was accepted already: remove the membership instead.', { path });
  if (!invitation.revokedAt && !invitation.declinedAt) {
    tx.em.assign(invitation, { revokedAt: tx.now(), updatedAt: tx.now() });
    await linksVoid(tx, ['INVITATION'], id);
    tx.emit(invitationRevoked, id, { invitationId: id, organizationId, role });
  }
  return invitation;
}

/** Checks that an invitation names whom it invites in one way. */
export function checkOneInvitee(input: { email?: string | null; actorId?: string | null }): void {
  if (Boolean(input.email) === Boolean(input.actorId))
    throw new Invalid('input: give the address or the id of whom to invite, one of both.', { path: ['input'] });
}

/** Checks that an acceptance names its invitation in one way. */
export function checkOneWay(input: { token?: string | null; invitationId?: string | null }): void {
  if (Boolean(input.token) === Boolean(input.invitationId))
    throw new Invalid('Give the token of a link, or the id of an invitation.', { path: ['input'] });
}

const organizationKey = Symbol('invitations of organizations');

/** The open and expired invitations of an organization, the newest first: one statement for all that are asked for at once. */
export function invitationsOf(context: Context, organizationId: string): Promise<Invitation[]> {
  const load = async (ids: readonly string[]): Promise<Invitation[][]> => {
    const rows = await context.em.find(
      Invitation,
      { organizationId: { $in: [...ids] }, ...open },
      { orderBy: { createdAt: 'desc', id: 'desc' }, limit: openAtMost * ids.length },
    );
    return ids.map((id) => rows.filter((row) => row.organizationId === id));
  };
  return context
    .loader<Invitation[]>(organizationKey, () => new DataLoader(load, { maxBatchSize: 100 }))
    .load(organizationId);
}

/** The invitations that wait for a person: in their name, and to the address that is confirmed as theirs. */
export async function invitationsFor(context: Context, viewer: Actor): Promise<Invitation[]> {
  return context.em.find(
    Invitation,
    { $and: [toThem(viewer), { ...open, expiresAt: { $gt: context.now() } }] },
    { orderBy: { createdAt: 'desc', id: 'desc' }, limit: openAtMost },
  );
}
