import { ArrayMaxSize, ArrayMinSize } from 'class-validator';
import { Field, ID, InputType, Int } from 'type-graphql';
import type { OrganizationRole } from '../../../platform/context/actor.ts';
import { LineChecked } from '../../../platform/subgraph/input.ts';
import { OrganizationRoleEnum } from '../membership/membership.type.ts';

/** Lines of one call: its transaction stays well under two seconds. */
export const linesAtMost = 500;

@LineChecked('A line at fault is reported by its number, and the other lines of its call go in.')
@InputType('UserInviteLineInput', {
  description: 'One person to invite. An invalid line does not refuse the call: it is reported by its number.',
})
export class UserInviteLineInput {
  @Field(() => Int, { description: 'Its number in the caller’s file, from 1.' })
  line!: number;

  @Field(() => String, { nullable: true, description: 'Required; at most 254 characters.' })
  email?: string | null;

  @Field(() => String, { nullable: true, description: 'Required; 1 to 80 characters. Visible to others.' })
  displayName?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'The organization that the person is invited to join, in which the operator may invite: they find it under `viewer { invitations }`.',
  })
  organizationId?: string | null;

  @Field(() => OrganizationRoleEnum, { nullable: true, description: 'In the organization; VIEWER when absent.' })
  role?: OrganizationRole | null;
}

@InputType('UserInviteInput')
export class UserInviteInput {
  @Field(() => [UserInviteLineInput], { description: 'At most 500.' })
  @ArrayMinSize(1)
  @ArrayMaxSize(linesAtMost)
  lines!: UserInviteLineInput[];

  @Field(() => Boolean, {
    defaultValue: true,
    description:
      'Whether each new person gets a mail with a link to set a password. Without one they can ask for a new password when they like.',
  })
  sendMail!: boolean;
}
