import { Length, MaxLength } from 'class-validator';
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import { actorPrefixes, checkId } from '../../../platform/ids/ids.ts';
import { Verbatim } from '../../../platform/subgraph/normal-input.ts';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import { NotBlank } from '../../../platform/scalars/text.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { ActorType } from '../actor/actor.type.ts';
import {
  sessionDelegated,
  sessionRevoked,
  sessionSignedIn,
  sessionSignedOut,
  sessionSignInRefused,
} from '../events.ts';
import { signingKey, type AccessToken } from '../signing/signing.service.ts';
import * as service from './session.service.ts';
import type { Session } from './session.entity.ts';
import { SessionTokens, SessionType } from './session.type.ts';

@InputType('SessionSignInInput')
export class SessionSignInInput {
  @Field(() => String, {
    description: 'At most 300 characters; white space around it is no matter.',
  })
  @MaxLength(300)
  email!: string;

  @Field(() => String, { description: 'The password; at most 200 characters.' })
  @MaxLength(200)
  @Verbatim()
  password!: string;
}

@ObjectType('SessionSignInPayload', { implements: SessionTokens })
export class SessionSignInPayload extends SessionTokens {}

@InputType('SessionRefreshInput')
export class SessionRefreshInput {
  @Field(() => String, { description: 'The newest refresh token of the session.' })
  @MaxLength(100)
  refreshToken!: string;
}

@ObjectType('SessionRefreshPayload', { implements: SessionTokens })
export class SessionRefreshPayload extends SessionTokens {}

@ObjectType('SessionSignOutPayload')
export class SessionSignOutPayload {
  @Field(() => Boolean, { description: 'False when the session had ended already.' })
  signedOut!: boolean;

  @Field(() => SessionType, {
    nullable: true,
    description: 'The session that ended. Null if the call was made with a key.',
  })
  session!: Session | null;
}

@InputType('SessionActOnBehalfInput')
export class SessionActOnBehalfInput {
  @Field(() => ID, { description: 'The actor on whose behalf to act.' })
  @MaxLength(40)
  actorId!: string;

  @Field(() => String, { description: 'Reason, 3 to 500 characters; recorded in the audit trail.' })
  @Length(3, 500)
  @NotBlank()
  reason!: string;
}

@ObjectType('SessionActOnBehalfPayload')
export class SessionActOnBehalfPayload {
  @Field(() => String, { description: 'Good for ten minutes, without a refresh token.' })
  accessToken!: string;

  @Field(() => DateTime, { description: 'When the access token expires: ten minutes after it was issued.' })
  accessTokenExpiresAt!: Date;

  @Field(() => SessionType, { description: 'The session in which the viewer acts on behalf of the actor.' })
  session!: Session;

  @Field(() => ActorType, { description: 'The actor on whose behalf the token acts.' })
  actor!: Actor;
}

@Resolver()
export class SessionResolver {
  @Writes('public', { facts: [sessionSignedIn, sessionSignInRefused] })
  @Mutation(() => SessionSignInPayload, {
    description:
      'Signs in. Errors: UNAUTHENTICATED when address or password are wrong, TOO_MANY with `retryAfter` in seconds, which grows with each wrong password after the fifth from one network.',
  })
  async sessionSignIn(
    @Arg('input', () => SessionSignInInput) input: SessionSignInInput,
    @Ctx() context: Context,
  ): Promise<Run<service.TokenPair>> {
    const attempt = await service.signInAttempt(context, input);
    const key = await signingKey(context);
    return run((tx) => service.sessionSignIn(tx, attempt, key));
  }

  @Writes('public', { facts: [sessionRevoked] })
  @Mutation(() => SessionRefreshPayload, {
    description:
      'Trades a refresh token for new tokens. Within 30 seconds the same token is answered with the same next one, for a client that lost the answer or has two tabs. Errors: UNAUTHENTICATED for an unknown or used one (after those 30 seconds a used one ends the session), EXPIRED.',
  })
  async sessionRefresh(
    @Arg('input', () => SessionRefreshInput) input: SessionRefreshInput,
    @Ctx() context: Context,
  ): Promise<Run<service.TokenPair>> {
    const key = await signingKey(context);
    return run((tx) => service.sessionRefresh(tx, input.refreshToken, key));
  }

  @Writes('signedIn', { facts: [sessionSignedOut] })
  @Mutation(() => SessionSignOutPayload, {
    description: 'Ends the session of the token that makes the request. Idempotent.',
  })
  sessionSignOut(): Run<SessionSignOutPayload> {
    return run((tx) => service.sessionSignOut(tx));
  }

  @Writes('identity.session.actOnBehalf', { facts: [sessionDelegated] })
  @Mutation(() => SessionActOnBehalfPayload, {
    description:
      'Issues a token with which an operator acts on behalf of an actor, for at most an hour. Rights are those that both have, and each fact names both. Errors: NOT_FOUND, FORBIDDEN, INVALID for oneself.',
  })
  async sessionActOnBehalf(
    @Arg('input', () => SessionActOnBehalfInput) input: SessionActOnBehalfInput,
    @Ctx() context: Context,
  ): Promise<Run<AccessToken & { session: Session; actor: Actor }>> {
    checkId(input.actorId, actorPrefixes, ['input', 'actorId']);
    const key = await signingKey(context);
    return run((tx) => service.sessionActOnBehalf(tx, input, key));
  }
}
