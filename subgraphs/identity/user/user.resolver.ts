import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { ArrayMaxSize, MaxLength } from 'class-validator';
import { Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import type { PlatformRole } from '../../../platform/context/actor.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { platformRoleSet } from '../actor/actor.service.ts';
import { ActorType, UserType } from '../actor/actor.type.ts';
import { PlatformRoleEnum } from '../actor/platform-role.ts';
import { platformRolesSet, sessionSignedIn, userSignedUp } from '../events.ts';
import { sessionStart, type TokenPair } from '../session/session.service.ts';
import { SessionTokens } from '../session/session.type.ts';
import { signingKey } from '../signing/signing.service.ts';
import { passwordHash } from './password.ts';
import { UserSignUpInput } from './user.input.ts';
import { userSignUp } from './user.service.ts';

@ObjectType('UserSignUpPayload', { implements: SessionTokens })
export class UserSignUpPayload extends SessionTokens {
  @Field(() => UserType)
  user!: Actor;
}

@InputType('PlatformRoleSetInput')
export class PlatformRoleSetInput {
  @Field(() => ID)
  @MaxLength(40)
  actorId!: string;

  @Field(() => [PlatformRoleEnum], { description: 'The roles from now on; an empty list takes all.' })
  @ArrayMaxSize(4)
  roles!: PlatformRole[];
}

@ObjectType('PlatformRoleSetPayload')
export class PlatformRoleSetPayload {
  @Field(() => ActorType)
  actor!: Actor;
}

@Resolver(() => UserType)
export class UserResolver {
  @Writes('public', { facts: [userSignedUp, sessionSignedIn] })
  @Mutation(() => UserSignUpPayload, {
    description: 'Signs up and signs in. Errors: CONFLICT when the e-mail address is taken, INVALID.',
  })
  async userSignUp(
    @Arg('input', () => UserSignUpInput) input: UserSignUpInput,
    @Ctx() context: Context,
  ): Promise<Run<TokenPair & { user: Actor }>> {
    const hash = await passwordHash(input.password);
    const key = await signingKey(context);
    return run(async (tx) => {
      const user = await userSignUp(tx, { email: input.email, displayName: input.displayName, passwordHash: hash });
      return { user, ...(await sessionStart(tx, user, key)) };
    });
  }

  @Writes('identity.platformRole.set', { facts: [platformRolesSet] })
  @Mutation(() => PlatformRoleSetPayload, {
    description: 'Sets the platform roles of somebody. Errors: NOT_FOUND, FORBIDDEN.',
  })
  platformRoleSet(@Arg('input', () => PlatformRoleSetInput) input: PlatformRoleSetInput): Run<{ actor: Actor }> {
    checkId(input.actorId, ['usr', 'svc', 'agt'], ['input', 'actorId']);
    return run(async (tx) => ({ actor: await platformRoleSet(tx, input) }));
  }
}
