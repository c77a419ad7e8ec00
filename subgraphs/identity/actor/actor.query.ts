import type { FilterQuery } from '@mikro-orm/postgresql';
import { noun } from '../../../platform/nouns/noun.ts';
import { actorPrefixes } from '../../../platform/ids/ids.ts';
import { Actor } from './actor.entity.ts';
import { ActorType, organizationKindFilter, OrganizationType } from './actor.type.ts';

/** Names of actors are public: whoever bids or owns is seen by all. What is not for everybody is restricted field by field. */
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

export const organizations = noun<Actor>({
  name: 'Organization',
  prefix: 'org',
  entity: Actor,
  type: () => OrganizationType,
  audience: 'public',
  visible: () => ({ kind: 'ORGANIZATION' }) as FilterQuery<Actor>,
  filter: { displayName: 'text', organizationKind: organizationKindFilter, ownerId: 'id', createdAt: 'time' },
  sort: ['createdAt', 'displayName'],
});
