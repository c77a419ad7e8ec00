import { Arg, Ctx, Field, Mutation, ObjectType, Resolver } from 'type-graphql';
import { Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { UserType } from '../actor/actor.type.ts';
import { sessionSignedIn, userSignedUp, userSignUpRequested } from '../events.ts';
import { hashByLink } from '../link/one-time-link.service.ts';
import { SessionTokens } from '../session/session.type.ts';
import type { TokenPair } from '../session/session.service.ts';
import { signingKey } from '../signing/signing.service.ts';
import { UserSignUpCompleteInput, UserSignUpInput } from './sign-up.input.ts';
import * as service from './sign-up.service.ts';

@ObjectType('UserSignUpPayload')
export class UserSignUpPayload {
  @Field(() => Boolean, {
    description: 'Always true: a mail is sent to the address. Only the mail says whether an account has it already.',
  })
  requested!: boolean;
}

@ObjectType('UserSignUpCompletePayload', { implements: SessionTokens })
export class UserSignUpCompletePayload extends SessionTokens {
  @Field(() => UserType, { description: 'The new account.' })
  user!: Actor;
}

@Resolver(() => UserType)
export class SignUpResolver {
  @Writes('public', { facts: [userSignUpRequested] })
  @Mutation(() => UserSignUpPayload, {
    description:
      'Sends a link with which `userSignUpComplete` makes the account; the answer is the same whether or not the address has an account. The link can be used once, within 24 hours, until the next one is sent. Errors: INVALID, TOO_MANY with `retryAfter` in seconds after five mails to one address within an hour.',
  })
  userSignUp(@Arg('input', () => UserSignUpInput) input: UserSignUpInput): Run<UserSignUpPayload> {
    return run(async (tx): Promise<UserSignUpPayload> => {
      await service.userSignUp(tx, input);
      return { requested: true };
    });
  }

  @Writes('public', { facts: [userSignedUp, sessionSignedIn] })
  @Mutation(() => UserSignUpCompletePayload, {
    description:
      'Creates the account by the link that `userSignUp` sent, and signs in. The e-mail address of the account counts as confirmed. The link of an invitation can be used instead, and stays valid for `invitationAccept`. Errors: NOT_FOUND for an unknown link, EXPIRED for one that is used, too old or followed by a newer one, CONFLICT when the address has an account by now, INVALID, TOO_MANY.',
  })
  async userSignUpComplete(
    @Arg('input', () => UserSignUpCompleteInput) input: UserSignUpCompleteInput,
    @Ctx() context: Context,
  ): Promise<Run<TokenPair & { user: Actor }>> {
    const hash = await hashByLink(context, input);
    const key = await signingKey(context);
    return run((tx) => service.userSignUpComplete(tx, input, hash, key));
  }
}
