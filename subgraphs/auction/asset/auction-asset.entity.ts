import { defineEntity, p } from '@mikro-orm/core';
import { standardColumns } from '../../../platform/nouns/entity.ts';

export const auctionAssetStatuses = ['DRAFT', 'PUBLISHED', 'ARCHIVED'] as const;
export type AuctionAssetStatus = (typeof auctionAssetStatuses)[number];

export const AuctionAssetSchema = defineEntity({
  name: 'AuctionAsset',
  tableName: 'assets',
  properties: {
    ...standardColumns,
    ownerId: p.text().name('owner_id'),
    /** `null` where the facts do not say: what an import brought may be a draft or published. */
    status: p.enum(auctionAssetStatuses).nullable(),
  },
});

/** What this OS must know of an asset, as the facts of the assets OS told it. Its id is the asset's. */
export class AuctionAsset extends AuctionAssetSchema.class {}
AuctionAssetSchema.setClass(AuctionAsset);
