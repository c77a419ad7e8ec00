import { Arg, Ctx, Field, Mutation, ObjectType, Resolver } from 'type-graphql';
import { Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { UserType } from '../actor/actor.type.ts';
import { userCreated } from '../events.ts';
import { passwordHash } from './password.ts';
import { UserCreateInput } from './user.input.ts';
import { userCreate } from './user.service.ts';

@ObjectType('UserCreatePayload')
export class UserCreatePayload {
  @Field(() => UserType, {
    description: 'The new account. Its address is not confirmed.',
  })
  user!: Actor;
}

@Resolver(() => UserType)
export class UserResolver {
  @Writes('identity.user.create', { facts: [userCreated] })
  @Mutation(() => UserCreatePayload, {
    description:
      'Creates an account with a password, without a mail; for operators and for setting up a house. People sign up by themselves with `userSignUp`. Errors: FORBIDDEN, INVALID, CONFLICT when the e-mail address is taken.',
  })
  async userCreate(
    @Arg('input', () => UserCreateInput) input: UserCreateInput,
    @Ctx() context: Context,
  ): Promise<Run<{ user: Actor }>> {
    const { email, displayName, password } = input;
    const hash = await passwordHash(context, password);
    return run(async (tx) => ({ user: await userCreate(tx, { email, displayName, passwordHash: hash }) }));
  }
}
