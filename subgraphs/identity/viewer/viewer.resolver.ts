import { Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { Reads } from '../../../platform/access/declare.ts';
import type { Context } from '../../../platform/context/context.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { actors } from '../actor/actor.query.ts';
import { Membership, membershipsAtMost } from '../membership/membership.entity.ts';
import { ViewerType } from './viewer.type.ts';

@Resolver(() => ViewerType)
export class ViewerResolver {
  @Reads('self')
  @Query(() => ViewerType, { nullable: true, description: 'Whoever is signed in; null when nobody is.' })
  viewer(@Ctx() context: Context): Promise<Actor | null> {
    return actors.load(context, context.actorId);
  }

  @FieldResolver()
  actor(@Root() viewer: Actor): Actor {
    return viewer;
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
