import { expect, test } from 'vitest';
import { publishedIncrements } from '../../../subgraphs/auction/bid/increments.policy.ts';
import { replayed } from '../../../subgraphs/auction/recording/recorded-auction.policy.ts';
import { consignment } from '../../../subgraphs/demo/consignments.ts';
import { floorConsignments } from '../../../subgraphs/demo/floor-sellers.ts';
import { pastSales, softCloseSeconds, type PastLot } from '../../../subgraphs/demo/sales.ts';

const hour = 3_600_000;
/** The generated year depends on the time of the start: a day of each month, and of a leap year. */
const days = [
  ...Array.from({ length: 12 }, (_, month) => new Date(Date.UTC(2026, month, 1 + month * 2, 15))),
  new Date('2028-02-29T23:00:00Z'),
];
const increments = publishedIncrements(2);
const cents = (euros: number): bigint => BigInt(euros) * 100n;

function decided(lot: PastLot): ReturnType<typeof replayed> {
  return replayed({
    terms: { startPrice: cents(lot.startPrice), reserve: lot.reserve === null ? null : cents(lot.reserve), increments },
    sellerId: lot.seller,
    openedAt: lot.openedAt,
    endsAt: lot.endsAt,
    softCloseSeconds,
    cancelledAt: lot.cancelledAt,
    bids: lot.bids.map(({ bidder, amount, placedAt }) => ({ bidderId: bidder, maximum: cents(amount), placedAt })),
  });
}

test.each(days)('the generated year that ended on %s follows the rules of live lots', (until) => {
  const lots = pastSales(until);
  for (const lot of lots) {
    const { winnerId, endsAt, status } = decided(lot);
    const what = `${lot.sale}, lot ${lot.number}`;
    expect([what, winnerId ?? lot.seller, status === 'SOLD'], what).toEqual([what, lot.owner, lot.sold]);
    expect(endsAt <= until && lot.openedAt.getTime() >= until.getTime() - 365 * 24 * hour, what).toBe(true);
  }
  // Every outcome of a lot occurs, and so does a hidden raise.
  const outcomes = new Set(lots.map((lot) => decided(lot).status));
  expect(outcomes).toEqual(new Set(['SOLD', 'UNSOLD', 'CANCELLED']));
  expect(lots.some((lot) => lot.reserve !== null && lot.bids.length > 0 && decided(lot).status === 'UNSOLD')).toBe(
    true,
  );
  expect(lots.some((lot) => lot.bids.length === 0)).toBe(true);
  expect(lots.some((lot) => decided(lot).bids.some(({ hidden }) => hidden))).toBe(true);
  expect(lots.some((lot) => decided(lot).endsAt > lot.endsAt)).toBe(true);
});

test('spring and autumn have more sales at higher prices than summer', () => {
  const lots = pastSales(new Date('2026-12-31T23:00:00Z'));
  const of = (...months: number[]) => lots.filter(({ endsAt }) => months.includes(endsAt.getUTCMonth() + 1));
  const mean = (some: PastLot[]) => some.reduce((sum, { startPrice }) => sum + startPrice, 0) / some.length;
  const [spring, summer, autumn] = [of(3, 4, 5), of(6, 7, 8), of(9, 10, 11)];
  expect(spring.length).toBeGreaterThan(3 * summer.length);
  expect(autumn.length).toBeGreaterThan(2 * summer.length);
  expect(mean(spring)).toBeGreaterThan(1.4 * mean(of(7, 8)));
  expect(mean(autumn)).toBeGreaterThan(1.4 * mean(of(7, 8)));
});

test('the same time generates the same year, and no two works have the same title', () => {
  const until = new Date('2026-11-21T00:00:00Z');
  const lots = pastSales(until);
  expect(pastSales(new Date(until))).toEqual(lots);
  const works = [...lots.map(({ work }) => consignment(work)), ...floorConsignments()];
  expect(new Set(works.map(({ title }) => title)).size).toBe(works.length);
  expect(new Set(works.map(({ sourceId }) => sourceId)).size).toBe(works.length);
});
