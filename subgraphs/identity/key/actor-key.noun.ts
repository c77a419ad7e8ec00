import { raw } from '@mikro-orm/postgresql';
import { isOperator, organizationsOf } from '../../../platform/access/permission.ts';
import { extend } from '../../../platform/declare/extension.ts';
import { noun } from '../../../platform/declare/noun.ts';
import type { OutputFields } from '../../../platform/declare/output.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { actors, agents, services } from '../actor/actor.noun.ts';
import { ActorKey, isLiveAt, keysAtMost } from './actor-key.entity.ts';

export const actorKeys = noun(ActorKey, {
  name: 'ActorKey',
  plural: 'actorKeys',
  prefix: 'sky',
  words: ['key', 'keys'],
  description:
    'A key with which an agent or a service signs in: `authorization: Bearer esk_…`. A service, and an agent of an organization, acts as itself with the rights of an editor there; an agent of a person acts in the person’s name, with the rights of both.',
  audience: 'self',
  /** Seen by operators and by those who may create one: whose the agent or service is, or the administrators of its organization. */
  visible: (actor) => {
    if (actor.id === null) return null;
    if (isOperator(actor)) return {};
    const owners = [actor.id, ...organizationsOf(actor, 'ADMIN')];
    const places = owners.map(() => '?').join(', ');
    const owned = raw(
      (alias) => `${alias}.actor_id in (select a.id from identity.actors a where a.owner_id in (${places}))`,
      owners,
    );
    return { [owned]: [] };
  },
  fields: (f) => ({
    id: f.id('Id: `sky_…`. It is not the key itself.'),
    name: f.text('What the key is for.'),
    actor: f.belongsTo(() => actors, 'actorId', 'The agent or service that signs in with it.'),
    scopes: f
      .texts('Scopes to which the key is limited; an empty list allows what is public. Null is no limit.')
      .nullable(),
    expiresAt: f.time('When it ends by itself; null is never.').nullable(),
    revokedAt: f.time('When it was revoked; null while it was not.').nullable(),
    createdAt: f.time('When it was created.'),
  }),
  filter: {},
  sort: ['createdAt'],
  roots: {
    access: 'signedIn',
    one: 'A key of an agent or service by its id, which is not the key itself; for those who may create one and for operators; also a revoked one. Null if it does not exist or is not visible to the viewer. Errors: UNAUTHENTICATED, INVALID for an id of another kind.',
    list: false,
  },
});

const keys = (f: OutputFields<Actor>) => ({
  keys: f
    .hasFew(
      () => actorKeys,
      'actorId',
      'The valid keys, the newest first; at most 50, and never the keys themselves. Seen by those who may create one, null for everybody else.',
      { atMost: keysAtMost, where: (context) => isLiveAt(context.now()) },
    )
    .restrictedTo('self', ({ ownerId }, context) => context.can('identity.actorKey.create', ownerId ?? null)),
});
export const agentKeys = extend(agents, keys);
export const serviceKeys = extend(services, keys);
