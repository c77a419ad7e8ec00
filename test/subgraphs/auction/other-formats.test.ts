import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cancellable, extendedEnd } from '../../../subgraphs/auction/bid/deadlines.policy.ts';
import { dutchPrice } from '../../../subgraphs/auction/bid/dutch.policy.ts';
import { sealedSale } from '../../../subgraphs/auction/bid/sealed-bid.policy.ts';

const hour = 3600 * 1000;
const at = (ms: number) => new Date(1_800_000_000_000 + ms);

describe('a Dutch auction', () => {
  const terms = { startPrice: 10_000n, floorPrice: 4_000n, step: 1_500n, intervalSeconds: 60 };

  test.each([
    [-5_000, 10_000],
    [0, 10_000],
    [59_999, 10_000],
    [60_000, 8_500],
    [239_999, 5_500],
    [240_000, 4_000],
    [10 * hour, 4_000],
  ])('after %i ms the price is %i', (ms, price) => {
    expect(dutchPrice(terms, at(0), at(ms))).toBe(BigInt(price));
  });

  test('the price never rises, and never falls below the floor', () => {
    fc.assert(
      fc.property(fc.nat(10 * hour), fc.nat(hour), (first, more) => {
        const earlier = dutchPrice(terms, at(0), at(first));
        const later = dutchPrice(terms, at(0), at(first + more));
        expect(later <= earlier && later >= terms.floorPrice).toBe(true);
      }),
    );
  });
});

describe('sealed bids', () => {
  const bid = (bidderId: string, amount: number) => ({ bidderId, amount: BigInt(amount) });
  const terms = { startPrice: 100n, reserve: null };
  const bids = [bid('ann', 700), bid('bob', 900), bid('cleo', 900), bid('bob', 300)];

  test('the highest bid wins, the earliest of equal ones, and pays its own amount or that of the best other bidder', () => {
    expect(sealedSale(terms, 'FIRST_PRICE', bids)).toEqual({ bid: bids[1], price: 900n });
    expect(sealedSale(terms, 'SECOND_PRICE', bids)).toEqual({ bid: bids[1], price: 900n });
    expect(sealedSale(terms, 'SECOND_PRICE', [bid('ann', 700), bid('bob', 800), bid('bob', 900)])?.price).toBe(700n);
  });

  test('a single bidder of a second-price auction pays the start price or the reserve; below the reserve nobody wins', () => {
    expect(sealedSale(terms, 'SECOND_PRICE', [bid('ann', 700)])?.price).toBe(100n);
    expect(sealedSale({ ...terms, reserve: 500n }, 'SECOND_PRICE', [bid('ann', 700), bid('bob', 300)])?.price).toBe(
      500n,
    );
    expect(sealedSale({ ...terms, reserve: 701n }, 'FIRST_PRICE', bids.slice(0, 1))).toBeNull();
    expect(sealedSale(terms, 'FIRST_PRICE', [])).toBeNull();
  });

  test('in a second-price auction no bid gains more than bidding one’s own value', () => {
    const others = fc.array(fc.record({ bidderId: fc.constantFrom('b', 'c', 'd'), amount: fc.bigInt(1n, 50n) }));
    const reserves = fc.option(fc.bigInt(1n, 50n));
    fc.assert(
      fc.property(others, reserves, fc.bigInt(1n, 50n), fc.bigInt(1n, 50n), (rivals, reserve, value, lie) => {
        const gain = (amount: bigint): bigint => {
          const sale = sealedSale({ startPrice: 1n, reserve }, 'SECOND_PRICE', [...rivals, { bidderId: 'a', amount }]);
          return sale?.bid.bidderId === 'a' ? value - sale.price : 0n;
        };
        expect(gain(value) >= gain(lie)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('deadlines', () => {
  test('in the last twelve hours a lot with bids, or with sealed bidding, cannot be cancelled', () => {
    const endsAt = at(12 * hour);
    expect(cancellable({ bids: 5, sealed: false, endsAt }, at(0))).toBe(true);
    expect(cancellable({ bids: 5, sealed: false, endsAt }, at(1))).toBe(false);
    expect(cancellable({ bids: 0, sealed: false, endsAt }, at(1))).toBe(true);
    expect(cancellable({ bids: 0, sealed: true, endsAt }, at(1))).toBe(false);
  });

  test('a bid within the soft close moves the end, and never to an earlier time', () => {
    expect(extendedEnd(at(100_000), 30, at(80_000))).toEqual(at(110_000));
    expect(extendedEnd(at(110_000), 30, at(109_999))).toEqual(at(139_999));
    expect(extendedEnd(at(100_000), 30, at(70_000))).toEqual(at(100_000));
    expect(extendedEnd(at(100_000), 0, at(99_999))).toEqual(at(100_000));
  });
});
