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
    'A key with which an agent or a service signs in: `authorization: Bearer esk_…`. A service, or an agent of an organization, acts as itself, with its role in the organization, or EDITOR if it is not a member. An agent of a person acts on behalf of the person, with the person’s memberships and the platform roles that both have. Visible to the owner of an agent, to administrators of the organization and to operators.',
  audience: 'self',
  /** Visible to operators and to those who may create one: the owner of an agent, or the administrators of its organization. */
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
      .texts('Scopes to which the key is limited, as in `actorKeyCreate`. Null if it is not limited.')
      .nullable(),
    expiresAt: f.time('When the key expires. Null if it does not.').nullable(),
    revokedAt: f.time('When the key was revoked. Null if it was not.').nullable(),
    createdAt: f.time('When the key was created.'),
  }),
  filter: {},
  sort: ['createdAt'],
  roots: {
    access: 'signedIn',
    one: 'A key of an agent or service by its id (`sky_…`, not the key itself); also a revoked one. Null if it does not exist or is not visible to the viewer. Errors: UNAUTHENTICATED, INVALID for an id of another kind.',
    list: false,
  },
});

const keys = (f: OutputFields<Actor>) => ({
  keys: f
    .hasFew(
      () => actorKeys,
      'actorId',
      'Its valid keys, without their secrets, the newest first; at most 50. Visible to those who may create one; null for everybody else.',
      { atMost: keysAtMost, where: (context) => isLiveAt(context.now()) },
    )
    .restrictedTo('self', ({ ownerId }, context) => context.can('identity.actorKey.create', ownerId ?? null)),
});
export const agentKeys = extend(agents, keys);
export const serviceKeys = extend(services, keys);
