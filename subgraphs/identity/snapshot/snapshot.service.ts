import type { ActorSnapshot } from '../../../platform/context/actor.ts';
import type { Context } from '../../../platform/context/context.ts';
import { Actor } from '../actor/actor.entity.ts';
import { Membership } from '../membership/membership.entity.ts';
import { serviceKeyOf } from '../service/service.service.ts';
import { Session } from '../session/session.entity.ts';

/** Memberships that count for rights; whoever has more is limited to the oldest. */
const membershipsAtMost = 1000;

/** The rights of whoever a token names, or null when the session has ended or an operator lost the right to act for others. */
export async function actorSnapshot(
  context: Context,
  of: { subject: string; sessionId: string | null; delegate: string | null },
): Promise<ActorSnapshot | null> {
  const actors = await context.em.find(Actor, { id: { $in: [of.subject, ...(of.delegate ? [of.delegate] : [])] } });
  const subject = actors.find((actor) => actor.id === of.subject);
  const delegate = actors.find((actor) => actor.id === of.delegate);
  if (!subject || (of.delegate && !delegate?.platformRoles.includes('OPERATOR'))) return null;
  if (of.sessionId) {
    const session = await context.em.findOne(Session, { id: of.sessionId, actorId: of.subject });
    if (!session?.isLive(context.now()) || (session.delegateId ?? null) !== of.delegate) return null;
  }
  const memberships = await context.em.find(
    Membership,
    { actorId: subject.id },
    { orderBy: { createdAt: 'asc' }, limit: membershipsAtMost },
  );
  return {
    id: subject.id,
    kind: subject.kind,
    delegate: of.delegate,
    universe: subject.universeId,
    sessionId: of.sessionId,
    memberships: memberships.map(({ organizationId, role }) => ({ organizationId, role })),
    // Acting on behalf gives the rights that both have: an operator may do everything that the other may, and no more.
    platformRoles: delegate
      ? subject.platformRoles.filter((role) => delegate.platformRoles.includes(role))
      : subject.platformRoles,
    scopes: null,
    rightsVersion: subject.rightsVersion + (delegate?.rightsVersion ?? 0),
    expiresAt: null,
  };
}

/** The rights of the service that a key belongs to. A service is a member of its organization, with the rights of an editor. */
export async function actorSnapshotByServiceKey(context: Context, key: string): Promise<ActorSnapshot | null> {
  const serviceKey = await serviceKeyOf(context, key);
  const service =
    serviceKey && (await context.em.findOne(Actor, { id: serviceKey.serviceId }, { filters: { universe: false } }));
  if (!serviceKey || !service) return null;
  const granted = await context.em.find(
    Membership,
    { actorId: service.id },
    { orderBy: { createdAt: 'asc' }, limit: membershipsAtMost, filters: { universe: false } },
  );
  const memberships = granted.map(({ organizationId, role }) => ({ organizationId, role }));
  if (service.ownerId && !memberships.some((membership) => membership.organizationId === service.ownerId)) {
    memberships.push({ organizationId: service.ownerId, role: 'EDITOR' });
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
