import { defineEntity, p } from '@mikro-orm/core';
import { standardColumns } from '../../../platform/nouns/entity.ts';

/** The statuses in which an asset is public. */
export const seenByAll: readonly string[] = ['PUBLISHED', 'ON_SALE', 'SOLD'];

export const AuctionAssetSchema = defineEntity({
  name: 'AuctionAsset',
  tableName: 'assets',
  properties: {
    ...standardColumns,
    ownerId: p.text().name('owner_id'),
    /** `null` if no fact says it: an imported asset may be a draft or published. */
    status: p.text().nullable(),
    /** `null` if no fact has said it. */
    title: p.text().nullable(),
    /** Whether some of its lots do not have its title yet. */
    lotsDue: p.boolean().name('lots_due').default(false),
  },
});

/** This OS's copy of an asset, from the facts of the assets OS. Its id is the asset's. */
export class AuctionAsset extends AuctionAssetSchema.class {
  /** Published and free to be put on sale. If the status is unknown, the assets OS decides when the lot opens. */
  isPublished(): boolean {
    return this.status === null || this.status === 'PUBLISHED';
  }

  /** Its title if the asset is public, otherwise empty. */
  shownTitle(): string {
    return this.isSeenByAll() ? (this.title ?? '') : '';
  }

  isSeenByAll(): boolean {
    return typeof this.status === 'string' && seenByAll.includes(this.status);
  }
}
AuctionAssetSchema.setClass(AuctionAsset);
