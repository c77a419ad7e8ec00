import { raw, type FilterQuery } from '@mikro-orm/postgresql';
import { Restricted } from '../../../platform/access/declare.ts';
import { isOperator } from '../../../platform/access/permission.ts';
import type { Context } from '../../../platform/context/context.ts';
import { actorPrefixes } from '../../../platform/ids/ids.ts';
import { noun } from '../../../platform/nouns/noun.ts';
import { readBeginnings } from '../../../platform/search/search.ts';
import { Actor } from './actor.entity.ts';
import { findable, rightsOwner } from './actor.policy.ts';
import {
  actorKindFilter,
  ActorProfileType,
  ActorType,
  AgentType,
  organizationKindFilter,
  OrganizationType,
  ServiceType,
  UserType,
} from './actor.type.ts';

/**
 * Actors where something refers to them. Names and pictures of whoever bids, owns or writes are seen by all; to be found in
 * the directory, and what the profile tells, is another thing and decided by `findable`.
 */
export const actors = noun<Actor>({
  name: 'Actor',
  prefix: actorPrefixes,
  entity: Actor,
  type: () => ActorType,
  kinds: ['User', 'Organization', 'Agent', 'Service'],
  interfaces: ['Actor'],
  audience: 'public',
  visible: () => ({}),
  filter: {},
  sort: [],
});

/** Actors where somebody looks for them: the lists, their totals, and the profiles. References are resolved by `actors`. */
export const directory = noun<Actor>({
  name: 'Actor',
  prefix: [],
  kinds: [],
  entity: Actor,
  type: () => ActorType,
  audience: 'self',
  visible: findable,
  filter: { kind: actorKindFilter, displayName: 'text', createdAt: 'time' },
  sort: ['createdAt', 'displayName'],
});

export const organizations = noun<Actor>({
  name: 'Organization',
  prefix: [],
  kinds: [],
  entity: Actor,
  type: () => OrganizationType,
  audience: 'self',
  visible: (actor) => ({ $and: [{ kind: 'ORGANIZATION' }, findable(actor)] }) as FilterQuery<Actor>,
  filter: {
    displayName: 'text',
    organizationKind: organizationKindFilter,
    parentId: { column: 'ownerId', kind: 'id' },
    createdAt: 'time',
  },
  sort: ['createdAt', 'displayName'],
});

/** The agents of one actor, those that the viewer may find. */
export const agents = noun<Actor>({
  name: 'Agent',
  prefix: [],
  kinds: [],
  entity: Actor,
  type: () => AgentType,
  audience: 'self',
  visible: (actor) => ({ $and: [{ kind: 'AGENT' }, findable(actor)] }) as FilterQuery<Actor>,
  filter: {},
  sort: ['createdAt'],
});

/** Each word of the search begins a word of the name, read as every search of the house is. */
export function nameBegins(search: string | null | undefined): FilterQuery<Actor> | undefined {
  const query = readBeginnings(search);
  if (query === null) return undefined;
  return { [raw((alias) => `${alias}.words @@ ${query}`)]: [] } as FilterQuery<Actor>;
}

/** Whether the viewer may change what an actor tells of itself, and so sees all of it. */
export function mayUpdate(actor: Actor, context: Context): boolean {
  return context.can('identity.actor.update', rightsOwner(actor, context.actor.id));
}

const kindTypes = [UserType, OrganizationType, AgentType, ServiceType];
for (const type of kindTypes)
  Restricted<Actor>('self', (actor, context) => context.actor.id === actor.id || isOperator(context.actor))(
    type.prototype,
    'platformRoles',
  );
for (const type of kindTypes)
  Restricted<Actor>('self', async (actor, context) => (await directory.load(context, actor.id)) !== null)(
    type.prototype,
    'profile',
  );
for (const field of ['locale', 'timeZone', 'discoverable'])
  Restricted<Actor>('self', mayUpdate)(ActorProfileType.prototype, field);
