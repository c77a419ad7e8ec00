import { MaxLength } from 'class-validator';
import { Arg, Ctx, Field, FieldResolver, ID, InputType, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import { Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import { Verbatim } from '../../../platform/subgraph/normal-input.ts';
import { DateTime, JsonValue } from '../../../platform/scalars/scalars.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { actorClosed, invitationRevoked, membershipRemoved, userClosed } from '../events.ts';
import { ViewerType } from '../viewer/viewer.type.ts';
import { passwordProof } from '../user/password-proof.service.ts';
import { userClose } from './closing.service.ts';
import { identityExport } from './export.service.ts';

@InputType('UserCloseInput')
export class UserCloseInput {
  @Field(() => String, {
    nullable: true,
    description: 'The viewer’s password; it may be absent within ten minutes of signing in.',
  })
  @MaxLength(200)
  @Verbatim()
  password?: string | null;
}

@ObjectType('UserClosePayload')
export class UserClosePayload {
  @Field(() => ID, { description: 'The id, which stays in what refers to it.' })
  userId!: string;

  @Field(() => DateTime)
  closedAt!: Date;
}

@Resolver(() => ViewerType)
export class ClosingResolver {
  @FieldResolver(() => JsonValue, {
    nullable: true,
    description:
      'Everything that identity keeps about the viewer, machine readable: profile, memberships, sessions, addresses, agents, invitations and mails, at most 1,000 of each. Null for whoever acts on behalf of somebody.',
  })
  identityExport(@Root() viewer: Actor, @Ctx() context: Context): Promise<Record<string, unknown>> | null {
    return context.actor.delegate === null ? identityExport(context, viewer) : null;
  }

  @Writes('signedIn', { facts: [userClosed, membershipRemoved, actorClosed, invitationRevoked] })
  @Mutation(() => UserClosePayload, {
    description:
      'Closes the viewer’s account, at once and for good: name, e-mail address, profile, password, addresses, mails and the places of sessions are erased, all sessions and the viewer’s agents end, and the e-mail address is free again. Errors: FORBIDDEN without the password or a fresh session, CONFLICT for the last owner of organizations, with an issue for each, and for the last operator, TOO_MANY.',
  })
  async userClose(
    @Arg('input', () => UserCloseInput) input: UserCloseInput,
    @Ctx() context: Context,
  ): Promise<Run<UserClosePayload>> {
    const { password = null } = input;
    const proof = password === null ? null : await passwordProof(context, password);
    return run((tx) => userClose(tx, proof));
  }
}
