import { IsOptional, MaxLength } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';
import type { OrganizationRole } from '../../../platform/context/actor.ts';
import { IsEmailAddress } from '../../../platform/scalars/email.ts';
import { OrganizationRoleEnum } from '../membership/membership.type.ts';

@InputType('InvitationSendInput', { description: 'Names whom it invites by exactly one of `email` and `actorId`.' })
export class InvitationSendInput {
  @Field(() => ID, { description: 'The organization to join.' })
  @MaxLength(40)
  organizationId!: string;

  @Field(() => String, {
    nullable: true,
    description: 'An address, with or without an account, to which a link is sent. At most 254 characters.',
  })
  @IsOptional()
  @IsEmailAddress()
  email?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'A person who is known. No mail is sent: they find it under `viewer { invitations }`.',
  })
  @MaxLength(40)
  actorId?: string | null;

  @Field(() => OrganizationRoleEnum, { description: 'Up to one’s own.' })
  role!: OrganizationRole;
}

@InputType('InvitationAcceptInput', { description: 'Exactly one of the two.' })
export class InvitationAcceptInput {
  @Field(() => String, { nullable: true, description: 'The text behind `#token=` in the link.' })
  @MaxLength(100)
  token?: string | null;

  @Field(() => ID, { nullable: true, description: 'One of `viewer { invitations }`.' })
  @MaxLength(40)
  invitationId?: string | null;
}

@InputType('InvitationRevokeInput')
export class InvitationRevokeInput {
  @Field(() => ID, { description: 'The invitation to revoke.' })
  @MaxLength(40)
  invitationId!: string;
}

@InputType('InvitationDeclineInput')
export class InvitationDeclineInput {
  @Field(() => ID, { description: 'One of `viewer { invitations }`.' })
  @MaxLength(40)
  invitationId!: string;
}
