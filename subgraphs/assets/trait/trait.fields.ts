import { batched } from '../../../platform/context/batch.ts';
import type { Context } from '../../../platform/context/context.ts';
import { heavySql } from '../../../platform/database/heavy.ts';
import { extend } from '../../../platform/declare/extension.ts';
import { arg } from '../../../platform/declare/input.ts';
import type { OutputFields } from '../../../platform/declare/output.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import { publicStatuses } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.noun.ts';
import { percentOf, traitsAtMost } from './trait.ts';

const AssetTraitRarity = valueType(
  'AssetTraitRarity',
  'How rare a trait is within a collection: 100 × count ÷ collectionSize, as NFT marketplaces show it (OpenSea: “the percentage of items in the collection with this trait”).',
  (f) => ({
    count: f.int('Number of assets in the collection with this value.'),
    collectionSize: f.int('Number of public assets in the collection.'),
    percent: f.decimal('Per cent, with two decimals, rounded half to even: "2.35".'),
  }),
);

/** A trait with the values that determine its rarity. */
interface TraitOfAsset {
  name: string;
  value: string;
  assetId: string;
  collectionId: string | undefined;
}

const AssetTrait = valueType(
  'AssetTrait',
  'A trait of an asset, such as the colour of its background, and its rarity.',
  (f: OutputFields<TraitOfAsset>) => ({
    name: f.text('The name of the trait, such as "background".'),
    value: f.text('The value of the trait, such as "blue".'),
    rarity: f
      .object(
        AssetTraitRarity,
        'How rare the trait is in the collection named by `traits(collectionId:)`. Null without a collection, or if the asset is not in it.',
      )
      .nullable()
      .from((trait, context) =>
        trait.collectionId ? rarityOf(context, trait.assetId, trait, trait.collectionId) : null,
      ),
  }),
);

export const traitsOfAsset = extend(assets, (f) => ({
  traits: f
    .list(AssetTrait, `Traits of the asset as pairs of name and value; at most ${traitsAtMost}.`, {
      atMost: traitsAtMost,
    })
    .with(
      {
        // The traits of up to 20,000 members are counted.
        collectionId: arg
          .id(
            null,
            'The collection in which rarity is counted: the id of a published asset, such as a series, to which its members have ASSET links.',
          )
          .cost(200)
          .optional(),
      },
      ({ id: assetId, traits }, _context, { collectionId }) =>
        traits.map(({ name, value }) => ({ name, value, assetId, collectionId })),
    ),
}));

interface CollectionTraits {
  size: number;
  members: ReadonlySet<string>;
  counts: ReadonlyMap<string, number>;
}

/** Members of a collection that are counted; the largest collections of tokens have ten thousand. */
const membersAtMost = 20_000;

const keyOf = (name: string, value: string): string => JSON.stringify([name.toLowerCase(), value.toLowerCase()]);

/** A trait as stored, by name and value, with the number of assets that have it. */
type Count = [name: string, value: string, n: number];

/** Case is folded only here, because a database folds by its own locale and would give other results. */
function folded(counts: readonly Count[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [name, value, n] of counts) sums.set(keyOf(name, value), (sums.get(keyOf(name, value)) ?? 0) + n);
  return sums;
}

const loaderKey = Symbol('collection traits');
/** The traits of a collection, counted over its public members. One statement for all collections loaded together. */
function collectionTraits(context: Context, collectionId: string): Promise<CollectionTraits | undefined> {
  return batched(context, loaderKey, collectionId, async (ids) => {
    const rows = await heavySql<{ target: string; members: string[]; counts: Count[] | null }>(
      context,
      `with scope as (
         select c.target, m.id, m.traits from unnest($2::text[]) as c(target)
         cross join lateral (
           select a.id, a.traits from assets.asset_links l join assets.assets a on a.id = l.asset_id
           join assets.assets t on t.id = l.target
           where l.universe_id = $1 and l.target = c.target and l.kind = 'ASSET' and l.status = 'ACCEPTED'
             and a.status = any($3) and t.status = any($3) limit $4
         ) m
       ), counted as (
         select s.target, t ->> 'name' as name, t ->> 'value' as value, count(*) as n
         from scope s cross join lateral jsonb_array_elements(s.traits) as t group by 1, 2, 3
       )
       select s.target, array_agg(s.id) as members,
         (select jsonb_agg(jsonb_build_array(c.name, c.value, c.n)) from counted c where c.target = s.target) as counts
       from scope s group by s.target`,
      [context.universe, ids, [...publicStatuses], membersAtMost],
    );
    return new Map(
      rows.map(({ target, members, counts }) => [
        target,
        { size: members.length, members: new Set(members), counts: folded(counts ?? []) },
      ]),
    );
  });
}

/** The rarity of a trait within a collection; null if the asset is not a member. */
async function rarityOf(
  context: Context,
  assetId: string,
  trait: { name: string; value: string },
  collectionId: string,
): Promise<{ count: number; collectionSize: number; percent: string } | null> {
  const found = await collectionTraits(context, collectionId);
  if (!found?.members.has(assetId)) return null;
  const { size, counts } = found;
  const count = counts.get(keyOf(trait.name, trait.value)) ?? 0;
  return { count, collectionSize: size, percent: percentOf(count, size) };
}
