import type { FilterQuery } from '@mikro-orm/postgresql';
import { isOperator, organizationsOf } from '../../../platform/access/permission.ts';
import { noun } from '../../../platform/nouns/noun.ts';
import { Membership } from './membership.entity.ts';
import { MembershipType, organizationRoleFilter } from './membership.type.ts';

export const memberships = noun<Membership>({
  name: 'Membership',
  prefix: 'mbr',
  entity: Membership,
  type: () => MembershipType,
  audience: 'self',
  visible: (actor) => {
    if (actor.id === null) return null;
    if (isOperator(actor)) return {};
    return {
      $or: [{ actorId: actor.id }, { organizationId: { $in: organizationsOf(actor, 'GUEST') } }],
    } as FilterQuery<Membership>;
  },
  filter: { organizationId: 'id', actorId: 'id', role: organizationRoleFilter },
  sort: ['createdAt'],
});
