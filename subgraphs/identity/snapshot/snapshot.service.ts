import type { ActorKind, ActorSnapshot, PlatformRole } from '../../../platform/context/actor.ts';
import type { Context } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Actor } from '../actor/actor.entity.ts';
import { Membership, membershipsAtMost } from '../membership/membership.entity.ts';
import { serviceKeyOf } from '../service/service.service.ts';

interface Rights {
  kind: ActorKind;
  universe_id: string;
  platform_roles: PlatformRole[];
  rights_version: number;
  delegate_roles: PlatformRole[] | null;
  delegate_version: number | null;
  memberships: ActorSnapshot['memberships'];
}

/**
 * The rights of whoever a token names, or null when the session has ended or an operator lost the right to act for others.
 * Every event of a stream is checked against them, so they come in one statement.
 */
export async function actorSnapshot(
  context: Context,
  of: { subject: string; sessionId: string | null; delegate: string | null },
): Promise<ActorSnapshot | null> {
  const [rights] = await sqlIn<Rights>(
    context.em,
    `select a.kind, a.universe_id, a.platform_roles, a.rights_version,
      d.platform_roles as delegate_roles, d.rights_version as delegate_version,
      coalesce((
        select json_agg(json_build_object('organizationId', m.organization_id, 'role', m.role,
          'since', floor(extract(epoch from m.created_at) * 1000)::bigint) order by m.created_at)
        from (
          select organization_id, role, created_at from identity.memberships
          where actor_id = a.id and universe_id = a.universe_id order by created_at limit ${membershipsAtMost}
        ) m
      ), '[]') as memberships
    from identity.actors a left join identity.actors d on d.id = $3 and d.universe_id = a.universe_id
    where a.id = $1 and a.universe_id = $4 and a.closed_at is null and ($2::text is null or exists (
      select 1 from identity.sessions s
      where s.id = $2 and s.actor_id = a.id and s.universe_id = a.universe_id and s.revoked_at is null and s.expires_at > $5
        and s.delegate_id is not distinct from $3
    ))`,
    [of.subject, of.sessionId, of.delegate, context.universe, context.now()],
  );
  if (!rights || (of.delegate !== null && !rights.delegate_roles?.includes('OPERATOR'))) return null;
  const { delegate_roles: delegateRoles } = rights;
  return {
    id: of.subject,
    kind: rights.kind,
    delegate: of.delegate,
    universe: rights.universe_id,
    sessionId: of.sessionId,
    memberships: rights.memberships,
    // Acting on behalf gives the rights that both have: an operator may do everything that the other may, and no more.
    platformRoles: delegateRoles
      ? rights.platform_roles.filter((role) => delegateRoles.includes(role))
      : rights.platform_roles,
    scopes: null,
    rightsVersion: rights.rights_version + (rights.delegate_version ?? 0),
    expiresAt: null,
  };
}

function membershipRight({ organizationId, role, createdAt }: Membership): ActorSnapshot['memberships'][number] {
  return { organizationId, role, since: createdAt.getTime() };
}

/** The rights of the service that a key belongs to. A service is a member of its organization, with the rights of an editor. */
export async function actorSnapshotByServiceKey(context: Context, key: string): Promise<ActorSnapshot | null> {
  const serviceKey = await serviceKeyOf(context, key);
  const service =
    serviceKey &&
    (await context.em.findOne(Actor, { id: serviceKey.serviceId, closedAt: null }, { filters: { universe: false } }));
  if (!serviceKey || !service) return null;
  const granted = await context.em.find(
    Membership,
    { actorId: service.id },
    { orderBy: { createdAt: 'asc' }, limit: membershipsAtMost, filters: { universe: false } },
  );
  const memberships = granted.map(membershipRight);
  if (service.ownerId && !memberships.some((membership) => membership.organizationId === service.ownerId)) {
    memberships.push({ organizationId: service.ownerId, role: 'EDITOR', since: service.createdAt.getTime() });
  }
  return {
    id: service.id,
    kind: 'SERVICE',
    delegate: null,
    universe: service.universeId,
    sessionId: null,
    memberships,
    platformRoles: service.platformRoles,
    scopes: serviceKey.scopes ?? null,
    rightsVersion: service.rightsVersion,
    expiresAt: serviceKey.expiresAt?.getTime() ?? null,
  };
}
