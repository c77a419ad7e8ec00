import { IsEmail, MaxLength } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';
import type { OrganizationRole } from '../../../platform/context/actor.ts';
import { OrganizationRoleEnum } from '../membership/membership.type.ts';

@InputType('InvitationSendInput')
export class InvitationSendInput {
  @Field(() => ID)
  @MaxLength(40)
  organizationId!: string;

  @Field(() => String, { description: 'At most 254 characters; with or without an account.' })
  @IsEmail({}, { message: 'This is not an e-mail address.' })
  @MaxLength(254)
  email!: string;

  @Field(() => OrganizationRoleEnum, { description: 'Up to one’s own.' })
  role!: OrganizationRole;
}

@InputType('InvitationAcceptInput', { description: 'Exactly one of the two.' })
export class InvitationAcceptInput {
  @Field(() => String, { nullable: true, description: 'What stands behind `#token=` in the link.' })
  @MaxLength(100)
  token?: string | null;

  @Field(() => ID, { nullable: true, description: 'One of `viewer { invitations }`.' })
  @MaxLength(40)
  invitationId?: string | null;
}

@InputType('InvitationRevokeInput')
export class InvitationRevokeInput {
  @Field(() => ID)
  @MaxLength(40)
  invitationId!: string;
}
