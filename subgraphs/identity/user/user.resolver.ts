import { Arg, Ctx, Field, ID, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { Reads, Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { actors } from '../actor/actor.query.ts';
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
  @Reads('public')
  @Query(() => UserType, {
    nullable: true,
    description:
      'A person by their id; also a closed one. Null if there is none. Errors: INVALID for an id of another kind.',
  })
  user(
    @Arg('id', () => ID, { description: 'Id of the person: `usr_…`.' }) id: string,
    @Ctx() context: Context,
  ): Promise<Actor | null> {
    return actors.load(context, checkId(id, 'usr', ['id']));
  }

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
