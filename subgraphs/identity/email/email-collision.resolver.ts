import { MaxLength } from 'class-validator';
import { Arg, Ctx, Directive, Field, ID, InputType, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { Reads, Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import { IsEmailAddress } from '../../../platform/scalars/email.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { UserType } from '../actor/actor.type.ts';
import { emailChangeRequested } from '../events.ts';
import {
  collisionsAtMost,
  emailCollisions,
  emailCollisionResolve,
  type EmailCollision,
} from './email-collision.service.ts';

@ObjectType('EmailCollision', {
  description:
    'Two accounts whose e-mail addresses became one when addresses got one form. Nobody can sign in to `user` by its address until one of the two has another.',
})
export class EmailCollisionType implements EmailCollision {
  @Field(() => UserType, { description: 'The account that keeps its address as it was stored.' })
  user!: Actor;

  @Field(() => String, { description: 'The normal form of that address.' })
  email!: string;

  @Field(() => UserType, {
    nullable: true,
    description:
      'The account that has the address. Null if none has it any more: `emailCollisionResolve` can then give it to `user`.',
  })
  holder!: Actor | null;
}

@InputType('EmailCollisionResolveInput')
export class EmailCollisionResolveInput {
  @Field(() => ID, { description: 'The `user` or `holder` of an `EmailCollision`: `usr_…`.' })
  @MaxLength(40)
  userId!: string;

  @Field(() => String, { description: 'The new address; at most 254 characters.' })
  @IsEmailAddress()
  email!: string;
}

@ObjectType('EmailCollisionResolvePayload')
export class EmailCollisionResolvePayload {
  @Field(() => EmailCollisionType, { description: 'The collision, which lasts until the new address is confirmed.' })
  emailCollision!: EmailCollision;
}

@Resolver()
export class EmailCollisionResolver {
  @Reads('identity.emailCollision.resolve')
  @Directive(`@listSize(assumedSize: ${collisionsAtMost})`)
  @Query(() => [EmailCollisionType], {
    nullable: true,
    description:
      'Accounts whose e-mail address another account has too, the oldest first; at most 100. For operators, who resolve each with `emailCollisionResolve`. Errors: UNAUTHENTICATED, FORBIDDEN.',
  })
  emailCollisions(@Ctx() context: Context): Promise<EmailCollision[]> {
    return emailCollisions(context);
  }

  @Writes('identity.emailCollision.resolve', { facts: [emailChangeRequested] })
  @Mutation(() => EmailCollisionResolvePayload, {
    description:
      'Asks for another e-mail address of an account that is in one of `emailCollisions`, for operators. A link goes to the new address, and `emailConfirm` makes it the one of the account; the present address is told, with a link for `emailChangeStop`. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT for an account without a collision and for an address that is taken, TOO_MANY with `retryAfter` in seconds after five within an hour.',
  })
  emailCollisionResolve(
    @Arg('input', () => EmailCollisionResolveInput) input: EmailCollisionResolveInput,
  ): Run<EmailCollisionResolvePayload> {
    checkId(input.userId, 'usr', ['input', 'userId']);
    return run(async (tx) => ({ emailCollision: await emailCollisionResolve(tx, input) }));
  }
}
