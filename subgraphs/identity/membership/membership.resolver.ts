import { MaxLength } from 'class-validator';
import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { Reads, Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { OrganizationRole } from '../../../platform/context/actor.ts';
import type { Context } from '../../../platform/context/context.ts';
import { actorPrefixes, checkId } from '../../../platform/ids/ids.ts';
import type { FilterInput } from '../../../platform/nouns/filter.ts';
import type { Connection } from '../../../platform/nouns/noun.ts';
import { LimitSorts, PageArgs } from '../../../platform/nouns/page.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { actors } from '../actor/actor.query.ts';
import { OrganizationType } from '../actor/actor.type.ts';
import { membershipGranted, membershipRemoved } from '../events.ts';
import type { EndedMembership, Membership } from './membership.entity.ts';
import { memberships } from './membership.query.ts';
import { membersOf, membershipGrant, membershipRemove } from './membership.service.ts';
import { MembershipType, OrganizationRoleEnum } from './membership.type.ts';

@ArgsType()
export class MembershipsArgs extends PageArgs {
  @Field(() => memberships.Filter, {
    nullable: true,
    description: 'Conditions on the memberships; all visible memberships if absent.',
  })
  filter?: FilterInput;

  @Field(() => [memberships.Sort], { nullable: true, description: 'At most four. Default: newest first.' })
  @LimitSorts
  sort?: string[];
}

@InputType('MembershipGrantInput')
export class MembershipGrantInput {
  @Field(() => ID, { description: 'The organization.' })
  @MaxLength(40)
  organizationId!: string;

  @Field(() => ID, { description: 'The member, or an agent or service to let in.' })
  @MaxLength(40)
  actorId!: string;

  @Field(() => OrganizationRoleEnum, { description: 'The new role, up to the role of the viewer.' })
  role!: OrganizationRole;
}

@ObjectType('MembershipGrantPayload')
export class MembershipGrantPayload {
  @Field(() => MembershipType, { description: 'The membership with its new role.' })
  membership!: Membership;
}

@InputType('MembershipRemoveInput')
export class MembershipRemoveInput {
  @Field(() => ID, { description: 'The membership to end.' })
  @MaxLength(40)
  membershipId!: string;
}

@ObjectType('MembershipRemovePayload')
export class MembershipRemovePayload {
  @Field(() => MembershipType, { description: 'The membership that has ended.' })
  membership!: EndedMembership;
}

@Resolver(() => MembershipType)
export class MembershipResolver {
  @Reads('signedIn')
  @Query(() => memberships.Connection, {
    description:
      'Memberships of the viewer and of all members of the viewer’s organizations, the newest first; for operators all. Errors: UNAUTHENTICATED, INVALID.',
  })
  memberships(
    @Args(() => MembershipsArgs) args: MembershipsArgs,
    @Ctx() context: Context,
  ): Promise<Connection<Membership>> {
    return memberships.list(context, args);
  }

  @Reads('signedIn')
  @Query(() => MembershipType, {
    nullable: true,
    description:
      'A membership by its id. Null if it does not exist, has ended or is not visible to the viewer. Errors: UNAUTHENTICATED, INVALID for an id of another kind.',
  })
  membership(
    @Arg('id', () => ID, { description: 'Id of the membership: `mbr_…`.' }) id: string,
    @Ctx() context: Context,
  ): Promise<Membership | null> {
    return memberships.load(context, checkId(id, 'mbr', ['id']));
  }

  @FieldResolver()
  organization(@Root() membership: Membership, @Ctx() context: Context): Promise<Actor | null> {
    return actors.load(context, membership.organizationId);
  }

  @FieldResolver()
  actor(@Root() membership: Membership, @Ctx() context: Context): Promise<Actor | null> {
    return actors.load(context, membership.actorId);
  }

  @Writes('identity.membership.grant', { facts: [membershipGranted] })
  @Mutation(() => MembershipGrantPayload, {
    description:
      'Changes the role of a member of an organization. It makes no person a member: invite them with `invitationSend`. An agent or service becomes a member at once if the viewer manages it too. The role is at most that of the viewer. Idempotent. Errors: NOT_FOUND, FORBIDDEN for a role above the viewer’s own and on behalf of somebody else, CONFLICT if the person is not a member or if no owner would be left.',
  })
  membershipGrant(
    @Arg('input', () => MembershipGrantInput) input: MembershipGrantInput,
  ): Run<{ membership: Membership }> {
    checkId(input.organizationId, 'org', ['input', 'organizationId']);
    checkId(input.actorId, actorPrefixes, ['input', 'actorId']);
    return run(async (tx) => ({ membership: await membershipGrant(tx, input) }));
  }

  @Writes('identity.membership.remove', { facts: [membershipRemoved] })
  @Mutation(() => MembershipRemovePayload, {
    description:
      'Removes a member from an organization; members also leave by it. Repeating the call within 30 days returns the same membership. Errors: NOT_FOUND, FORBIDDEN for a role above the viewer’s own, CONFLICT if no owner would be left.',
  })
  membershipRemove(
    @Arg('input', () => MembershipRemoveInput) input: MembershipRemoveInput,
  ): Run<{ membership: EndedMembership }> {
    checkId(input.membershipId, 'mbr', ['input', 'membershipId']);
    return run(async (tx) => ({ membership: await membershipRemove(tx, input) }));
  }
}

@Resolver(() => OrganizationType)
export class OrganizationMembersResolver {
  @Directive('@listSize(assumedSize: 100)')
  @Directive('@tag(name: "self")')
  @FieldResolver(() => [MembershipType], {
    description:
      'Memberships in the organization, the oldest first; at most 100. `memberships(filter: { organizationId })` lists all. Visible to members and operators; empty for everybody else.',
  })
  members(@Root() organization: Actor, @Ctx() context: Context): Promise<Membership[]> {
    return membersOf(context, organization.id);
  }
}
