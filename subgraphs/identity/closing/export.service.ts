import type { Context } from '../../../platform/context/context.ts';
import { Actor } from '../actor/actor.entity.ts';
import { PostalAddress } from '../address/postal-address.entity.ts';
import { Membership } from '../membership/membership.entity.ts';
import { Session } from '../session/session.entity.ts';
import { Credential } from '../user/credential.entity.ts';

/** Rows of one kind in an export; `truncated` names the kinds of which there are more. */
const rowsAtMost = 1000;

/** Everything that identity keeps about a person, as plain JSON; the password's digest and the keys of tokens are no data about them. */
export async function identityExport(context: Context, person: Actor): Promise<Record<string, unknown>> {
  const newest = { orderBy: { createdAt: 'desc', id: 'desc' }, limit: rowsAtMost + 1 } as const;
  const { em } = context;
  const credential = await em.findOne(Credential, { id: person.id });
  const memberships = await em.find(Membership, { actorId: person.id }, newest);
  const sessions = await em.find(Session, { actorId: person.id }, newest);
  const addresses = await em.find(PostalAddress, { ownerId: person.id }, newest);
  const agents = await em.find(Actor, { ownerId: person.id }, newest);
  const kinds = { memberships, sessions, postalAddresses: addresses, agents };
  const first = <T>(rows: readonly T[]): T[] => rows.slice(0, rowsAtMost);
  return {
    format: 'ensemble.identity',
    version: 1,
    exportedAt: context.now(),
    truncated: Object.entries(kinds).flatMap(([kind, rows]) => (rows.length > rowsAtMost ? [kind] : [])),
    profile: {
      id: person.id,
      kind: person.kind,
      universe: person.universeId,
      displayName: person.displayName,
      email: person.email ?? null,
      avatar: person.avatar ?? null,
      biography: person.biography ?? null,
      links: person.links,
      locale: person.locale ?? null,
      timeZone: person.timeZone ?? null,
      discoverable: person.discoverable,
      platformRoles: person.platformRoles,
      createdAt: person.createdAt,
      updatedAt: person.updatedAt,
      passwordSetAt: credential?.updatedAt ?? null,
    },
    memberships: first(memberships).map(({ id, organizationId, role, createdAt }) => ({
      id,
      organizationId,
      role,
      createdAt,
    })),
    sessions: first(sessions).map(({ id, delegateId, ip, userAgent, createdAt, usedAt, expiresAt, revokedAt }) => ({
      id,
      delegateId: delegateId ?? null,
      ip: ip ?? null,
      userAgent: userAgent ?? null,
      createdAt,
      usedAt,
      expiresAt,
      revokedAt: revokedAt ?? null,
    })),
    postalAddresses: first(addresses).map((address) => ({
      id: address.id,
      name: address.name,
      organizationName: address.organizationName ?? null,
      lines: address.lines,
      locality: address.locality ?? null,
      administrativeArea: address.administrativeArea ?? null,
      postalCode: address.postalCode ?? null,
      country: address.country,
      phone: address.phone ?? null,
      isShippingDefault: address.isShippingDefault,
      isBillingDefault: address.isBillingDefault,
      createdAt: address.createdAt,
      archivedAt: address.archivedAt ?? null,
    })),
    agents: first(agents).map(({ id, kind, displayName, createdAt }) => ({ id, kind, displayName, createdAt })),
  };
}
