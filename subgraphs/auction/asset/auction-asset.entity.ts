import { defineEntity, p } from '@mikro-orm/core';
import { standardColumns } from '../../../platform/nouns/entity.ts';

/** The statuses in which everybody sees an asset. */
export const seenByAll: readonly string[] = ['PUBLISHED', 'ON_SALE', 'SOLD'];

export const AuctionAssetSchema = defineEntity({
  name: 'AuctionAsset',
  tableName: 'assets',
  properties: {
    ...standardColumns,
    ownerId: p.text().name('owner_id'),
    /** `null` where the facts do not say: what an import brought may be a draft or published. */
    status: p.text().nullable(),
    /** `null` where the facts have not said. */
    title: p.text().nullable(),
    /** Whether some of its lots do not show its title yet. */
    lotsDue: p.boolean().name('lots_due').default(false),
  },
});

/** What this OS must know of an asset, as the facts of the assets OS told it. Its id is the asset's. */
export class AuctionAsset extends AuctionAssetSchema.class {
  /** Published and free to be put on sale; what the facts do not say is for the assets OS to decide when the lot opens. */
  isPublished(): boolean {
    return this.status === null || this.status === 'PUBLISHED';
  }

  /** Its title, if everybody sees it. */
  shownTitle(): string {
    return this.isSeenByAll() ? (this.title ?? '') : '';
  }

  isSeenByAll(): boolean {
    return typeof this.status === 'string' && seenByAll.includes(this.status);
  }
}
AuctionAssetSchema.setClass(AuctionAsset);
