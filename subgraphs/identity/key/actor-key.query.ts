import { raw, type FilterQuery } from '@mikro-orm/postgresql';
import { noun } from '../../../platform/nouns/noun.ts';
import { isOperator, organizationsOf } from '../../../platform/access/permission.ts';
import { ActorKey } from './actor-key.entity.ts';
import { ActorKeyType } from './actor-key.type.ts';

/** Seen by operators and by whoever may create one: whose the agent or service is, or the administrators of its organization. */
export const actorKeys = noun<ActorKey>({
  name: 'ActorKey',
  prefix: 'sky',
  entity: ActorKey,
  type: () => ActorKeyType,
  audience: 'self',
  visible: (actor) => {
    if (actor.id === null) return null;
    if (isOperator(actor)) return {};
    const owners = [actor.id, ...organizationsOf(actor, 'ADMIN')];
    const places = owners.map(() => '?').join(', ');
    const owned = raw(
      (alias) => `${alias}.actor_id in (select a.id from identity.actors a where a.owner_id in (${places}))`,
      owners,
    );
    return { [owned]: [] } as FilterQuery<ActorKey>;
  },
  filter: {},
  sort: [],
});
