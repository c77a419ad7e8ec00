import { Args, ArgsType, Ctx, Field, FieldResolver, Resolver, Root } from 'type-graphql';
import { Restricted } from '../../../platform/access/declare.ts';
import type { Context } from '../../../platform/context/context.ts';
import type { FilterInput } from '../../../platform/nouns/filter.ts';
import type { Connection } from '../../../platform/nouns/noun.ts';
import { LimitSorts, PageArgs } from '../../../platform/nouns/page.ts';
import { ActorStub } from '../foreign/actor.ts';
import { ViewerStub } from '../foreign/viewer.ts';
import type { Asset } from './asset.entity.ts';
import { ownersOf } from './asset.policy.ts';
import { assets } from './asset.query.ts';

/** The orders of a list without a search, which has no ranks. */
@ArgsType()
export class OwnedAssetsArgs extends PageArgs {
  @Field(() => assets.Filter, { nullable: true, description: 'Conditions; all of the assets when absent.' })
  filter?: FilterInput;

  @Field(() => [assets.Sort], {
    nullable: true,
    description: 'At most four orders; the newest first when absent. RELEVANCE is INVALID here: there is no search.',
  })
  @LimitSorts
  sort?: string[];
}

/** What an owner has, for everybody who may see it. */
@Resolver(() => ActorStub)
export class AssetsOfActorResolver {
  @FieldResolver(() => assets.Connection, {
    nullable: true,
    description: 'The assets that this actor owns and the viewer may see, the newest first. Errors: INVALID.',
  })
  assets(
    @Root() { id }: ActorStub,
    @Args(() => OwnedAssetsArgs) args: OwnedAssetsArgs,
    @Ctx() context: Context,
  ): Promise<Connection<Asset>> {
    return assets.listOf(context, 'ownerId', id, args);
  }
}

@Resolver(() => ViewerStub)
export class AssetsOfViewerResolver {
  @Restricted<ViewerStub>('self', (viewer, { actor }) => viewer.id === actor.id)
  @FieldResolver(() => assets.Connection, {
    nullable: true,
    description:
      'The assets of the viewer and of the viewer’s organizations, the newest first; drafts and archived ones too. Errors: INVALID.',
  })
  assets(@Args(() => OwnedAssetsArgs) args: OwnedAssetsArgs, @Ctx() context: Context): Promise<Connection<Asset>> {
    return assets.list(context, args, { ownerId: { $in: ownersOf(context.actor) } });
  }
}
