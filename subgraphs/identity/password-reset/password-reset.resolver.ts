import { Arg, Ctx, Field, Mutation, ObjectType, Resolver } from 'type-graphql';
import { Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import {
  actorKeyRevoked,
  emailConfirmed,
  passwordResetCompleted,
  passwordResetRequested,
  sessionSignedIn,
} from '../events.ts';
import { hashByLink } from '../link/one-time-link.service.ts';
import type { TokenPair } from '../session/session.service.ts';
import { SessionTokens } from '../session/session.type.ts';
import { signingKey } from '../signing/signing.service.ts';
import { PasswordResetInput, PasswordResetRequestInput } from './password-reset.input.ts';
import { passwordReset, passwordResetRequest } from './password-reset.service.ts';

@ObjectType('PasswordResetRequestPayload')
export class PasswordResetRequestPayload {
  @Field(() => Boolean, { description: 'Always true, whether or not an account has this address.' })
  requested!: boolean;
}

@ObjectType('PasswordResetPayload', { implements: SessionTokens })
export class PasswordResetPayload extends SessionTokens {}

@Resolver()
export class PasswordResetResolver {
  @Writes('public', { facts: [passwordResetRequested] })
  @Mutation(() => PasswordResetRequestPayload, {
    description:
      'Sends a link to set a new password, if there is an account with this address; the answer is the same either way. The link can be used once, within one hour, until the next one is sent. Errors: INVALID, TOO_MANY with `retryAfter` in seconds after five to one address within an hour; networks from which the account has signed in are counted apart.',
  })
  passwordResetRequest(
    @Arg('input', () => PasswordResetRequestInput) input: PasswordResetRequestInput,
  ): Run<PasswordResetRequestPayload> {
    return run(async (tx): Promise<PasswordResetRequestPayload> => {
      await passwordResetRequest(tx, input);
      return { requested: true };
    });
  }

  @Writes('public', { facts: [passwordResetCompleted, emailConfirmed, sessionSignedIn, actorKeyRevoked] })
  @Mutation(() => PasswordResetPayload, {
    description:
      'Sets a new password with a link from a mail, and signs in. An invited person sets their first password this way. All existing sessions end at once, the keys of the person’s own agents are revoked, and all other links and a pending change of address become void. Errors: NOT_FOUND for an unknown link, EXPIRED for one that is used, too old or followed by a newer one, INVALID.',
  })
  async passwordReset(
    @Arg('input', () => PasswordResetInput) input: PasswordResetInput,
    @Ctx() context: Context,
  ): Promise<Run<TokenPair>> {
    const hash = await hashByLink(context, input);
    const key = await signingKey(context);
    return run((tx) => passwordReset(tx, input.token, hash, key));
  }
}
