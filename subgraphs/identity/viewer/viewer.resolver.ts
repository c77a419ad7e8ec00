import { Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { Reads } from '../../../platform/access/declare.ts';
import type { PlatformRole } from '../../../platform/context/actor.ts';
import type { Context } from '../../../platform/context/context.ts';
import type { Actor } from '../actor/actor.entity.ts';
import type { Connection } from '../../../platform/nouns/noun.ts';
import { PageArgs } from '../../../platform/nouns/page.ts';
import { actors, agents } from '../actor/actor.query.ts';
import { MediaStub } from '../foreign/media.ts';
import { Membership, membershipsAtMost } from '../membership/membership.entity.ts';
import { ViewerType } from './viewer.type.ts';

@Resolver(() => ViewerType)
export class ViewerResolver {
  @Reads('self')
  @Query(() => ViewerType, { nullable: true, description: 'The actor that is signed in. Null without a sign-in.' })
  viewer(@Ctx() context: Context): Promise<Actor | null> {
    return actors.load(context, context.actorId);
  }

  @FieldResolver()
  actor(@Root() viewer: Actor): Actor {
    return viewer;
  }

  /** The roles of the row are those of the person, and whoever acts for them may have fewer. */
  @FieldResolver()
  platformRoles(@Ctx() context: Context): PlatformRole[] {
    return context.actor.platformRoles;
  }

  @FieldResolver()
  scopes(@Ctx() context: Context): string[] | null {
    return context.actor.scopes;
  }

  @FieldResolver()
  profile(@Root() viewer: Actor): Actor {
    return viewer;
  }

  @FieldResolver(() => Boolean, {
    description:
      'Whether the person has used a link that was sent to `email`. False for agents and services, which have no address.',
  })
  emailConfirmed(@Root() viewer: Actor): boolean {
    return Boolean(viewer.emailConfirmedAt);
  }

  @FieldResolver(() => MediaStub, {
    nullable: true,
    description:
      'The uploaded picture of the actor: `avatarMedia { image(width: 64, height: 64) { url } }`. Null if none is set or if it was removed.',
  })
  avatarMedia(@Root() viewer: Actor): MediaStub | null {
    return viewer.avatarMediaId ? { id: viewer.avatarMediaId } : null;
  }

  @FieldResolver(() => agents.Connection, {
    description: 'Agents that the viewer owns and that are not closed, the newest first; each shows its keys.',
  })
  agents(
    @Root() viewer: Actor,
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() context: Context,
  ): Promise<Connection<Actor>> {
    return agents.list(context, args, { ownerId: viewer.id });
  }

  @FieldResolver()
  memberships(@Root() viewer: Actor, @Ctx() context: Context): Promise<Membership[]> {
    return context.em.find(
      Membership,
      { actorId: viewer.id },
      { orderBy: { createdAt: 'asc', id: 'asc' }, limit: membershipsAtMost },
    );
  }
}
