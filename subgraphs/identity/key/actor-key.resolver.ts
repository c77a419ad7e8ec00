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
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { Reads, Restricted, Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import { NotBlank } from '../../../platform/scalars/text.ts';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { actors } from '../actor/actor.query.ts';
import { AgentType, ServiceType } from '../actor/actor.type.ts';
import { actorKeyCreated, actorKeyRevoked } from '../events.ts';
import type { ActorKey } from './actor-key.entity.ts';
import { actorKeyCreate, actorKeyRevoke, keysOf } from './actor-key.service.ts';
import { actorKeys } from './actor-key.query.ts';
import { ActorKeyType } from './actor-key.type.ts';

@InputType('ActorKeyCreateInput')
export class ActorKeyCreateInput {
  @Field(() => ID, { description: 'An agent or a service.' })
  @MaxLength(40)
  actorId!: string;

  @Field(() => String, { description: 'What it is for; 1 to 80 characters.' })
  @Length(1, 80)
  @NotBlank()
  name!: string;

  @Field(() => [String], {
    nullable: true,
    description:
      'What the key is limited to, at most 100 scopes: permissions such as `assets.asset.create`; `<system>.read` to see what only its owner sees; `<system>.write` for the mutations that everybody may use who is signed in. Without `<system>.read` the key sees there what everybody sees. An empty list allows what is public. Absent is no limit.',
  })
  @ArrayMaxSize(100)
  @MaxLength(100, { each: true })
  scopes?: string[] | null;

  @Field(() => DateTime, { nullable: true, description: 'When it ends, in the future; absent is never.' })
  expiresAt?: Date | null;
}

@ObjectType('ActorKeyCreatePayload')
export class ActorKeyCreatePayload {
  @Field(() => ActorKeyType, { description: 'The new key, without its secret.' })
  actorKey!: ActorKey;

  @Field(() => String, { description: 'The key itself. It is shown this once.' })
  key!: string;
}

@InputType('ActorKeyRevokeInput')
export class ActorKeyRevokeInput {
  @Field(() => ID, { description: 'Id of the key to revoke: `sky_…`.' })
  @MaxLength(40)
  actorKeyId!: string;
}

@ObjectType('ActorKeyRevokePayload')
export class ActorKeyRevokePayload {
  @Field(() => ActorKeyType, { description: 'The revoked key.' })
  actorKey!: ActorKey;
}

@Resolver(() => ActorKeyType)
export class ActorKeyResolver {
  @Reads('signedIn')
  @Query(() => ActorKeyType, {
    nullable: true,
    description:
      'A key of an agent or service by its id, for those who may create one and for operators; also a revoked one. Null if it does not exist or is not visible to the viewer. Errors: UNAUTHENTICATED, INVALID for an id of another kind.',
  })
  actorKey(
    @Arg('id', () => ID, { description: 'Id of the key: `sky_…`. It is not the key itself.' }) id: string,
    @Ctx() context: Context,
  ): Promise<ActorKey | null> {
    return actorKeys.load(context, checkId(id, 'sky', ['id']));
  }

  @FieldResolver()
  actor(@Root() key: ActorKey, @Ctx() context: Context): Promise<Actor | null> {
    return actors.load(context, key.actorId);
  }

  @Writes('identity.actorKey.create', { facts: [actorKeyCreated] })
  @Mutation(() => ActorKeyCreatePayload, {
    description:
      'Creates a key for an agent or a service; the answer shows it once. Nobody creates one on behalf of somebody else, and a limited key creates none that may do more than it may. Errors: NOT_FOUND, FORBIDDEN, INVALID for a scope that does not exist, with the list of those that do, CONFLICT with 50 valid keys.',
  })
  actorKeyCreate(
    @Arg('input', () => ActorKeyCreateInput) input: ActorKeyCreateInput,
  ): Run<{ actorKey: ActorKey; key: string }> {
    checkId(input.actorId, ['agt', 'svc'], ['input', 'actorId']);
    return run((tx) => actorKeyCreate(tx, input));
  }

  @Writes('identity.actorKey.revoke', { facts: [actorKeyRevoked] })
  @Mutation(() => ActorKeyRevokePayload, {
    description:
      'Revokes a key. Idempotent, also once its agent or service is closed. Errors: NOT_FOUND, also for a key that the viewer may not revoke.',
  })
  actorKeyRevoke(@Arg('input', () => ActorKeyRevokeInput) input: ActorKeyRevokeInput): Run<{ actorKey: ActorKey }> {
    checkId(input.actorKeyId, 'sky', ['input', 'actorKeyId']);
    return run(async (tx) => ({ actorKey: await actorKeyRevoke(tx, input) }));
  }
}

const mayCreate = (actor: Actor, context: Context): boolean =>
  context.can('identity.actorKey.create', actor.ownerId ?? null);
const keys =
  'The valid keys, the newest first; at most 50, and never the keys themselves. Seen by those who may create one, null for everybody else.';

@Resolver(() => ServiceType)
export class ServiceKeysResolver {
  @Restricted<Actor>('self', mayCreate)
  @Directive('@listSize(assumedSize: 50)')
  @FieldResolver(() => [ActorKeyType], { nullable: true, description: keys })
  keys(@Root() service: Actor, @Ctx() context: Context): Promise<ActorKey[]> {
    return keysOf(context, service.id);
  }
}

@Resolver(() => AgentType)
export class AgentKeysResolver {
  @Restricted<Actor>('self', mayCreate)
  @Directive('@listSize(assumedSize: 50)')
  @FieldResolver(() => [ActorKeyType], { nullable: true, description: keys })
  keys(@Root() agent: Actor, @Ctx() context: Context): Promise<ActorKey[]> {
    return keysOf(context, agent.id);
  }
}
