import { Arg, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { Reads } from '../../../platform/access/declare.ts';
import type { Context } from '../../../platform/context/context.ts';
import { actorPrefixes, checkId } from '../../../platform/ids/ids.ts';
import type { Actor } from './actor.entity.ts';
import { actors } from './actor.query.ts';
import { ActorType, AgentType, ServiceType } from './actor.type.ts';

@Resolver(() => ActorType)
export class ActorResolver {
  @Reads('public')
  @Query(() => ActorType, {
    nullable: true,
    description:
      'A person, organization, agent or service by its id. Null when there is none. Errors: INVALID for an id of another kind.',
  })
  actor(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<Actor | null> {
    return actors.load(context, checkId(id, actorPrefixes, ['id']));
  }
}

@Resolver(() => AgentType)
export class AgentOwnerResolver {
  @Reads('public')
  @Query(() => AgentType, {
    nullable: true,
    description:
      'An agent by its id; also a closed one. Null if there is none. Errors: INVALID for an id of another kind.',
  })
  agent(
    @Arg('id', () => ID, { description: 'Id of the agent: `agt_…`.' }) id: string,
    @Ctx() context: Context,
  ): Promise<Actor | null> {
    return actors.load(context, checkId(id, 'agt', ['id']));
  }

  @FieldResolver()
  owner(@Root() agent: Actor, @Ctx() context: Context): Promise<Actor | null> | null {
    return agent.closedAt ? null : actors.load(context, agent.ownerId);
  }
}

@Resolver(() => ServiceType)
export class ServiceOwnerResolver {
  @Reads('public')
  @Query(() => ServiceType, {
    nullable: true,
    description:
      'A service by its id; also a closed one. Null if there is none. Errors: INVALID for an id of another kind.',
  })
  service(
    @Arg('id', () => ID, { description: 'Id of the service: `svc_…`.' }) id: string,
    @Ctx() context: Context,
  ): Promise<Actor | null> {
    return actors.load(context, checkId(id, 'svc', ['id']));
  }

  @FieldResolver()
  owner(@Root() service: Actor, @Ctx() context: Context): Promise<Actor | null> | null {
    return service.closedAt ? null : actors.load(context, service.ownerId);
  }
}
