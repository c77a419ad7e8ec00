import { Args, Ctx, Directive, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { Reads } from '../../../platform/access/declare.ts';
import type { Context } from '../../../platform/context/context.ts';
import type { Connection } from '../../../platform/nouns/connection.ts';
import { weights } from '../../../platform/subgraph/sizes.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.query.ts';
import { AssetType } from '../asset/asset.type.ts';
import { AssetDuplicatesArgs, AssetDuplicatesOfArgs } from './asset-duplicates.input.ts';
import {
  AssetDuplicateClusterConnection,
  assetDuplicateClusters,
  assetDuplicatesOf,
  type Cluster,
} from './asset-duplicates.query.ts';
import { AssetDuplicateClusterType, AssetDuplicateType } from './asset-duplicates.type.ts';

@Resolver(() => AssetType)
export class AssetDuplicatesResolver {
  @Directive(`@cost(weight: ${weights.aggregate})`)
  @Reads('signedIn')
  @Query(() => AssetDuplicateClusterConnection, {
    description:
      'Groups of assets that are probably the same work, among those of the viewer and of the viewer’s organizations; for operators, among all assets. Largest group first; can be paged forward only. Errors: UNAUTHENTICATED, INVALID.',
  })
  assetDuplicates(
    @Args(() => AssetDuplicatesArgs) args: AssetDuplicatesArgs,
    @Ctx() context: Context,
  ): Promise<Connection<Cluster>> {
    return assetDuplicateClusters(context, args);
  }

  // Each is compared with up to a thousand others.
  @Directive('@cost(weight: 50)')
  @FieldResolver(() => [AssetDuplicateType], {
    description:
      'Other assets that the viewer may see and that are likely the same work, the most similar first; at most 50. Compared are those of the same title and those of the same creator, of each the 500 newest.',
  })
  async duplicates(
    @Root() asset: Asset,
    @Args(() => AssetDuplicatesOfArgs) args: AssetDuplicatesOfArgs,
    @Ctx() context: Context,
  ): Promise<AssetDuplicateType[]> {
    const found = await assetDuplicatesOf(context, asset.id, args);
    const rows = await Promise.all(found.map(({ id }) => assets.load(context, id)));
    return found.flatMap(({ similarity, reason }, n) => (rows[n] ? [{ asset: rows[n], similarity, reason }] : []));
  }
}

@Resolver(() => AssetDuplicateClusterType)
export class AssetDuplicateClusterResolver {
  @FieldResolver()
  async assets(@Root() cluster: Cluster, @Ctx() context: Context): Promise<Asset[]> {
    const rows = await Promise.all(cluster.ids.map((id) => assets.load(context, id)));
    return rows.filter((row) => row !== null);
  }
}
