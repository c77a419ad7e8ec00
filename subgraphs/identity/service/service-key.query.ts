import { noun } from '../../../platform/nouns/noun.ts';
import { isOperator } from '../../../platform/access/permission.ts';
import { ServiceKey } from './service-key.entity.ts';
import { ServiceKeyType } from './service-key.type.ts';

/** Keys are not listed: whoever makes one gets its id, and operators see all. */
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
