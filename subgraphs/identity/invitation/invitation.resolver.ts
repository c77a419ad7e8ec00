import {
  Arg,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  ID,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { Reads, Restricted, Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { actors } from '../actor/actor.query.ts';
import { OrganizationType } from '../actor/actor.type.ts';
import {
  invitationAccepted,
  invitationDeclined,
  invitationRevoked,
  invitationSent,
  membershipGranted,
} from '../events.ts';
import type { Membership } from '../membership/membership.entity.ts';
import { MembershipType } from '../membership/membership.type.ts';
import { ViewerType } from '../viewer/viewer.type.ts';
import type { Invitation, InvitationStatus } from './invitation.entity.ts';
import {
  InvitationAcceptInput,
  InvitationDeclineInput,
  InvitationRevokeInput,
  InvitationSendInput,
} from './invitation.input.ts';
import { invitations } from './invitation.query.ts';
import * as service from './invitation.service.ts';
import { InvitationType } from './invitation.type.ts';

@ObjectType('InvitationSendPayload')
export class InvitationSendPayload {
  @Field(() => InvitationType, { description: 'The invitation after the call.' })
  invitation!: Invitation;
}

@ObjectType('InvitationAcceptPayload')
export class InvitationAcceptPayload {
  @Field(() => InvitationType, { description: 'The invitation after the call.' })
  invitation!: Invitation;

  @Field(() => MembershipType, {
    description: 'The membership. A member keeps a role that includes the one of the invitation.',
  })
  membership!: Membership;
}

@ObjectType('InvitationDeclinePayload')
export class InvitationDeclinePayload {
  @Field(() => InvitationType, { description: 'The invitation after the call.' })
  invitation!: Invitation;
}

@ObjectType('InvitationRevokePayload')
export class InvitationRevokePayload {
  @Field(() => InvitationType, { description: 'The invitation after the call.' })
  invitation!: Invitation;
}

@Resolver(() => InvitationType)
export class InvitationResolver {
  @Reads('signedIn')
  @Query(() => InvitationType, {
    nullable: true,
    description:
      'An invitation by its id, for the invited person, for those who may invite to the organization, and for operators. Null if it does not exist or is not visible to the viewer. Errors: UNAUTHENTICATED, INVALID for an id of another kind.',
  })
  invitation(
    @Arg('id', () => ID, { description: 'Id of the invitation: `inv_…`.' }) id: string,
    @Ctx() context: Context,
  ): Promise<Invitation | null> {
    return invitations.load(context, checkId(id, 'inv', ['id']));
  }

  @FieldResolver()
  organization(@Root() invitation: Invitation, @Ctx() context: Context): Promise<Actor | null> {
    return actors.load(context, invitation.organizationId);
  }

  @FieldResolver()
  actor(@Root() invitation: Invitation, @Ctx() context: Context): Promise<Actor | null> {
    return actors.load(context, invitation.actorId);
  }

  @FieldResolver()
  invitedBy(@Root() invitation: Invitation, @Ctx() context: Context): Promise<Actor | null> {
    return actors.load(context, invitation.invitedBy);
  }

  @FieldResolver()
  status(@Root() invitation: Invitation, @Ctx() context: Context): InvitationStatus {
    return invitation.statusAt(context.now());
  }

  @Writes('identity.invitation.send', { facts: [invitationSent] })
  @Mutation(() => InvitationSendPayload, {
    description:
      'Invites somebody to join an organization: a known person by id, or an e-mail address with or without an account. Nobody is a member before they accept. Inviting again makes it valid for another seven days, and makes the earlier link void. Nobody invites to a role above their own, and nobody on behalf of somebody else. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT for a member, when 200 of the organization are open, or when a hundred wait for that person, TOO_MANY with `retryAfter` after five to one address or a hundred in all within an hour.',
  })
  invitationSend(@Arg('input', () => InvitationSendInput) input: InvitationSendInput): Run<InvitationSendPayload> {
    checkId(input.organizationId, 'org', ['input', 'organizationId']);
    service.checkOneInvitee(input);
    if (input.actorId) checkId(input.actorId, 'usr', ['input', 'actorId']);
    return run(async (tx) => ({ invitation: await service.invitationSend(tx, input) }));
  }

  @Writes('signedIn', { facts: [invitationAccepted, membershipGranted] })
  @Mutation(() => InvitationAcceptPayload, {
    description:
      'Accepts an invitation, by the token of its link or by the id of one of `viewer { invitations }`, and joins the organization. The membership is in force at once. Repeating the call returns the same membership. Errors: NOT_FOUND, INVALID, FORBIDDEN on behalf of somebody else, CONFLICT for a member of 100 organizations, EXPIRED if the invitation is older than seven days, was declined, revoked or accepted by somebody else, or if its sender may not invite any more.',
  })
  invitationAccept(
    @Arg('input', () => InvitationAcceptInput) input: InvitationAcceptInput,
  ): Run<InvitationAcceptPayload> {
    service.checkOneWay(input);
    if (input.invitationId) checkId(input.invitationId, 'inv', ['input', 'invitationId']);
    return run((tx) => service.invitationAccept(tx, input));
  }

  @Writes('signedIn', { facts: [invitationDeclined] })
  @Mutation(() => InvitationDeclinePayload, {
    description:
      'Declines one of `viewer { invitations }`. Idempotent. Errors: NOT_FOUND, FORBIDDEN, CONFLICT when it was accepted, EXPIRED when it was revoked.',
  })
  invitationDecline(
    @Arg('input', () => InvitationDeclineInput) input: InvitationDeclineInput,
  ): Run<InvitationDeclinePayload> {
    checkId(input.invitationId, 'inv', ['input', 'invitationId']);
    return run(async (tx) => ({ invitation: await service.invitationDecline(tx, input.invitationId) }));
  }

  @Writes('identity.invitation.revoke', { facts: [invitationRevoked] })
  @Mutation(() => InvitationRevokePayload, {
    description:
      'Revokes an invitation. Idempotent. Errors: NOT_FOUND, FORBIDDEN for a role above the viewer’s own, CONFLICT if it was accepted.',
  })
  invitationRevoke(
    @Arg('input', () => InvitationRevokeInput) input: InvitationRevokeInput,
  ): Run<InvitationRevokePayload> {
    checkId(input.invitationId, 'inv', ['input', 'invitationId']);
    return run(async (tx) => ({ invitation: await service.invitationRevoke(tx, input) }));
  }
}

@Resolver(() => OrganizationType)
export class OrganizationInvitationsResolver {
  @Restricted<Actor>('self', (organization, context) => context.can('identity.invitation.send', organization.id))
  @Directive('@listSize(assumedSize: 200)')
  @FieldResolver(() => [InvitationType], {
    nullable: true,
    description:
      'Open and expired invitations, the newest first; at most 200. Visible to those who may invite; null for everybody else.',
  })
  invitations(@Root() organization: Actor, @Ctx() context: Context): Promise<Invitation[]> {
    return service.invitationsOf(context, organization.id);
  }
}

@Resolver(() => ViewerType)
export class ViewerInvitationsResolver {
  @Directive('@listSize(assumedSize: 200)')
  @FieldResolver(() => [InvitationType], {
    description:
      'Open invitations of the viewer, and of the viewer’s address once it is confirmed, the newest first; at most 200.',
  })
  invitations(@Root() viewer: Actor, @Ctx() context: Context): Promise<Invitation[]> {
    return service.invitationsFor(context, viewer);
  }
}
