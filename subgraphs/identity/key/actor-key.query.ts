import { noun } from '../../../platform/nouns/noun.ts';
import { isOperator } from '../../../platform/access/permission.ts';
import { ActorKey } from './actor-key.entity.ts';
import { ActorKeyType } from './actor-key.type.ts';

/** By their ids operators alone see them; whoever may make one sees those of an agent or service under it. */
export const actorKeys = noun<ActorKey>({
  name: 'ActorKey',
  prefix: 'sky',
  entity: ActorKey,
  type: () => ActorKeyType,
  audience: 'role',
  visible: (actor) => (isOperator(actor) ? {} : null),
  filter: {},
  sort: [],
});
