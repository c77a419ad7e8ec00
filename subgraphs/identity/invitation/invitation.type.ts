import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Restricted } from '../../../platform/access/declare.ts';
import type { OrganizationRole } from '../../../platform/context/actor.ts';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { ActorType, OrganizationType } from '../actor/actor.type.ts';
import { OrganizationRoleEnum } from '../membership/membership.type.ts';
import type { Invitation, InvitationStatus } from './invitation.entity.ts';

export const InvitationStatusEnum = {
  OPEN: 'OPEN',
  ACCEPTED: 'ACCEPTED',
  DECLINED: 'DECLINED',
  REVOKED: 'REVOKED',
  EXPIRED: 'EXPIRED',
} as const;
registerEnumType(InvitationStatusEnum, {
  name: 'InvitationStatus',
  description: 'How an invitation stands. An open one expires after seven days; sending it again makes it good anew.',
});

@ObjectType('Invitation', {
  description: 'Somebody is asked to join an organization. Seen by its admins and by whoever is invited.',
})
export class InvitationType implements Pick<Invitation, 'id' | 'role' | 'expiresAt' | 'createdAt'> {
  @Field(() => ID)
  id!: string;

  @Field(() => OrganizationType, { nullable: true })
  organization!: Actor | null;

  @Restricted<Invitation>('self', (invitation, context) =>
    context.can('identity.invitation.send', invitation.organizationId),
  )
  @Field(() => String, {
    nullable: true,
    description:
      'The address it went to; seen by those who may invite, null for everybody else and where an actor was invited.',
  })
  email!: string | null;

  @Field(() => ActorType, { nullable: true, description: 'Who is invited; null where it went to an address.' })
  actor!: Actor | null;

  @Field(() => OrganizationRoleEnum, { description: 'What they will be.' })
  role!: OrganizationRole;

  @Field(() => InvitationStatusEnum)
  status!: InvitationStatus;

  @Field(() => ActorType, { nullable: true })
  invitedBy!: Actor | null;

  @Field(() => DateTime)
  expiresAt!: Date;

  @Field(() => DateTime)
  createdAt!: Date;
}
