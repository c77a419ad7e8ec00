import { Field, ID, ObjectType } from 'type-graphql';
import type { OrganizationRole } from '../../../platform/context/actor.ts';
import { enumKind } from '../../../platform/nouns/filter.ts';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import { ActorType, OrganizationType } from '../actor/actor.type.ts';
import type { Actor } from '../actor/actor.entity.ts';
import type { Membership } from './membership.entity.ts';

export const OrganizationRoleEnum = {
  GUEST: 'GUEST',
  VIEWER: 'VIEWER',
  EDITOR: 'EDITOR',
  ADMIN: 'ADMIN',
  OWNER: 'OWNER',
} as const;
export const organizationRoleFilter = enumKind(
  OrganizationRoleEnum,
  'OrganizationRole',
  'Roles in an organization, weakest first; each includes those before it.',
  {
    GUEST: 'Sees what the organization shares with its members.',
    VIEWER: 'Also sees internal data of the organization, such as its postal addresses.',
    EDITOR: 'Also changes what the organization owns. Its agents and services act with this role.',
    ADMIN: 'Also invites and removes members, and manages the profile, services and keys.',
    OWNER: 'Also closes the organization. At least one member is an owner.',
  },
);

@ObjectType('Membership', {
  description:
    'Membership of an actor in an organization, with a role. Visible to the members of the organization and to operators.',
})
export class MembershipType implements Pick<Membership, 'id' | 'role' | 'createdAt'> {
  @Field(() => ID, { description: 'Id: `mbr_…`.' })
  id!: string;

  @Field(() => OrganizationType, { nullable: true, description: 'The organization.' })
  organization!: Actor | null;

  @Field(() => ActorType, { nullable: true, description: 'The member: a person, an agent or a service.' })
  actor!: Actor | null;

  @Field(() => OrganizationRoleEnum, { description: 'What the member may do in the organization.' })
  role!: OrganizationRole;

  @Field(() => DateTime, { description: 'When the actor became a member.' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When the membership ended. Null while it is in force.' })
  endedAt!: Date | null;
}
