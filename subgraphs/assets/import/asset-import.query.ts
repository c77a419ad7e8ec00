import type { FilterQuery } from '@mikro-orm/postgresql';
import { isOperator } from '../../../platform/access/permission.ts';
import { noun } from '../../../platform/nouns/noun.ts';
import { ownersOf } from '../asset/asset.policy.ts';
import { AssetImport } from './asset-import.entity.ts';
import { AssetImportType } from './asset-import.type.ts';

export const assetImports = noun<AssetImport>({
  name: 'AssetImport',
  prefix: 'imp',
  entity: AssetImport,
  type: () => AssetImportType,
  audience: 'self',
  visible: (actor) => {
    if (actor.id === null) return null;
    return isOperator(actor) ? {} : ({ ownerId: { $in: ownersOf(actor) } } as FilterQuery<AssetImport>);
  },
  filter: { ownerId: 'id', source: 'text', createdAt: 'time' },
  sort: ['createdAt'],
});
