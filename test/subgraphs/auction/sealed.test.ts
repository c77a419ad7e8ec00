import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '../../../platform/ids/ids.ts';
import { sealedSale } from '../../../subgraphs/auction/bid/sealed-bid.policy.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';
import { end, openLot, usd } from './lots.ts';

let world: World;
let ann: Person;
const bidders: string[] = [];
beforeAll(async () => {
  world = await openWorld();
  ann = await world.signUp();
  for (let n = 0; n < 4; n++) bidders.push((await world.signUp()).id);
});
afterAll(() => world.close());

test('the two best bids decide a sealed lot like all bids would, even with ties, several bids by one and retractions', async () => {
  const offer = fc.record({ bidder: fc.nat(3), cents: fc.integer({ min: 100, max: 106 }), gone: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(
      fc.array(offer, { maxLength: 12 }),
      fc.constantFrom('SEALED_FIRST_PRICE', 'SEALED_SECOND_PRICE'),
      async (offers, format) => {
        const auctionId = await openLot(world, ann, { format, reserve: usd('1.03') });
        const rows = offers.map(({ bidder, cents, gone }, n) => ({
          id: newId('bid'),
          bidder: bidders[bidder] ?? '',
          maximum: cents,
          sequence: n + 1,
          gone,
        }));
        await world.database.query(
          `insert into auction.bids (id, universe_id, created_at, updated_at, auction_id, bidder_id, placed_by, sequence, number,
             hidden, standing, maximum, currency, placed_at, retracted_at)
           select r.id, 'main', now(), now(), $1, r.bidder, r.bidder, r.sequence, 0, true, 'SEALED', r.maximum, 'USD', now(),
             case when r.gone then now() end
           from jsonb_to_recordset($2::jsonb) as r(id text, bidder text, maximum numeric, sequence int, gone boolean)`,
          [auctionId, JSON.stringify(rows)],
        );
        const all = rows
          .filter(({ gone }) => !gone)
          .map(({ id, bidder, maximum }) => ({ id, bidderId: bidder, amount: BigInt(maximum) }));
        const rule = format === 'SEALED_FIRST_PRICE' ? 'FIRST_PRICE' : 'SECOND_PRICE';
        const sale = sealedSale({ startPrice: 100n, reserve: 103n }, rule, all);
        await ann.ask(end, { input: { auctionId } });
        const [lot] = await world.database.query(
          'select status, winner_id, price::text, leader_bid_id from auction.auctions where id = $1',
          [auctionId],
        );
        expect(lot).toEqual({
          status: sale ? 'SOLD' : 'UNSOLD',
          winner_id: sale?.bid.bidderId ?? null,
          price: sale?.price.toString() ?? null,
          leader_bid_id: sale?.bid.id ?? null,
        });
        const seen = await world.database.query('select id from auction.bids where auction_id = $1 and not hidden', [
          auctionId,
        ]);
        expect(seen).toEqual(sale ? [{ id: sale.bid.id }] : []);
      },
    ),
    { numRuns: 15 },
  );
}, 60_000);
