import { Arg, Ctx, Field, FieldResolver, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import { Restricted, Writes } from '../../../platform/access/declare.ts';
import { isOperator } from '../../../platform/access/permission.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context, Transaction } from '../../../platform/context/context.ts';
import { Actor } from '../actor/actor.entity.ts';
import { UserType } from '../actor/actor.type.ts';
import {
  actorKeyRevoked,
  emailChanged,
  emailChangeRequested,
  emailChangeStopped,
  emailConfirmationRequested,
  emailConfirmed,
} from '../events.ts';
import { passwordProof } from '../user/password-proof.service.ts';
import { ViewerType } from '../viewer/viewer.type.ts';
import { EmailChangeInput, EmailChangeStopInput, EmailConfirmInput } from './email.input.ts';
import * as service from './email.service.ts';

@ObjectType('EmailConfirmationRequestPayload')
export class EmailConfirmationRequestPayload {
  @Field(() => Boolean, { description: 'False when the address is confirmed already, and no mail goes out.' })
  requested!: boolean;

  @Field(() => ViewerType, { description: 'The viewer, with the address that the link goes to.' })
  viewer!: Actor;
}

@ObjectType('EmailConfirmPayload')
export class EmailConfirmPayload {
  @Field(() => UserType, { description: 'Whose address it is.' })
  user!: Actor;
}

@ObjectType('EmailChangePayload')
export class EmailChangePayload {
  @Field(() => Boolean, {
    description:
      'Always true. A link is sent to the new address, unless another account has it; the answer does not show which.',
  })
  requested!: boolean;

  @Field(() => ViewerType, { description: 'The viewer, still with the present address.' })
  viewer!: Actor;
}

@ObjectType('EmailChangeStopPayload')
export class EmailChangeStopPayload {
  @Field(() => UserType, { description: 'The person, whose e-mail address does not change.' })
  user!: Actor;
}

/** Who asks; the service has loaded them. */
async function viewerOf(tx: Transaction): Promise<Actor> {
  return tx.found(await tx.em.findOne(Actor, { id: tx.actorId }));
}

@Resolver(() => UserType)
export class EmailResolver {
  @Restricted<Actor>('self', (user, context) => context.actor.id === user.id || isOperator(context.actor))
  @FieldResolver(() => Boolean, {
    nullable: true,
    description:
      'Whether the person has shown that they read what is sent to `email`. Seen by the person and by operators; null for everybody else.',
  })
  emailConfirmed(@Root() user: Actor): boolean {
    return Boolean(user.emailConfirmedAt);
  }

  @Writes('signedIn', { facts: [emailConfirmationRequested] })
  @Mutation(() => EmailConfirmationRequestPayload, {
    description:
      'Sends a mail with a link that confirms the address of the viewer. The link can be used once, within 24 hours, until the next one is sent. Errors: FORBIDDEN on behalf of somebody else, TOO_MANY with `retryAfter` after five within an hour.',
  })
  emailConfirmationRequest(): Run<EmailConfirmationRequestPayload> {
    return run(async (tx) => ({ requested: await service.emailConfirmationRequest(tx), viewer: await viewerOf(tx) }));
  }

  @Writes('public', { facts: [emailConfirmed, emailChanged] })
  @Mutation(() => EmailConfirmPayload, {
    description:
      'Confirms an address by the link that was sent to it; after `emailChange` the account has that address from now on. Errors: NOT_FOUND for an unknown link, EXPIRED for one that is used, too old or followed by a newer one, CONFLICT when another account has the address by now.',
  })
  emailConfirm(@Arg('input', () => EmailConfirmInput) input: EmailConfirmInput): Run<EmailConfirmPayload> {
    return run(async (tx) => ({
      user: await service.emailConfirm(tx, input.token),
    }));
  }

  @Writes('public', { facts: [emailChangeStopped, emailChanged, actorKeyRevoked] })
  @Mutation(() => EmailChangeStopPayload, {
    description:
      'Stops a change of address by the link that went to the address before, ends all sessions of the account and revokes the keys of the person’s own agents. Within 48 hours it also takes back a change that is done: the account has the address before again, and no password until one is set by `passwordResetRequest`. Errors: NOT_FOUND for an unknown link, EXPIRED for one that is used, too old or of a change that is over, CONFLICT when another account has the address by now.',
  })
  emailChangeStop(@Arg('input', () => EmailChangeStopInput) input: EmailChangeStopInput): Run<EmailChangeStopPayload> {
    return run(async (tx) => ({
      user: await service.emailChangeStop(tx, input.token),
    }));
  }

  @Writes('signedIn', { facts: [emailChangeRequested] })
  @Mutation(() => EmailChangePayload, {
    description:
      'Requests a change of the e-mail address. The new address receives a link for `emailConfirm`, which completes the change; the present address receives a notice with a link for `emailChangeStop`. Setting a new password cancels the change while it is pending. Errors: INVALID, FORBIDDEN for a wrong password, without a password or on behalf of somebody else, TOO_MANY with `retryAfter`.',
  })
  async emailChange(
    @Arg('input', () => EmailChangeInput) input: EmailChangeInput,
    @Ctx() context: Context,
  ): Promise<Run<EmailChangePayload>> {
    const proof = await passwordProof(context, input.password);
    return run(async (tx): Promise<EmailChangePayload> => {
      await service.emailChange(tx, input, proof);
      return { requested: true, viewer: await viewerOf(tx) };
    });
  }
}
