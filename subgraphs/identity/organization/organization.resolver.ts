import { Length } from 'class-validator';
import {
  Arg,
  Args,
  ArgsType,
  Ctx,
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
import type { Context } from '../../../platform/context/context.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import type { FilterInput } from '../../../platform/nouns/filter.ts';
import type { Connection } from '../../../platform/nouns/noun.ts';
import { NotBlank } from '../../../platform/scalars/text.ts';
import { LimitSorts, PageArgs } from '../../../platform/nouns/page.ts';
import type { Actor, OrganizationKind } from '../actor/actor.entity.ts';
import { actors, organizations } from '../actor/actor.query.ts';
import { OrganizationKindEnum, OrganizationType } from '../actor/actor.type.ts';
import { membershipGranted, organizationCreated } from '../events.ts';
import type { Membership } from '../membership/membership.entity.ts';
import { MembershipType } from '../membership/membership.type.ts';
import { childrenOf, organizationCreate } from './organization.service.ts';

@ArgsType()
export class OrganizationsArgs extends PageArgs {
  @Field(() => organizations.Filter, {
    nullable: true,
    description: 'Conditions on the organizations; all that the viewer may find if absent.',
  })
  filter?: FilterInput;

  @Field(() => [organizations.Sort], { nullable: true, description: 'At most four. Default: newest first.' })
  @LimitSorts
  sort?: string[];
}

@InputType('OrganizationCreateInput')
export class OrganizationCreateInput {
  @Field(() => String, { description: '1 to 120 characters.' })
  @Length(1, 120)
  @NotBlank()
  displayName!: string;

  @Field(() => OrganizationKindEnum, { defaultValue: 'COMPANY', description: 'What the organization is.' })
  organizationKind!: OrganizationKind;
}

@ObjectType('OrganizationCreatePayload')
export class OrganizationCreatePayload {
  @Field(() => OrganizationType, { description: 'The new organization.' })
  organization!: Actor;

  @Field(() => MembershipType, { description: 'The founder’s own, as OWNER.' })
  membership!: Membership;
}

@Resolver(() => OrganizationType)
export class OrganizationResolver {
  @Reads('public')
  @Query(() => OrganizationType, {
    nullable: true,
    description: 'An organization by its id. Null when there is none. Errors: INVALID for an id of another kind.',
  })
  organization(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<Actor | null> {
    return actors.load(context, checkId(id, 'org', ['id']));
  }

  @Reads('public')
  @Query(() => organizations.Connection, {
    description: 'The organizations that the viewer may find, the newest first. Errors: INVALID.',
  })
  organizations(
    @Args(() => OrganizationsArgs) args: OrganizationsArgs,
    @Ctx() context: Context,
  ): Promise<Connection<Actor>> {
    return organizations.list(context, args);
  }

  @FieldResolver()
  parent(@Root() organization: Actor, @Ctx() context: Context): Promise<Actor | null> {
    return organizations.load(context, organization.ownerId);
  }

  @FieldResolver()
  children(@Root() organization: Actor, @Ctx() context: Context): Promise<Actor[]> {
    return childrenOf(context, organization.id);
  }

  @Writes('signedIn', { facts: [organizationCreated, membershipGranted] })
  @Mutation(() => OrganizationCreatePayload, {
    description:
      'Founds an organization; the founder becomes its owner. Errors: INVALID, FORBIDDEN on behalf of somebody else, as by a person’s agent, TOO_MANY with `retryAfter` after ten within a day, CONFLICT for the owner of 50 or the member of a hundred organizations.',
  })
  organizationCreate(
    @Arg('input', () => OrganizationCreateInput) input: OrganizationCreateInput,
  ): Run<{ organization: Actor; membership: Membership }> {
    return run((tx) => organizationCreate(tx, input));
  }
}
