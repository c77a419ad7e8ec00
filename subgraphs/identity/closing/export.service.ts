import type { Context } from '../../../platform/context/context.ts';
import { Actor } from '../actor/actor.entity.ts';
import { PostalAddress } from '../address/postal-address.entity.ts';
import { addressFields } from '../events.ts';
import { Invitation } from '../invitation/invitation.entity.ts';
import { AccountMail } from '../mail/account-mail.entity.ts';
import { EndedMembership, Membership } from '../membership/membership.entity.ts';
import { ActorKey } from '../key/actor-key.entity.ts';
import { Session } from '../session/session.entity.ts';
import { Credential } from '../user/credential.entity.ts';

/** Rows of one kind in an export; `truncated` names the kinds of which there are more. */
const rowsAtMost = 1000;

const newest = { orderBy: { createdAt: 'desc', id: 'desc' }, limit: rowsAtMost + 1 } as const;

type Plain = Record<string, unknown>;

/** The columns of a row that are told; what was never set is null. */
function told<T extends object>(row: T, columns: readonly (keyof T & string)[]): Plain {
  return Object.fromEntries(columns.map((column) => [column, row[column] ?? null]));
}

/** An export of these kinds of rows, cut where there are too many. */
function exported(context: Context, profile: Plain, kinds: Record<string, readonly Plain[]>): Plain {
  const entries = Object.entries(kinds);
  return {
    format: 'ensemble.identity',
    version: 1,
    exportedAt: context.now(),
    truncated: entries.flatMap(([kind, rows]) => (rows.length > rowsAtMost ? [kind] : [])),
    profile,
    ...Object.fromEntries(entries.map(([kind, rows]) => [kind, rows.slice(0, rowsAtMost)])),
  };
}

const profileColumns = [
  'id',
  'kind',
  'displayName',
  'avatar',
  'avatarMediaId',
  'biography',
  'links',
  'locale',
  'timeZone',
  'discoverable',
  'createdAt',
  'updatedAt',
] as const;
const invitationColumns = [
  'id',
  'organizationId',
  'email',
  'actorId',
  'role',
  'invitedBy',
  'createdAt',
  'expiresAt',
  'acceptedAt',
  'acceptedBy',
  'declinedAt',
  'revokedAt',
] as const;

/** Everything that identity keeps about a person, as plain JSON; the password's digest and the keys of tokens are no data about them. */
export async function identityExport(context: Context, person: Actor): Promise<Plain> {
  const { em } = context;
  const email = person.email ?? null;
  const credential = await em.findOne(Credential, { id: person.id });
  const memberships = await em.find(Membership, { actorId: person.id }, newest);
  const endedMemberships = await em.find(EndedMembership, { actorId: person.id }, newest);
  const sessions = await em.find(Session, { actorId: person.id }, newest);
  const invitations = await em.find(
    Invitation,
    // An invitation to an address is about a person once they have shown that it is theirs.
    { $or: [{ acceptedBy: person.id }, { actorId: person.id }, ...(person.emailConfirmedAt ? [{ email }] : [])] },
    newest,
  );
  const mails = await em.find(
    AccountMail,
    { $or: [{ subjectId: person.id }, ...(email ? [{ recipient: email }] : [])] },
    newest,
  );
  const profile = {
    ...told(person, [...profileColumns, 'email', 'emailConfirmedAt', 'platformRoles']),
    universe: person.universeId,
    passwordSetAt: credential?.updatedAt ?? null,
  };
  const agents = await belongingsOf(context, person);
  return exported(context, profile, {
    memberships: memberships.map((row) => told(row, ['id', 'organizationId', 'role', 'createdAt'])),
    endedMemberships: endedMemberships.map((row) =>
      told(row, ['id', 'organizationId', 'role', 'createdAt', 'endedAt']),
    ),
    sessions: sessions.map((row) =>
      told(row, ['id', 'delegateId', 'ip', 'userAgent', 'createdAt', 'usedAt', 'expiresAt', 'revokedAt']),
    ),
    postalAddresses: await addressesOf(context, person),
    agents,
    actorKeys: await keysOf(context, agents),
    invitations: invitations.map((row) => told(row, invitationColumns)),
    accountMails: mails.map((row) => told(row, ['id', 'template', 'recipient', 'status', 'createdAt', 'sentAt'])),
  });
}

/** Everything that identity keeps about an organization, as plain JSON; the digests of keys are no data about it. */
export async function organizationExport(context: Context, organization: Actor): Promise<Plain> {
  const { em } = context;
  const organizationId = organization.id;
  const members = await em.find(Membership, { organizationId }, newest);
  const endedMembers = await em.find(EndedMembership, { organizationId }, newest);
  const invitations = await em.find(Invitation, { organizationId }, newest);
  const belongings = await belongingsOf(context, organization);
  const profile = {
    ...told(organization, [...profileColumns, 'organizationKind']),
    parentId: organization.ownerId ?? null,
    universe: organization.universeId,
  };
  return exported(context, profile, {
    members: members.map((row) => told(row, ['id', 'actorId', 'role', 'createdAt'])),
    endedMembers: endedMembers.map((row) => told(row, ['id', 'actorId', 'role', 'createdAt', 'endedAt'])),
    invitations: invitations.map((row) => told(row, invitationColumns)),
    postalAddresses: await addressesOf(context, organization),
    agents: belongings.filter(({ kind }) => kind === 'AGENT'),
    services: belongings.filter(({ kind }) => kind === 'SERVICE'),
    actorKeys: await keysOf(context, belongings),
  });
}

async function addressesOf({ em }: Context, owner: Actor): Promise<Plain[]> {
  const rows = await em.find(PostalAddress, { ownerId: owner.id }, newest);
  return rows.map((row) => told(row, ['id', ...addressFields, 'createdAt', 'archivedAt']));
}

/** The agents and services of somebody. */
async function belongingsOf({ em }: Context, owner: Actor): Promise<Plain[]> {
  const rows = await em.find(Actor, { ownerId: owner.id, kind: { $in: ['AGENT', 'SERVICE'] } }, newest);
  return rows.map((row) => told(row, ['id', 'kind', 'displayName', 'createdAt', 'closedAt']));
}

/** The keys of these agents and services. */
async function keysOf({ em }: Context, belongings: readonly Plain[]): Promise<Plain[]> {
  const keys = await em.find(ActorKey, { actorId: { $in: belongings.map(({ id }) => id as string) } }, newest);
  return keys.map((row) => told(row, ['id', 'actorId', 'name', 'scopes', 'createdAt', 'expiresAt', 'revokedAt']));
}
