import { arg, inputClass } from '../../../platform/declare/input.ts';
import type { SelectedKind } from '../../../platform/nouns/filter-kinds.ts';
import { publicStatuses } from './asset.entity.ts';

/** Paths sort by bytes: everything below a path begins with it and a slash, and so sorts before the path followed by a zero. */
export const withinCategory: SelectedKind = {
  column: 'categoryId',
  input: inputClass(
    'AssetCategoryFilter',
    { within: arg.id('cat', 'Assets in this category or anywhere below it.').optional() },
    'Conditions on the category of an asset.',
  ),
  select: {
    within: `select c.id from assets.categories top join assets.categories c on c.universe_id = top.universe_id
      and (c.path = top.path or (c.path > top.path || '/' and c.path < top.path || '0')) where top.id = ?`,
  },
};

export const linkedWith: SelectedKind = {
  column: 'id',
  input: inputClass(
    'AssetLinkedFilter',
    {
      targetId: arg.id('ast', 'Assets with an accepted link to the public asset of this id.').optional(),
      url: arg
        .text(
          'Assets linked with exactly this address by an ON_CHAIN, STORAGE or WEB link; at most 2,000 characters.',
          {
            max: 2000,
          },
        )
        .optional(),
    },
    'Conditions on the links of an asset.',
  ),
  select: {
    targetId: `select l.asset_id from assets.asset_links l where l.target = ? and l.status = 'ACCEPTED'
      and l.kind in ('ASSET', 'DOCUMENT') and (l.target_owner_id is null or exists (select from assets.assets t
        where t.id = l.target and t.status in (${publicStatuses.map((status) => `'${status}'`).join(', ')})))`,
    url: `select l.asset_id from assets.asset_links l where l.target = ? and l.status = 'ACCEPTED'
      and l.kind in ('ON_CHAIN', 'STORAGE', 'WEB')`,
  },
};
