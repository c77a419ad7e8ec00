import { MaxLength } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';
import { publicStatuses } from './asset.entity.ts';
import type { SelectedKind } from '../../../platform/nouns/filter.ts';

@InputType('AssetCategoryFilter', { description: 'Where assets stand in the tree of categories.' })
export class AssetCategoryFilter {
  @Field(() => ID, { nullable: true, description: 'In this category or anywhere below it.' })
  @MaxLength(40)
  within?: string | null;
}

@InputType('AssetLinkedFilter', { description: 'With what assets are linked.' })
export class AssetLinkedFilter {
  @Field(() => ID, {
    nullable: true,
    description: 'Assets with an accepted link to the public asset of this id.',
  })
  @MaxLength(40)
  targetId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Linked with exactly this address by an ON_CHAIN, STORAGE or WEB link; at most 2,000 characters.',
  })
  @MaxLength(2000)
  url?: string | null;
}

/** Paths sort by bytes: whatever lies below begins with the path and a slash, and so comes before the path and a zero. */
export const withinCategory: SelectedKind = {
  column: 'categoryId',
  input: AssetCategoryFilter,
  select: {
    within: `select c.id from assets.categories top join assets.categories c on c.universe_id = top.universe_id
      and (c.path = top.path or (c.path > top.path || '/' and c.path < top.path || '0')) where top.id = ?`,
  },
};

export const linkedWith: SelectedKind = {
  column: 'id',
  input: AssetLinkedFilter,
  select: {
    targetId: `select l.asset_id from assets.asset_links l where l.target = ? and l.status = 'ACCEPTED'
      and l.kind in ('ASSET', 'DOCUMENT') and (l.target_owner_id is null or exists (select from assets.assets t
        where t.id = l.target and t.status in (${publicStatuses.map((status) => `'${status}'`).join(', ')})))`,
    url: `select l.asset_id from assets.asset_links l where l.target = ? and l.status = 'ACCEPTED'
      and l.kind in ('ON_CHAIN', 'STORAGE', 'WEB')`,
  },
};
