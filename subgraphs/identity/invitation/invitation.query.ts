import { raw, type FilterQuery } from '@mikro-orm/postgresql';
import { isOperator, organizationsOf } from '../../../platform/access/permission.ts';
import { noun } from '../../../platform/nouns/noun.ts';
import { Invitation } from './invitation.entity.ts';
import { InvitationType } from './invitation.type.ts';

/** Those that went to the address that is confirmed as somebody's. */
function toAddressOf(actorId: string) {
  return raw(
    (alias) =>
      `${alias}.email in (select a.email from identity.actors a where a.id = ? and a.email_confirmed_at is not null)`,
    [actorId],
  );
}

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
        { [toAddressOf(actor.id)]: [] },
      ],
    } as FilterQuery<Invitation>;
  },
  filter: {},
  sort: ['createdAt'],
});
