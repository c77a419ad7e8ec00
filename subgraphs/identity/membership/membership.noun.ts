import type { FilterQuery } from '@mikro-orm/postgresql';
import { isOperator, organizationsOf } from '../../../platform/access/permission.ts';
import { extend } from '../../../platform/declare/extension.ts';
import { noun } from '../../../platform/declare/noun.ts';
import { actors, organizationOf, organizations } from '../actor/actor.noun.ts';
import { Membership, OrganizationRole, type EndedMembership } from './membership.entity.ts';

export const memberships = noun(Membership, {
  name: 'Membership',
  plural: 'memberships',
  prefix: 'mbr',
  words: ['membership', 'memberships'],
  description:
    'Membership of an actor in an organization, with a role. Visible to the members of the organization and to operators.',
  audience: 'self',
  visible: (actor): FilterQuery<Membership> | null => {
    if (actor.id === null) return null;
    if (isOperator(actor)) return {};
    return { $or: [{ actorId: actor.id }, { organizationId: { $in: organizationsOf(actor, 'GUEST') } }] };
  },
  fields: (f) => ({
    id: f.id(),
    organization: organizationOf(f, 'The organization of which the actor is a member.'),
    actor: f.belongsTo(() => actors, 'actorId', 'The member: a person, an agent or a service.'),
    role: f.enum(OrganizationRole, 'What the member may do in the organization.'),
    createdAt: f.time('When the actor became a member.'),
    endedAt: f
      .time('When the membership ended. Null while it is in force.')
      .nullable()
      .from((membership: Membership | EndedMembership) => ('endedAt' in membership ? membership.endedAt : null)),
  }),
  filter: { organizationId: 'id', actorId: 'id', role: OrganizationRole },
  sort: ['createdAt'],
  roots: {
    access: 'signedIn',
    one: 'A membership by its id. Null if it does not exist, has ended or is not visible to the viewer. Errors: UNAUTHENTICATED, INVALID for an id of another kind.',
    list: 'Memberships of the viewer and of all members of the viewer’s organizations, the newest first; operators see all. Errors: UNAUTHENTICATED, INVALID.',
  },
});

export const organizationMembers = extend(organizations, (f) => ({
  members: f
    .hasFew(
      () => memberships,
      'organizationId',
      'Memberships in the organization, the oldest first; at most 100. `memberships(filter: { organizationId })` lists all. Visible to members and operators; empty for everybody else.',
      { atMost: 100, sort: ['CREATED_AT_ASC'] },
    )
    .dependsOn('self'),
}));
