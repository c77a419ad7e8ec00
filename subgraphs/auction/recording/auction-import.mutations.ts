import { arg, input, type GivenBy } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { actorPrefixes } from '../../../platform/ids/ids.ts';
import { auctions } from '../auction/auction.noun.ts';
import { auctionImported } from '../events.ts';
import { bidsAtMost, importLots, lotsAtMost, readLots } from './auction-import.service.ts';

const AuctionImportBidInput = input('AuctionImportBidInput', 'A bid of a past auction.', {
  bidderId: arg.id(actorPrefixes, 'Who placed the bid; not the seller.'),
  amount: arg.decimal('The hidden maximum of the bid, in the currency of the lot.'),
  placedAt: arg.time('Not before the previous bid of the list, and before the end of the lot.'),
});

const AuctionImportLotInput = input(
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

export const auctionImport = mutation('auctionImport', {
  access: 'auction.auction.import',
  description:
    'Records past English auctions with their bids, at their original times. Price, extensions, winner and outcome are computed from the bids by the rules of live lots; the call is refused if the given result differs. Assets keep their owners.',
  errors:
    'FORBIDDEN, NOT_FOUND for an asset, INVALID with the path of what cannot have been, CONFLICT for an idempotency key used with another input',
  tells: [auctionImported],
  input: {
    source: arg.text('The origin of the records, for the log; 1 to 100 characters.', { min: 1, max: 100 }),
    lots: arg.objects(AuctionImportLotInput, 'The lots to record, 1 to 50, with at most 1,000 bids in total.', {
      min: 1,
      atMost: lotsAtMost,
    }),
  },
  payload: (f) => ({
    auctions: f.rows(() => auctions, 'At most 50, in the order in which they were sent.', { atMost: lotsAtMost }),
  }),
  idempotent: {
    same: 'lots',
    resultId: (made) => made.auctions.map(({ id }) => id).join(' '),
    async again(context, ids) {
      const loaded = await Promise.all(ids.split(' ').map((id) => auctions.load(context, id)));
      return { auctions: loaded.filter((auction) => auction !== null) };
    },
  },
  prepare: ({ lots }) => readLots(lots),
  run: async (tx, { source }, lots) => ({ auctions: await importLots(tx, source, lots) }),
});
