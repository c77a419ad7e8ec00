import { MaxLength } from 'class-validator';
import {
  Arg,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  InputType,
  Mutation,
  ObjectType,
  Resolver,
  Root,
} from 'type-graphql';
import { Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import { Verbatim } from '../../../platform/subgraph/normal-input.ts';
import { JsonValue } from '../../../platform/scalars/scalars.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { UserType } from '../actor/actor.type.ts';
import { actorClosed, invitationRevoked, membershipRemoved, userClosed } from '../events.ts';
import { ViewerType } from '../viewer/viewer.type.ts';
import { passwordProof } from '../user/password-proof.service.ts';
import type { CloseBlocker } from '../business/open-business.entity.ts';
import { CloseBlockerType } from '../business/open-business.type.ts';
import { closeBlockers, userClose } from './closing.service.ts';
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
  @Field(() => UserType, { description: 'The closed account. Its id stays in everything that refers to it.' })
  user!: Actor;
}

@Resolver(() => ViewerType)
export class ClosingResolver {
  @FieldResolver(() => JsonValue, {
    nullable: true,
    description:
      'Export of all data that the identity system stores about the viewer, as JSON: profile, memberships, sessions, addresses, agents, invitations and mails; at most 1,000 of each. Null when acting on behalf of somebody else.',
  })
  identityExport(@Root() viewer: Actor, @Ctx() context: Context): Promise<Record<string, unknown>> | null {
    return context.actor.delegate === null ? identityExport(context, viewer) : null;
  }

  @Directive('@listSize(assumedSize: 200)')
  @FieldResolver(() => [CloseBlockerType], {
    description:
      'What prevents the viewer’s account from being closed: lots that are up for auction, led or not settled, assets offered to somebody, and organizations without another owner. Follows other systems within moments. At most 100 of lots and offers, and 100 organizations; empty when the account can be closed.',
  })
  closeBlockers(@Ctx() context: Context): Promise<CloseBlocker[]> {
    return closeBlockers(context);
  }

  @Writes('signedIn', { facts: [userClosed, membershipRemoved, actorClosed, invitationRevoked] })
  @Mutation(() => UserClosePayload, {
    description:
      'Closes the viewer’s account, at once and for good: name, e-mail address, profile, password, addresses, mails and the places of sessions are erased, all sessions and the viewer’s agents end, and the e-mail address is free again. Errors: FORBIDDEN without the password or a fresh session, CONFLICT while others rely on it, with an issue for each of `viewer { closeBlockers }`, and for the last operator, TOO_MANY. Other systems archive what was theirs: assets, drafts of lots, watches; offers of assets end.',
  })
  async userClose(
    @Arg('input', () => UserCloseInput) input: UserCloseInput,
    @Ctx() context: Context,
  ): Promise<Run<UserClosePayload>> {
    const { password = null } = input;
    const proof = password === null ? null : await passwordProof(context, password);
    return run(async (tx) => ({ user: await userClose(tx, proof) }));
  }
}
