import { filterClass } from '../../../platform/nouns/filter.ts';

/** What a client may narrow the streams by: fields of their facts. */
export const bidPlacedFields = { auctionId: 'id', bidderId: 'id', sellerId: 'id' } as const;
export const auctionUpdatedFields = { auctionId: 'id', sellerId: 'id', assetId: 'id' } as const;

export const BidPlacedFilter = filterClass('BidPlaced', bidPlacedFields);
export const AuctionUpdatedFilter = filterClass('AuctionUpdated', auctionUpdatedFields);
