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
);

@ObjectType('Membership', {
  description: 'What somebody may do in an organization. Seen by the members of the organization.',
})
export class MembershipType implements Pick<Membership, 'id' | 'role' | 'createdAt'> {
  @Field(() => ID)
  id!: string;

  @Field(() => OrganizationType, { nullable: true })
  organization!: Actor | null;

  @Field(() => ActorType, { nullable: true })
  actor!: Actor | null;

  @Field(() => OrganizationRoleEnum)
  role!: OrganizationRole;

  @Field(() => DateTime, { description: 'When the actor became a member.' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When the membership ended. Null while it is in force.' })
  endedAt!: Date | null;
}
