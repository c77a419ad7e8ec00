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
  description: 'Status of an invitation.',
  valuesConfig: {
    OPEN: { description: 'It can be accepted, for seven days after it was last sent.' },
    ACCEPTED: { description: 'The person joined the organization.' },
    DECLINED: { description: 'The person declined.' },
    REVOKED: { description: 'The organization withdrew it.' },
    EXPIRED: { description: 'Seven days have passed. Sending it again opens it again.' },
  },
});

@ObjectType('Invitation', {
  description:
    'Invites a person to join an organization. Visible to its administrators, to the invited person and to operators.',
})
export class InvitationType implements Pick<Invitation, 'id' | 'role' | 'expiresAt' | 'createdAt'> {
  @Field(() => ID, { description: 'Id: `inv_…`.' })
  id!: string;

  @Field(() => OrganizationType, {
    nullable: true,
    description: 'The organization that the person is invited to join.',
  })
  organization!: Actor | null;

  @Restricted<Invitation>('self', (invitation, context) =>
    context.can('identity.invitation.send', invitation.organizationId),
  )
  @Field(() => String, {
    nullable: true,
    description:
      'The address to which the link was sent. Visible to those who may invite; null for everybody else and if the person was invited by id.',
  })
  email!: string | null;

  @Field(() => ActorType, {
    nullable: true,
    description: 'The invited person. Null if the invitation was sent to an address.',
  })
  actor!: Actor | null;

  @Field(() => OrganizationRoleEnum, { description: 'The role that the person gets by accepting.' })
  role!: OrganizationRole;

  @Field(() => InvitationStatusEnum, { description: 'Whether the invitation is open, or how it ended.' })
  status!: InvitationStatus;

  @Field(() => ActorType, { nullable: true, description: 'Who sent the invitation last.' })
  invitedBy!: Actor | null;

  @Field(() => DateTime, { description: 'Until when it can be accepted: seven days after it was last sent.' })
  expiresAt!: Date;

  @Field(() => DateTime, { description: 'When it was first sent.' })
  createdAt!: Date;
}
