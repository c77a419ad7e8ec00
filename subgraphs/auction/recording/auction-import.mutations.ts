import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { auctions } from '../auction/auction.noun.ts';
import { auctionImported } from '../events.ts';
import { AuctionImportLotInput, lotsAtMost } from './auction-import.input.ts';
import { importLots, readLots } from './auction-import.service.ts';

export const auctionImport = mutation('auctionImport', {
  access: 'auction.auction.import',
  description:
    'Records past English auctions with their bids, at their original times. Price, extensions, winner and outcome are computed from the bids by the rules of live lots. Assets keep their owners.',
  errors:
    'FORBIDDEN, NOT_FOUND for an asset, INVALID with the path of a value that contradicts the rules, CONFLICT for an idempotency key used with another input',
  tells: [auctionImported],
  input: {
    source: arg.text('The origin of the records, for the log; 1 to 100 characters.', { min: 1, max: 100 }),
    lots: arg.objects(AuctionImportLotInput, 'The lots to record, 1 to 50, with at most 1,000 bids in total.', {
      min: 1,
      atMost: lotsAtMost,
    }),
  },
  payload: (f) => ({
    auctions: f.rows(() => auctions, 'The recorded lots, in the order of the input; at most 50.', {
      atMost: lotsAtMost,
    }),
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
