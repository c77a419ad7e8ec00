import { MaxLength } from 'class-validator';
import { Arg, Ctx, Field, FieldResolver, ID, InputType, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import { Restricted, Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import { JsonValue } from '../../../platform/scalars/scalars.ts';
import { Verbatim } from '../../../platform/subgraph/normal-input.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { OrganizationType } from '../actor/actor.type.ts';
import { actorClosed, invitationRevoked, membershipRemoved, organizationClosed } from '../events.ts';
import { passwordProof } from '../user/password-proof.service.ts';
import { organizationExport } from './export.service.ts';
import { organizationClose } from './organization-closing.service.ts';

@InputType('OrganizationCloseInput')
export class OrganizationCloseInput {
  @Field(() => ID, { description: 'The organization to close.' })
  @MaxLength(40)
  organizationId!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The viewer’s own password; it may be absent within ten minutes of signing in.',
  })
  @MaxLength(200)
  @Verbatim()
  password?: string | null;
}

@ObjectType('OrganizationClosePayload')
export class OrganizationClosePayload {
  @Field(() => OrganizationType, {
    description: 'The closed organization. Its id and name stay in everything that refers to it.',
  })
  organization!: Actor;
}

@Resolver(() => OrganizationType)
export class OrganizationClosingResolver {
  @Restricted<Actor>('self', (organization, context) => context.can('identity.organization.close', organization.id))
  @FieldResolver(() => JsonValue, {
    nullable: true,
    description:
      'Export of all data that the identity system stores about the organization, as JSON: profile, members, invitations, addresses, agents, services and keys; at most 1,000 of each. Only for its owners, acting themselves; otherwise null.',
  })
  identityExport(@Root() organization: Actor, @Ctx() context: Context): Promise<Record<string, unknown>> | null {
    return context.actor.delegate === null ? organizationExport(context, organization) : null;
  }

  @Writes('identity.organization.close', {
    facts: [organizationClosed, membershipRemoved, actorClosed, invitationRevoked],
  })
  @Mutation(() => OrganizationClosePayload, {
    description:
      'Closes an organization, at once and for good, by one of its owners. Profile, addresses and invitations are erased, memberships, agents, services and keys end; its id and name stay in what refers to it. The person who closed it may repeat the call and gets the same result. Errors: NOT_FOUND, FORBIDDEN without the password or a fresh session, CONFLICT with an issue for each hindrance (it owns assets that are not archived, or organizations stand under it), TOO_MANY.',
  })
  async organizationClose(
    @Arg('input', () => OrganizationCloseInput) input: OrganizationCloseInput,
    @Ctx() context: Context,
  ): Promise<Run<OrganizationClosePayload>> {
    checkId(input.organizationId, 'org', ['input', 'organizationId']);
    const { organizationId, password = null } = input;
    const proof = password === null ? null : await passwordProof(context, password);
    return run(async (tx) => ({ organization: await organizationClose(tx, organizationId, proof) }));
  }
}
