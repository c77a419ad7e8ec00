import { Length, MaxLength } from 'class-validator';
import { Arg, Field, ID, InputType, Mutation, ObjectType, Resolver } from 'type-graphql';
import { Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import { NotBlank } from '../../../platform/scalars/text.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { ServiceType } from '../actor/actor.type.ts';
import { serviceCreated } from '../events.ts';
import { serviceCreate } from './service.service.ts';

@InputType('ServiceCreateInput')
export class ServiceCreateInput {
  @Field(() => String, { description: '1 to 80 characters.' })
  @Length(1, 80)
  @NotBlank()
  displayName!: string;

  @Field(() => ID, { description: 'The organization that owns the service.' })
  @MaxLength(40)
  organizationId!: string;
}

@ObjectType('ServiceCreatePayload')
export class ServiceCreatePayload {
  @Field(() => ServiceType, { description: 'The new service. It signs in with keys from `actorKeyCreate`.' })
  service!: Actor;
}

@Resolver(() => ServiceType)
export class ServiceResolver {
  @Writes('identity.service.create', { facts: [serviceCreated] })
  @Mutation(() => ServiceCreatePayload, {
    description:
      'Creates a service of an organization. Errors: NOT_FOUND, FORBIDDEN, CONFLICT with a thousand agents and services of one owner.',
  })
  serviceCreate(@Arg('input', () => ServiceCreateInput) input: ServiceCreateInput): Run<{ service: Actor }> {
    checkId(input.organizationId, 'org', ['input', 'organizationId']);
    return run(async (tx) => ({ service: await serviceCreate(tx, input) }));
  }
}
