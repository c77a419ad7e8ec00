import type { ActorKind, ActorSnapshot, PlatformRole } from '../../../platform/context/actor.ts';
import type { Context } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Actor } from '../actor/actor.entity.ts';
import { Membership, membershipsAtMost } from '../membership/membership.entity.ts';
import type { ActorKey } from '../key/actor-key.entity.ts';
import { actorKeyOf } from '../key/actor-key.service.ts';

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
 * The rights of the actor that a token names; null if the session has ended or the operator may no longer act on behalf of others.
 * Every event of a stream is checked against them, so one statement reads them.
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
    // Acting on behalf gives the rights that both have: an operator may do everything that the actor may, and no more.
    platformRoles: delegateRoles
      ? rights.platform_roles.filter((role) => delegateRoles.includes(role))
      : rights.platform_roles,
    scopes: null,
    rightsVersion: rights.rights_version + (rights.delegate_version ?? 0),
    expiresAt: null,
  };
}

/** A key determines its universe. */
const anywhere = { filters: { universe: false } } as const;

/** The creator of a key, and whether they belong to its owner: a delegate of an administrator may have created it. */
async function issuerOf(context: Context, key: ActorKey, ownerId: string | null): Promise<ActorSnapshot['issuer']> {
  const { issuedBy } = key;
  if (!issuedBy) return null;
  const membership = { actorId: issuedBy, organizationId: ownerId ?? '' };
  const isMember = issuedBy === ownerId || (await context.em.count(Membership, membership, anywhere)) > 0;
  return { id: issuedBy, isMember };
}

/**
 * The rights of the agent or service of a key. A service, or an agent of an organization, has its role there, or EDITOR without a membership. An agent of a person
 * acts on behalf of the person, like an operator: with the person's memberships and the platform roles that both have.
 */
export async function actorSnapshotByKey(context: Context, key: string): Promise<ActorSnapshot | null> {
  const actorKey = await actorKeyOf(context, key);
  if (!actorKey) return null;
  const actor = await context.em.findOne(Actor, { id: actorKey.actorId, closedAt: null }, anywhere);
  if (!actor) return null;
  const owner = actor.ownerId ? await context.em.findOne(Actor, { id: actor.ownerId, closedAt: null }, anywhere) : null;
  if (actor.ownerId && !owner) return null;
  const principal = owner?.kind === 'USER' ? owner : actor;
  const granted = await context.em.find(
    Membership,
    { actorId: principal.id },
    { orderBy: { createdAt: 'asc' }, limit: membershipsAtMost, ...anywhere },
  );
  const memberships: ActorSnapshot['memberships'] = granted.map(({ organizationId, role, createdAt }) => {
    return { organizationId, role, since: createdAt.getTime() };
  });
  if (owner?.kind === 'ORGANIZATION' && !memberships.some(({ organizationId }) => organizationId === owner.id))
    memberships.push({ organizationId: owner.id, role: 'EDITOR', since: actor.createdAt.getTime() });
  const isItself = principal === actor;
  return {
    id: principal.id,
    kind: principal.kind,
    delegate: isItself ? null : actor.id,
    universe: actor.universeId,
    sessionId: null,
    memberships,
    ownerId: actor.ownerId ?? null,
    issuer: await issuerOf(context, actorKey, actor.ownerId ?? null),
    platformRoles: principal.platformRoles.filter((role) => actor.platformRoles.includes(role)),
    scopes: actorKey.scopes ?? null,
    rightsVersion: actor.rightsVersion + (isItself ? 0 : principal.rightsVersion),
    expiresAt: actorKey.expiresAt?.getTime() ?? null,
  };
}
