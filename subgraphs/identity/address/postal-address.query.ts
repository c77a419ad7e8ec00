import type { FilterQuery } from '@mikro-orm/postgresql';
import { organizationsOf } from '../../../platform/access/permission.ts';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';
import { noun } from '../../../platform/nouns/noun.ts';
import { PostalAddress } from './postal-address.entity.ts';
import { PostalAddressType } from './postal-address.type.ts';

/** One's own, and those of organizations in which one has at least a viewer's role; operators have no business here. */
function postalAddressVisible(actor: ActorSnapshot): FilterQuery<PostalAddress> | null {
  return actor.id === null ? null : { ownerId: { $in: [actor.id, ...organizationsOf(actor, 'VIEWER')] } };
}

export const postalAddresses = noun<PostalAddress>({
  name: 'PostalAddress',
  prefix: 'adr',
  entity: PostalAddress,
  type: () => PostalAddressType,
  audience: 'self',
  visible: postalAddressVisible,
  filter: {},
  sort: [],
});
