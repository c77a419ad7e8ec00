import { defineEntity, p } from '@mikro-orm/core';
import { standardColumns } from '../../../platform/nouns/entity.ts';

export const AuctionWatchSchema = defineEntity({
  name: 'AuctionWatch',
  tableName: 'watches',
  properties: {
    ...standardColumns,
    auctionId: p.text().name('auction_id'),
    actorId: p.text().name('actor_id'),
  },
});

/** An actor watches a lot. */
export class AuctionWatch extends AuctionWatchSchema.class {}
AuctionWatchSchema.setClass(AuctionWatch);
