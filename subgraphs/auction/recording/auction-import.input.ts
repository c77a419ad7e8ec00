import { arg, input, type GivenBy } from '../../../platform/declare/input.ts';
import { actorPrefixes } from '../../../platform/ids/ids.ts';

/** Lots of one call: with their bids they take well under the two seconds of a transaction. */
export const lotsAtMost = 50;
/** Bids of all lots of one call. */
export const bidsAtMost = 1000;

const AuctionImportBidInput = input('AuctionImportBidInput', 'A bid of a past auction.', {
  bidderId: arg.id(actorPrefixes, 'The bidder; not the seller.'),
  amount: arg.decimal('The hidden maximum of the bid, in the currency of the lot.'),
  placedAt: arg.time('Not before the previous bid of the list, and before the end of the lot.'),
});

export const AuctionImportLotInput = input(
  'AuctionImportLotInput',
  'A past English auction. Its increments are those that eBay publishes.',
  {
    assetId: arg.id('ast', 'The asset that was sold. Its owner stays unchanged.'),
    sellerId: arg.id(actorPrefixes, 'The seller at that time; the asset may have another owner now.'),
    startPrice: arg.money('More than zero; its currency is that of the lot.'),
    reserve: arg.money('Reserve price; not below the start price, and never shown to anybody.').optional(),
    openedAt: arg.time('When the lot began to take bids; before `endsAt`.'),
    endsAt: arg.time('The announced end, in the past. Extensions by the soft close follow from the bids.'),
    softCloseSeconds: arg
      .int('Soft close in seconds, 0 to 3,600; 0 if the end was fixed.', { min: 0, max: 3600 })
      .default(0),
    cancelledAt: arg.time('When the lot was withdrawn; null if it was not.').optional(),
    description: arg.text('What the seller said about the lot; at most 5,000 characters.', { max: 5000 }).optional(),
    bids: arg.objects(AuctionImportBidInput, 'The bids, oldest first; at most 1,000.', { atMost: bidsAtMost }),
  },
);
export type AuctionImportLot = GivenBy<typeof AuctionImportLotInput>;
