import { batched } from '../../../platform/context/batch.ts';
import type { Context } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { extend } from '../../../platform/declare/extension.ts';
import { arg } from '../../../platform/declare/input.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.noun.ts';
import { partsAtMost, wholesAtMost } from './asset-part.entity.ts';

type Side = 'wholeId' | 'partId';
const sides = {
  wholeId: { other: 'part_id', own: 'whole_id', order: 'place, id', key: 'parts' },
  partId: { other: 'whole_id', own: 'part_id', order: 'whole_id', key: 'wholes' },
} as const;

/** The ids on the other side, in order; at most `most`. One statement for all assets loaded together. */
async function idsBeside(context: Context, side: Side, id: string, most: number): Promise<string[]> {
  const { other, own, order, key } = sides[side];
  const beside = await batched(context, `${key} ${most}`, id, async (ids) => {
    // Limited per asset, because one may be part of thousands of others.
    const rows = await sqlIn<{ of: string; beside: string[] }>(
      context.em,
      `select a.id as of, array(
         select ${other} from assets.asset_parts where ${own} = a.id and universe_id = $2 order by ${order} limit $3
       ) as beside from unnest($1::text[]) as a(id)`,
      [ids, context.universe, most],
    );
    return new Map(rows.map((row) => [row.of, row.beside]));
  });
  return beside ?? [];
}

async function seen(context: Context, ids: readonly string[]): Promise<Asset[]> {
  const found = await Promise.all(ids.map((id) => assets.load(context, id)));
  return found.filter((asset) => asset !== null);
}

export const partsOfAsset = extend(assets, (f) => ({
  parts: f
    .list<Asset>(
      () => assets.options.type(),
      'The visible parts of the asset, in order: the tracks of an album, the stems of a track. At most 500.',
      { by: 'first' },
    )
    .with(
      {
        first: arg
          .int(
            'Number of parts, the first ones in order; 0 to 500. The cost of the query grows with it, so pass a smaller number in nested selections.',
            { min: 0, max: partsAtMost },
          )
          .default(partsAtMost),
      },
      async ({ id }, context, { first }) => seen(context, await idsBeside(context, 'wholeId', id, first)),
    ),
  partOf: f
    .list<Asset>(() => assets.options.type(), 'The visible assets of which it is a part. At most 100.', {
      atMost: wholesAtMost,
    })
    .from(async ({ id }, context) => seen(context, await idsBeside(context, 'partId', id, wholesAtMost))),
}));
