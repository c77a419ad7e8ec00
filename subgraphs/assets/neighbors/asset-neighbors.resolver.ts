import { Args, Ctx, Directive, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { Reads } from '../../../platform/access/declare.ts';
import type { Context } from '../../../platform/context/context.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.query.ts';
import { AssetType } from '../asset/asset.type.ts';
import { AssetNeighborsOfArgs, AssetsLikeArgs } from './asset-neighbors.input.ts';
import { assetNeighborsOf, assetsNear, type Neighbor } from './asset-neighbors.query.ts';
import { AssetNeighborType } from './asset-neighbors.type.ts';

/** The assets of neighbours, by the loader that every list uses; what went out of sight meanwhile is left out. */
async function shown(context: Context, found: readonly Neighbor[]): Promise<AssetNeighborType[]> {
  const rows = await Promise.all(found.map(({ id }) => assets.load(context, id)));
  return found.flatMap(({ similarity }, n) => (rows[n] ? [{ asset: rows[n], similarity }] : []));
}

@Resolver(() => AssetType)
export class AssetNeighborsResolver {
  // A model reads the text, and the embedded database compares all vectors.
  @Directive('@cost(weight: 500)')
  @Reads('signedIn')
  @Query(() => [AssetNeighborType], {
    description:
      'The visible assets most similar to a text, most similar first; at most 50. Similarity is computed from embeddings: by meaning if the installation has an embedding model, otherwise by words and spelling. Changes take effect after a moment. Requires a signed-in viewer, because each search may cost a call of the model. Errors: UNAUTHENTICATED, INVALID, UNAVAILABLE where the database has no pgvector and while the model does not answer.',
  })
  async assetsLike(
    @Args(() => AssetsLikeArgs) args: AssetsLikeArgs,
    @Ctx() context: Context,
  ): Promise<AssetNeighborType[]> {
    return shown(context, await assetsNear(context, args));
  }

  @Directive('@cost(weight: 50)')
  @FieldResolver(() => [AssetNeighborType], {
    nullable: true,
    description:
      'Other assets that the viewer may see and of which the most alike is said (title, creators, classification, department, materials, date, tags, description), the nearest first; at most 50. Nearness is what the embedder of the installation takes for it: of meaning with a model, else of words and their spelling. Empty for a moment after the asset was made. Null where the database has no pgvector, with the error UNAVAILABLE.',
  })
  async similar(
    @Root() asset: Asset,
    @Args(() => AssetNeighborsOfArgs) { first }: AssetNeighborsOfArgs,
    @Ctx() context: Context,
  ): Promise<AssetNeighborType[]> {
    return shown(context, await assetNeighborsOf(context, asset.id, first));
  }
}
