import { Arg, Args, Ctx, Field, FieldResolver, Mutation, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { Reads, Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import { actorPrefixes, checkId } from '../../../platform/ids/ids.ts';
import type { Connection } from '../../../platform/nouns/noun.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { directory, nameBegins } from '../actor/actor.query.ts';
import { ActorType } from '../actor/actor.type.ts';
import { actorUpdated } from '../events.ts';
import { ActorsArgs, ActorUpdateInput } from './profile.input.ts';
import { actorUpdate } from './profile.service.ts';

@ObjectType('ActorUpdatePayload')
export class ActorUpdatePayload {
  @Field(() => ActorType, { description: 'The actor after the change.' })
  actor!: Actor;
}

@Resolver(() => ActorType)
export class ProfileResolver {
  @Reads('public')
  @Query(() => directory.Connection, {
    description:
      'The directory: people, organizations, agents and services that the viewer may find, the newest first. Errors: INVALID.',
  })
  actors(@Args(() => ActorsArgs) { search, ...args }: ActorsArgs, @Ctx() context: Context): Promise<Connection<Actor>> {
    return directory.list(context, args, nameBegins(search));
  }

  @FieldResolver()
  profile(@Root() actor: Actor): Actor {
    return actor;
  }

  @Writes('identity.actor.update', { facts: [actorUpdated] })
  @Mutation(() => ActorUpdatePayload, {
    description:
      'Changes the profile of a person, organization, agent or service, its visibility in lists, and the parent of an organization. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT for another version.',
  })
  actorUpdate(@Arg('input', () => ActorUpdateInput) input: ActorUpdateInput): Run<{ actor: Actor }> {
    if (input.actorId) checkId(input.actorId, actorPrefixes, ['input', 'actorId']);
    if (input.avatarMediaId) checkId(input.avatarMediaId, 'med', ['input', 'avatarMediaId']);
    if (input.parentId) checkId(input.parentId, 'org', ['input', 'parentId']);
    return run(async (tx) => ({ actor: await actorUpdate(tx, input) }));
  }
}
