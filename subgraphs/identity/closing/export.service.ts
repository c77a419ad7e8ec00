import type { EntityClass, FilterQuery } from '@mikro-orm/postgresql';
import type { Context } from '../../../platform/context/context.ts';
import { Actor } from '../actor/actor.entity.ts';
import { PostalAddress } from '../address/postal-address.entity.ts';
import { addressFields } from '../events.ts';
import { Invitation } from '../invitation/invitation.entity.ts';
import { ActorKey } from '../key/actor-key.entity.ts';
import { AccountMail } from '../mail/account-mail.entity.ts';
import { EndedMembership, Membership } from '../membership/membership.entity.ts';
import { Session } from '../session/session.entity.ts';
import { Credential } from '../user/credential.entity.ts';

/** Rows of one kind in an export; `truncated` names the kinds with more. */
const rowsAtMost = 1000;

const newest = { orderBy: { createdAt: 'desc', id: 'desc' }, limit: rowsAtMost + 1 } as const;

type Plain = Record<string, unknown>;

/** These columns of a row; undefined ones as null. */
function told<T extends object>(row: T, columns: readonly (keyof T & string)[]): Plain {
  return Object.fromEntries(columns.map((column) => [column, row[column] ?? null]));
}

/** These columns of the newest rows of one kind. */
async function newestOf<T extends object>(
  { em }: Context,
  entity: EntityClass<T>,
  where: FilterQuery<NoInfer<T>>,
  columns: readonly (keyof T & string)[],
): Promise<Plain[]> {
  const rows = (await em.find(entity, where as never, newest as object)) as T[];
  return rows.map((row) => told(row, columns));
}

/** An export of these kinds of rows, each truncated to `rowsAtMost`. */
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

const name = ['id', 'kind', 'displayName', 'avatar', 'avatarMediaId'] as const;
const settings = ['biography', 'links', 'locale', 'timeZone', 'discoverable', 'createdAt', 'updatedAt'] as const;
const sent = ['id', 'organizationId', 'email', 'actorId', 'role', 'invitedBy', 'createdAt', 'expiresAt'] as const;
const answered = ['acceptedAt', 'acceptedBy', 'declinedAt', 'revokedAt'] as const;

/** All data about a person as plain JSON, without the hashes of the password and of tokens. */
export async function identityExport(context: Context, person: Actor): Promise<Plain> {
  const actorId = person.id;
  const email = person.email ?? null;
  const credential = await context.em.findOne(Credential, { id: actorId });
  const profile = {
    ...told(person, [...name, ...settings, 'email', 'emailConfirmedAt', 'platformRoles']),
    universe: person.universeId,
    passwordSetAt: credential?.updatedAt ?? null,
  };
  // An invitation to an address belongs to the person once they have confirmed the address.
  const invited = [{ acceptedBy: actorId }, { actorId }, ...(person.emailConfirmedAt ? [{ email }] : [])];
  const mailed = [{ subjectId: actorId }, ...(email ? [{ recipient: email }] : [])];
  const agents = await belongingsOf(context, person);
  const session = ['id', 'delegateId', 'ip', 'userAgent', 'createdAt', 'usedAt', 'expiresAt', 'revokedAt'] as const;
  const mail = ['id', 'template', 'recipient', 'status', 'createdAt', 'sentAt'] as const;
  const membership = ['id', 'organizationId', 'role', 'createdAt'] as const;
  return exported(context, profile, {
    memberships: await newestOf(context, Membership, { actorId }, membership),
    endedMemberships: await newestOf(context, EndedMembership, { actorId }, [...membership, 'endedAt']),
    sessions: await newestOf(context, Session, { actorId }, session),
    postalAddresses: await addressesOf(context, person),
    agents,
    actorKeys: await keysOf(context, agents),
    invitations: await newestOf(context, Invitation, { $or: invited }, [...sent, ...answered]),
    accountMails: await newestOf(context, AccountMail, { $or: mailed }, mail),
  });
}

/** All data about an organization as plain JSON, without the hashes of keys. */
export async function organizationExport(context: Context, organization: Actor): Promise<Plain> {
  const organizationId = organization.id;
  const belongings = await belongingsOf(context, organization);
  const profile = {
    ...told(organization, [...name, ...settings, 'organizationKind']),
    parentId: organization.ownerId ?? null,
    universe: organization.universeId,
  };
  const member = ['id', 'actorId', 'role', 'createdAt'] as const;
  return exported(context, profile, {
    members: await newestOf(context, Membership, { organizationId }, member),
    endedMembers: await newestOf(context, EndedMembership, { organizationId }, [...member, 'endedAt']),
    invitations: await newestOf(context, Invitation, { organizationId }, [...sent, ...answered]),
    postalAddresses: await addressesOf(context, organization),
    agents: belongings.filter(({ kind }) => kind === 'AGENT'),
    services: belongings.filter(({ kind }) => kind === 'SERVICE'),
    actorKeys: await keysOf(context, belongings),
  });
}

function addressesOf(context: Context, { id: ownerId }: Actor): Promise<Plain[]> {
  return newestOf(context, PostalAddress, { ownerId }, ['id', ...addressFields, 'createdAt', 'archivedAt']);
}

/** The agents and services of an owner. */
function belongingsOf(context: Context, { id: ownerId }: Actor): Promise<Plain[]> {
  const columns = ['id', 'kind', 'displayName', 'createdAt', 'closedAt'] as const;
  return newestOf(context, Actor, { ownerId, kind: { $in: ['AGENT', 'SERVICE'] } }, columns);
}

/** The keys of these agents and services. */
function keysOf(context: Context, belongings: readonly Plain[]): Promise<Plain[]> {
  const actorId = { $in: belongings.map(({ id }) => id as string) };
  const columns = ['id', 'actorId', 'name', 'scopes', 'createdAt', 'expiresAt', 'revokedAt'] as const;
  return newestOf(context, ActorKey, { actorId }, columns);
}
