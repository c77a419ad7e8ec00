import { ArrayMaxSize, Length, MaxLength } from 'class-validator';
import {
  Arg,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Resolver,
  Root,
} from 'type-graphql';
import { Restricted, Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import { NotBlank } from '../../../platform/scalars/text.ts';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { actors } from '../actor/actor.query.ts';
import { ServiceType } from '../actor/actor.type.ts';
import { serviceCreated, serviceKeyCreated, serviceKeyRevoked } from '../events.ts';
import type { ServiceKey } from './service-key.entity.ts';
import { ServiceKeyType } from './service-key.type.ts';
import { keysOf, serviceCreate, serviceKeyCreate, serviceKeyRevoke } from './service.service.ts';

@InputType('ServiceCreateInput')
export class ServiceCreateInput {
  @Field(() => String, { description: '1 to 80 characters.' })
  @Length(1, 80)
  @NotBlank()
  displayName!: string;

  @Field(() => ID)
  @MaxLength(40)
  organizationId!: string;
}

@ObjectType('ServiceCreatePayload')
export class ServiceCreatePayload {
  @Field(() => ServiceType)
  service!: Actor;
}

@InputType('ServiceKeyCreateInput')
export class ServiceKeyCreateInput {
  @Field(() => ID)
  @MaxLength(40)
  serviceId!: string;

  @Field(() => String, { description: 'What it is for; 1 to 80 characters.' })
  @Length(1, 80)
  @NotBlank()
  name!: string;

  @Field(() => [String], {
    nullable: true,
    description: 'Permissions to which the key is limited, at most 50; absent is no limit.',
  })
  @ArrayMaxSize(50)
  @MaxLength(100, { each: true })
  scopes?: string[] | null;

  @Field(() => DateTime, { nullable: true, description: 'When it ends, in the future; absent is never.' })
  expiresAt?: Date | null;
}

@ObjectType('ServiceKeyCreatePayload')
export class ServiceKeyCreatePayload {
  @Field(() => ServiceKeyType)
  serviceKey!: ServiceKey;

  @Field(() => String, { description: 'The key itself. It is shown this once.' })
  key!: string;
}

@InputType('ServiceKeyRevokeInput')
export class ServiceKeyRevokeInput {
  @Field(() => ID)
  @MaxLength(40)
  serviceKeyId!: string;
}

@ObjectType('ServiceKeyRevokePayload')
export class ServiceKeyRevokePayload {
  @Field(() => ServiceKeyType)
  serviceKey!: ServiceKey;
}

@Resolver(() => ServiceKeyType)
export class ServiceResolver {
  @FieldResolver()
  service(@Root() key: ServiceKey, @Ctx() context: Context): Promise<Actor | null> {
    return actors.load(context, key.serviceId);
  }

  @Writes('identity.service.create', { facts: [serviceCreated] })
  @Mutation(() => ServiceCreatePayload, {
    description:
      'Creates a service of an organization. Errors: NOT_FOUND, FORBIDDEN, CONFLICT with a thousand agents and services of one owner.',
  })
  serviceCreate(@Arg('input', () => ServiceCreateInput) input: ServiceCreateInput): Run<{ service: Actor }> {
    checkId(input.organizationId, 'org', ['input', 'organizationId']);
    return run(async (tx) => ({ service: await serviceCreate(tx, input) }));
  }

  @Writes('identity.serviceKey.create', { facts: [serviceKeyCreated] })
  @Mutation(() => ServiceKeyCreatePayload, {
    description:
      'Makes a key for a service; the answer shows it once. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT with 50 keys that are good.',
  })
  serviceKeyCreate(
    @Arg('input', () => ServiceKeyCreateInput) input: ServiceKeyCreateInput,
  ): Run<{ serviceKey: ServiceKey; key: string }> {
    checkId(input.serviceId, 'svc', ['input', 'serviceId']);
    return run((tx) => serviceKeyCreate(tx, input));
  }

  @Writes('identity.serviceKey.revoke', { facts: [serviceKeyRevoked] })
  @Mutation(() => ServiceKeyRevokePayload, {
    description: 'Revokes a key; revoking it again changes nothing. Errors: NOT_FOUND.',
  })
  serviceKeyRevoke(
    @Arg('input', () => ServiceKeyRevokeInput) input: ServiceKeyRevokeInput,
  ): Run<{ serviceKey: ServiceKey }> {
    checkId(input.serviceKeyId, 'sky', ['input', 'serviceKeyId']);
    return run(async (tx) => ({ serviceKey: await serviceKeyRevoke(tx, input) }));
  }
}

@Resolver(() => ServiceType)
export class ServiceKeysResolver {
  @Restricted<Actor>('self', (service, context) => context.can('identity.serviceKey.create', service.ownerId ?? null))
  @Directive('@listSize(assumedSize: 50)')
  @FieldResolver(() => [ServiceKeyType], {
    nullable: true,
    description:
      'The keys that are good, the newest first; at most 50, and never the keys themselves. Seen by those who may make one, null for everybody else.',
  })
  keys(@Root() service: Actor, @Ctx() context: Context): Promise<ServiceKey[]> {
    return keysOf(context, service.id);
  }
}
