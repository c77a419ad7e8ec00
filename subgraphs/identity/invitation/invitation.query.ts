import type { FilterQuery } from '@mikro-orm/postgresql';
import { isOperator, organizationsOf } from '../../../platform/access/permission.ts';
import { noun } from '../../../platform/nouns/noun.ts';
import { Invitation } from './invitation.entity.ts';
import { InvitationType } from './invitation.type.ts';

/** Whoever is invited by address finds theirs under `viewer`: which address is confirmed as theirs, no snapshot holds. */
export const invitations = noun<Invitation>({
  name: 'Invitation',
  prefix: 'inv',
  entity: Invitation,
  type: () => InvitationType,
  audience: 'self',
  visible: (actor) => {
    if (actor.id === null) return null;
    if (isOperator(actor)) return {};
    return {
      $or: [
        { acceptedBy: actor.id },
        { actorId: actor.id },
        { organizationId: { $in: organizationsOf(actor, 'ADMIN') } },
      ],
    } as FilterQuery<Invitation>;
  },
  filter: {},
  sort: ['createdAt'],
});
