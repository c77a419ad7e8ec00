import { IsIn } from 'class-validator';
import { Args, ArgsType, Ctx, Directive, Field, Query, Resolver } from 'type-graphql';
import { Reads } from '../../../platform/access/declare.ts';
import type { Context } from '../../../platform/context/context.ts';
import { extend } from '../../../platform/declare/extension.ts';
import { arg } from '../../../platform/declare/input.ts';
import type { OutputFields } from '../../../platform/declare/output.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import { connectionClass, type Connection } from '../../../platform/nouns/connection.ts';
import type { FilterInput } from '../../../platform/nouns/filter-kinds.ts';
import { PageArgs } from '../../../platform/nouns/page.ts';
import { weights } from '../../../platform/nouns/weights.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.noun.ts';
import { assetDuplicateClusters, assetDuplicatesOf, clusterShows, type Cluster } from './asset-duplicates.query.ts';
import { AssetClusterReason, AssetDuplicateReason } from './reasons.ts';

const AssetDuplicate = valueType(
  'AssetDuplicate',
  'An asset that is likely to be another copy or record of the same work.',
  (f: OutputFields<{ asset: Asset; similarity: number; reason: AssetDuplicateReason }>) => ({
    asset: f.row(() => assets, 'The likely duplicate.'),
    similarity: f.float(
      '0 to 1; 1 for equal files and equal source lines. Trigram similarity of the titles’ fingerprints (a third where a number differs) × (0.4 + 0.3 × creator + 0.2 × time + 0.1 × materials), less where many works have the same title.',
    ),
    reason: f.enum(AssetDuplicateReason, 'Why the asset is a likely duplicate.'),
  }),
);

export const duplicatesOfAsset = extend(assets, (f) => ({
  duplicates: f
    .list(
      AssetDuplicate,
      'Other assets that the viewer may see and that are likely the same work, the most similar first; at most 50. Assets with the same title or the same creator are compared, the 500 newest of each.',
      { by: 'first' },
    )
    // Each asset is compared with up to a thousand others.
    .cost(50)
    .dependsOn('self')
    .with(
      {
        first: arg.int('At most 50.', { min: 0, max: 50 }).default(10),
        minSimilarity: arg
          .float(
            'The minimum similarity, 0.3 to 1. Assets with neither the same title nor the same creator are not compared.',
            {
              min: 0.3,
              max: 1,
            },
          )
          .default(0.85),
      },
      async ({ id }, context, args) => {
        const found = await assetDuplicatesOf(context, id, args);
        const rows = await Promise.all(found.map((each) => assets.load(context, each.id)));
        return found.flatMap(({ similarity, reason }, n) => (rows[n] ? { asset: rows[n], similarity, reason } : []));
      },
    ),
}));

export const AssetDuplicateCluster = valueType(
  'AssetDuplicateCluster',
  'Assets with the same key: likely copies or records of one work.',
  (f: OutputFields<Cluster>) => ({
    key: f.text('What the assets have in common, as text.'),
    reason: f.enum(AssetDuplicateReason, 'Why the assets are likely duplicates.'),
    count: f.int('Number of assets; at least two.'),
    assets: f
      .rows(() => assets, `The assets, the oldest first; at most ${clusterShows}.`, { atMost: clusterShows })
      .from(async ({ ids }, context) => {
        const rows = await Promise.all(ids.map((id) => assets.load(context, id)));
        return rows.filter((row) => row !== null);
      }),
  }),
);

const ClusterConnection = connectionClass<Cluster>('AssetDuplicateCluster', () => AssetDuplicateCluster.type);

@ArgsType()
class AssetDuplicatesArgs extends PageArgs {
  @Field(() => assets.Filter, {
    nullable: true,
    description: 'Conditions on the compared assets; all of the viewer’s assets if absent.',
  })
  filter?: FilterInput;

  @Field(() => AssetClusterReason.enum, {
    defaultValue: 'FINGERPRINT',
    description: 'What the assets of a group must have in common.',
  })
  @IsIn(AssetClusterReason.values)
  reason!: AssetClusterReason;
}

/** Written by hand, because clusters do not belong to a noun. */
@Resolver()
export class AssetDuplicatesResolver {
  @Directive(`@cost(weight: ${weights.aggregate})`)
  @Reads('signedIn')
  @Query(() => ClusterConnection, {
    description:
      'Groups of assets that are probably the same work, among those of the viewer and of the viewer’s organizations; for operators, among all assets. The largest groups first. Only `first` and `after` are supported. Errors: UNAUTHENTICATED, INVALID.',
  })
  async assetDuplicates(
    @Args(() => AssetDuplicatesArgs) args: AssetDuplicatesArgs,
    @Ctx() context: Context,
  ): Promise<Connection<Cluster>> {
    const { edges, pageInfo, count } = await assetDuplicateClusters(context, args);
    return new ClusterConnection(edges, pageInfo, count);
  }
}
