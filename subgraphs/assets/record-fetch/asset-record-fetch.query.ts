import DataLoader from 'dataloader';
import type { FilterQuery } from '@mikro-orm/postgresql';
import { isOperator } from '../../../platform/access/permission.ts';
import type { Context } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { noun } from '../../../platform/nouns/noun.ts';
import { ownersOf } from '../asset/asset.policy.ts';
import { AssetRecordFetch } from './asset-record-fetch.entity.ts';
import { assetRecordFetchStatusFilter, AssetRecordFetchType } from './asset-record-fetch.type.ts';
import type { TokenReading } from './token/token-reading.ts';

export const assetRecordFetches = noun<AssetRecordFetch>({
  name: 'AssetRecordFetch',
  prefix: 'arf',
  entity: AssetRecordFetch,
  type: () => AssetRecordFetchType,
  audience: 'self',
  visible: (actor) => {
    if (actor.id === null) return null;
    return isOperator(actor) ? {} : ({ ownerId: { $in: ownersOf(actor) } } as FilterQuery<AssetRecordFetch>);
  },
  filter: { ownerId: 'id', source: 'text', status: assetRecordFetchStatusFilter, createdAt: 'time' },
  sort: ['createdAt'],
});

/** What a chain said of an asset last; all assets of one turn are one statement. */
export function tokenReadingOf(context: Context, assetId: string): Promise<TokenReading | null> {
  return context
    .loader<TokenReading | null>('asset token reading', () => {
      return new DataLoader(async (ids) => {
        const rows = await sqlIn<{ asset_id: string; reading: TokenReading }>(
          context.em,
          `select asset_id, reading from assets.asset_record_fetches
           where universe_id = $1 and asset_id = any($2) and reading is not null`,
          [context.universe, [...ids]],
        );
        const byAsset = new Map(rows.map(({ asset_id: id, reading }) => [id, reading]));
        return ids.map((id) => byAsset.get(id) ?? null);
      });
    })
    .load(assetId);
}
