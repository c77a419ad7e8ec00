import { Arg, Directive, Field, Int, Mutation, ObjectType, Resolver } from 'type-graphql';
import { Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Actor } from '../actor/actor.entity.ts';
import type { Invitation } from '../invitation/invitation.entity.ts';
import { InvitationType } from '../invitation/invitation.type.ts';
import { UserType } from '../actor/actor.type.ts';
import { invitationSent, userInvited } from '../events.ts';
import { checkInvites } from './user-invite-line.ts';
import { linesAtMost, UserInviteInput } from './user-invite.input.ts';
import { userInvite, type InviteResult } from './user-invite.service.ts';

@ObjectType('UserInviteLine', { description: 'A processed line and its account.' })
export class UserInviteLine {
  @Field(() => Int, { description: 'The number that the line was sent with.' })
  line!: number;

  @Field(() => UserType, { description: 'The new or existing account.' })
  user!: Actor;

  @Field(() => Boolean, { description: 'Whether the account was created. False if it existed; it is not changed.' })
  created!: boolean;

  @Field(() => InvitationType, {
    nullable: true,
    description:
      'The invitation that this call sent to the person. Null if the line names no organization, or if the person is a member there or has an open invitation already.',
  })
  invitation!: Invitation | null;
}

@ObjectType('UserInviteLineFault', { description: 'Why a line was not taken in.' })
export class UserInviteLineFault {
  @Field(() => Int, { description: 'The number that the line was sent with.' })
  line!: number;

  @Field(() => String, { nullable: true, description: 'The invalid field.' })
  field!: string | null;

  @Field(() => String, {
    description: 'For programs: `too_big`, `custom`, `duplicate_line`, `not_found` and the like.',
  })
  code!: string;

  @Field(() => String, { description: 'What is wrong, in English.' })
  message!: string;
}

@ObjectType('UserInvitePayload', { description: 'Result of the call, with its invalid lines.' })
export class UserInvitePayload {
  @Directive(`@listSize(assumedSize: ${linesAtMost})`)
  @Field(() => [UserInviteLine], { description: 'In the order in which they were sent.' })
  lines!: UserInviteLine[];

  @Field(() => Int, { description: 'Number of accounts that this call created.' })
  created!: number;

  @Field(() => Int, { description: 'People who had an account already.' })
  unchanged!: number;

  @Directive(`@listSize(assumedSize: ${linesAtMost})`)
  @Field(() => [UserInviteLineFault], { description: 'Lines that were not taken in; the others were.' })
  rejected!: UserInviteLineFault[];
}

@Resolver()
export class UserInviteResolver {
  @Writes('identity.user.invite', { facts: [userInvited, invitationSent] })
  @Mutation(() => UserInvitePayload, {
    description:
      'Creates accounts without a password, at most 500 per call, and sends each person a mail with a link to set one, valid for seven days. Lines whose address has an account change nothing; invalid lines are reported by number, and the others are processed. For operators, who may then act on behalf of these people. Errors: FORBIDDEN, INVALID, CONFLICT if an organization would have more than 200 open invitations.',
  })
  userInvite(@Arg('input', () => UserInviteInput) input: UserInviteInput): Run<InviteResult> {
    const checked = checkInvites(input.lines);
    return run((tx) => userInvite(tx, checked, input));
  }
}
