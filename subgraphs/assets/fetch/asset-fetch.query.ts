import type { FilterQuery } from '@mikro-orm/postgresql';
import { isOperator } from '../../../platform/access/permission.ts';
import { noun } from '../../../platform/nouns/noun.ts';
import { ownersOf } from '../asset/asset.policy.ts';
import { AssetFetch } from './asset-fetch.entity.ts';
import { assetFetchStatusFilter, AssetFetchType } from './asset-fetch.type.ts';

export const assetFetches = noun<AssetFetch>({
  name: 'AssetFetch',
  prefix: 'aft',
  entity: AssetFetch,
  type: () => AssetFetchType,
  audience: 'self',
  visible: (actor) => {
    if (actor.id === null) return null;
    return isOperator(actor) ? {} : ({ ownerId: { $in: ownersOf(actor) } } as FilterQuery<AssetFetch>);
  },
  filter: { ownerId: 'id', assetId: 'id', importId: 'id', status: assetFetchStatusFilter, createdAt: 'time' },
  sort: ['createdAt'],
});
