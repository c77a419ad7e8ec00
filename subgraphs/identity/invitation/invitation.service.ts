import DataLoader from 'dataloader';
import { LockMode } from '@mikro-orm/core';
import { roleIncludes } from '../../../platform/access/permission.ts';
import type { OrganizationRole } from '../../../platform/context/actor.ts';
import type { Context, Transaction } from '../../../platform/context/context.ts';
import { Conflict, Expired, Invalid, NotFound } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { Actor } from '../actor/actor.entity.ts';
import { invitationAccepted, invitationRevoked, invitationSent } from '../events.ts';
import { linkLifetimes } from '../link/one-time-link.entity.ts';
import { linksVoid, linkUse } from '../link/one-time-link.service.ts';
import { accountMailQueue } from '../mail/account-mail.service.ts';
import { Membership } from '../membership/membership.entity.ts';
import { lockOrganization, mayGive, membershipJoin } from '../membership/membership.service.ts';
import { clientAllowance, mailAllowance, allowanceUse } from '../allowance/allowance.service.ts';
import { normalEmail } from '../../../platform/scalars/email.ts';
import { Invitation } from './invitation.entity.ts';
import { invitations } from './invitation.query.ts';

/** Open invitations of one organization, so that its list is whole; and of one person. */
export const openAtMost = 200;

/** Invitations that one account sends. */
const perInviter = { atMost: 100, seconds: 3600 };

const open = { acceptedAt: null, revokedAt: null } as const;

/** Invites an address, or invites it once more: then role and expiry are the new ones, and the link before is void. */
export async function invitationSend(
  tx: Transaction,
  input: { organizationId: string; email: string; role: OrganizationRole },
): Promise<Invitation> {
  const organization = await lockOrganization(tx, input.organizationId);
  tx.must('identity.invitation.send', organization.id);
  mayGive(tx, organization.id, input.role, ['input', 'role']);
  const email = normalEmail(input.email);
  await allowanceUse(tx, [
    { purpose: 'invitation.account', of: tx.actorId, ...perInviter },
    mailAllowance(email),
    ...clientAllowance(tx, 'invitation'),
  ]);
  const now = tx.now();
  const known = await tx.em.findOne(Invitation, { organizationId: organization.id, email, ...open });
  if (known) mayGive(tx, organization.id, known.role, ['input', 'email']);
  else if ((await tx.em.count(Invitation, { organizationId: organization.id, ...open })) >= openAtMost)
    throw new Conflict(`An organization has at most ${openAtMost} open invitations. Revoke some of them first.`);
  const invitation =
    known ??
    tx.em.create(Invitation, {
      id: newId('inv'),
      universeId: tx.universe,
      createdAt: now,
      updatedAt: now,
      organizationId: organization.id,
      email,
      role: input.role,
      invitedBy: tx.actorId,
      expiresAt: now,
      acceptedAt: null,
      acceptedBy: null,
      revokedAt: null,
    });
  tx.em.assign(invitation, {
    role: input.role,
    invitedBy: tx.actorId,
    updatedAt: now,
    expiresAt: new Date(now.getTime() + linkLifetimes.INVITATION),
  });
  tx.em.persist(invitation);
  const mail = accountMailQueue(tx, { template: 'INVITATION', recipient: email, subjectId: invitation.id });
  tx.emit(invitationSent, invitation.id, {
    invitationId: invitation.id,
    organizationId: organization.id,
    role: input.role,
    invitedBy: tx.actorId,
    accountMailId: mail.id,
  });
  return invitation;
}

/** Joins the organization: by the link, whoever has it, or by the invitation's id, whose address must be the viewer's own. */
export async function invitationAccept(
  tx: Transaction,
  by: { token?: string | null; invitationId?: string | null },
): Promise<{ invitation: Invitation; membership: Membership }> {
  const actor = tx.found(
    await tx.em.findOne(Actor, { id: tx.actorId, kind: 'USER' }, { lockMode: LockMode.PESSIMISTIC_WRITE }),
  );
  const invitation = by.token ? await invitationByLink(tx, by.token) : await ownInvitation(tx, actor, by.invitationId);
  const now = tx.now();
  if (!invitation.isOpen(now)) throw over();
  await checkInviter(tx, invitation);
  if (by.token && actor.email === invitation.email) actor.emailWasRead(now);
  tx.em.assign(invitation, { acceptedAt: now, acceptedBy: actor.id, updatedAt: now });
  await linksVoid(tx, ['INVITATION'], invitation.id);
  const { id, organizationId, role } = invitation;
  await lockOrganization(tx, organizationId);
  const membership = await membershipJoin(tx, organizationId, actor.id, role);
  tx.emit(invitationAccepted, id, { invitationId: id, organizationId, actorId: actor.id, role });
  return { invitation, membership };
}

async function invitationByLink(tx: Transaction, token: string): Promise<Invitation> {
  const { subjectId } = await linkUse(tx, token, ['INVITATION']);
  return tx.found(await tx.em.findOne(Invitation, { id: subjectId }, { lockMode: LockMode.PESSIMISTIC_WRITE }));
}

async function ownInvitation(tx: Transaction, actor: Actor, id: string | null | undefined): Promise<Invitation> {
  const path = ['input', 'invitationId'];
  const invitation =
    actor.email && actor.emailConfirmedAt && id
      ? await tx.em.findOne(Invitation, { id, email: actor.email }, { lockMode: LockMode.PESSIMISTIC_WRITE })
      : null;
  if (!invitation) throw new NotFound(undefined, { path });
  return invitation;
}

/** An invitation is as good as whoever sent it: once they may not give the role any more, it is void. */
async function checkInviter(tx: Transaction, { organizationId, invitedBy, role }: Invitation): Promise<void> {
  const membership = await tx.em.findOne(Membership, { organizationId, actorId: invitedBy });
  const mayInvite = membership && roleIncludes(membership.role, 'ADMIN') && roleIncludes(membership.role, role);
  if (mayInvite) return;
  const inviter = await tx.em.findOne(Actor, { id: invitedBy });
  if (!inviter?.platformRoles.includes('OPERATOR')) throw over();
}

const over = (): Expired => new Expired('This invitation is not good any more. Ask for a new one.');

/** Takes an invitation back; one that is accepted is a membership by now, which is removed as such. */
export async function invitationRevoke(tx: Transaction, input: { invitationId: string }): Promise<Invitation> {
  const path = ['input', 'invitationId'];
  const invitation = tx.found(await invitations.lock(tx, input.invitationId), path);
  const { id, organizationId, role } = invitation;
  tx.must('identity.invitation.revoke', organizationId);
  mayGive(tx, organizationId, role, path);
  if (invitation.acceptedAt) throw new Conflict('It was accepted already: remove the membership instead.', { path });
  if (!invitation.revokedAt) {
    tx.em.assign(invitation, { revokedAt: tx.now(), updatedAt: tx.now() });
    await linksVoid(tx, ['INVITATION'], id);
    tx.emit(invitationRevoked, id, { invitationId: id, organizationId, role });
  }
  return invitation;
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

/** The invitations that wait for a person: those to the address that is confirmed as theirs. */
export async function invitationsFor(context: Context, viewer: Actor): Promise<Invitation[]> {
  if (!viewer.email || !viewer.emailConfirmedAt) return [];
  return context.em.find(
    Invitation,
    { email: viewer.email, ...open, expiresAt: { $gt: context.now() } },
    { orderBy: { createdAt: 'desc', id: 'desc' }, limit: openAtMost },
  );
}
