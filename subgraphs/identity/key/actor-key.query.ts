import { noun } from '../../../platform/nouns/noun.ts';
import { isOperator } from '../../../platform/access/permission.ts';
import { ServiceKey } from './service-key.entity.ts';
import { ServiceKeyType } from './service-key.type.ts';

/** By their ids operators alone see them; whoever may make one sees those of a service under it. */
export const serviceKeys = noun<ServiceKey>({
  name: 'ServiceKey',
  prefix: 'sky',
  entity: ServiceKey,
  type: () => ServiceKeyType,
  audience: 'role',
  visible: (actor) => (isOperator(actor) ? {} : null),
  filter: {},
  sort: [],
});
