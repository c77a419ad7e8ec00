import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { incrementAt, incrementsFault, publishedIncrements } from '../../../subgraphs/auction/bid/increments.policy.ts';
import {
  minimumBid,
  placeMaximum,
  reserveMet,
  standingAfter,
  untouched,
  type EnglishTerms,
  type Maximum,
  type Standing,
} from '../../../subgraphs/auction/bid/proxy-bidding.policy.ts';
import { ebayStep, english, englishRun, type ModelTerms } from './model.ts';

const increments = publishedIncrements(2);
const terms = (more: Partial<EnglishTerms> = {}): EnglishTerms => ({
  startPrice: 100n,
  reserve: null,
  increments,
  ...more,
});

/** Places bids in order. Returns the outcome of each bid, and the final standing. */
function place(given: EnglishTerms, bids: [bidder: string, maximum: number][]): { did: string[]; standing: Standing } {
  let standing = untouched;
  const did = bids.map(([bidderId, maximum]) => {
    const decision = placeMaximum(given, standing, { bidderId, maximum: BigInt(maximum) });
    if (decision.kind !== 'TOO_LOW') standing = decision.standing;
    return decision.kind;
  });
  return { did, standing };
}

describe('increments', () => {
  test('are those published by eBay', () => {
    const prices = [0, 99, 100, 499, 500, 2499, 2500, 9999, 10000, 24999, 25000, 49999, 50000, 99999, 100000];
    for (const price of [...prices, 249999, 250000, 499999, 500000, 9999999])
      expect(incrementAt(increments, BigInt(price)), String(price)).toBe(ebayStep(BigInt(price)));
  });

  test('follow the decimals of the currency', () => {
    expect(publishedIncrements(0).slice(0, 4)).toEqual([
      { from: 0n, step: 1n },
      { from: 1n, step: 1n },
      { from: 5n, step: 1n },
      { from: 25n, step: 1n },
    ]);
    expect(incrementAt(publishedIncrements(18), 10n ** 18n)).toBe(25n * 10n ** 16n);
    for (const exponent of [0, 2, 3, 4, 18]) expect(incrementsFault(publishedIncrements(exponent))).toBeNull();
  });

  test('must be 1 to 30 bands that start at zero, ascend and have steps above zero', () => {
    const band = (from: number, step: number) => ({ from: BigInt(from), step: BigInt(step) });
    expect(incrementsFault([])).toMatch('1 to 30');
    expect(incrementsFault([band(1, 1)])).toMatch('zero');
    expect(incrementsFault([band(0, 1), band(5, 0)])).toMatch('more than zero');
    expect(incrementsFault([band(0, 1), band(5, 2), band(5, 3)])).toMatch('ascend');
  });
});

describe('proxy bidding', () => {
  test('the first bid leads at the start price', () => {
    expect(place(terms(), [['ann', 5000]])).toEqual({
      did: ['LEADING'],
      standing: { price: 100n, leader: { bidderId: 'ann', maximum: 5000n } },
    });
  });

  test('the price is one increment above the second-highest maximum', () => {
    const { did, standing } = place(terms(), [
      ['ann', 5000],
      ['bob', 3000],
      ['cleo', 9000],
    ]);
    expect(did).toEqual(['LEADING', 'OUTBID', 'LEADING']);
    expect(standing).toEqual({ price: 5100n, leader: { bidderId: 'cleo', maximum: 9000n } });
  });

  test('the price never exceeds the leader’s maximum', () => {
    expect(
      place(terms(), [
        ['ann', 5000],
        ['bob', 4950],
      ]).standing.price,
    ).toBe(5000n);
    expect(
      place(terms(), [
        ['ann', 5000],
        ['bob', 5001],
      ]).standing,
    ).toEqual({
      price: 5001n,
      leader: { bidderId: 'bob', maximum: 5001n },
    });
  });

  test('of two equal maxima the earlier one wins', () => {
    const { did, standing } = place(terms(), [
      ['ann', 5000],
      ['bob', 5000],
    ]);
    expect(did).toEqual(['LEADING', 'OUTBID']);
    expect(standing).toEqual({ price: 5000n, leader: { bidderId: 'ann', maximum: 5000n } });
  });

  test('a leader can raise their own maximum by any amount, which does not change the price', () => {
    const before = place(terms(), [
      ['ann', 5000],
      ['bob', 3000],
    ]).standing;
    const raised = placeMaximum(terms(), before, { bidderId: 'ann', maximum: 5001n });
    expect(raised).toEqual({
      kind: 'RAISED',
      noticeable: false,
      standing: { price: before.price, leader: { bidderId: 'ann', maximum: 5001n } },
    });
    expect(placeMaximum(terms(), before, { bidderId: 'ann', maximum: 5000n })).toEqual({
      kind: 'TOO_LOW',
      minimum: 5001n,
    });
  });

  test('a bid below the minimum is refused and changes nothing', () => {
    expect(placeMaximum(terms(), untouched, { bidderId: 'ann', maximum: 99n })).toEqual({
      kind: 'TOO_LOW',
      minimum: 100n,
    });
    const { standing } = place(terms(), [['ann', 5000]]);
    expect(placeMaximum(terms(), standing, { bidderId: 'bob', maximum: 124n })).toEqual({
      kind: 'TOO_LOW',
      minimum: 125n,
    });
  });

  test('a maximum that meets the reserve raises the price to it; one below does not', () => {
    const given = terms({ reserve: 4000n });
    expect(place(given, [['ann', 3999]]).standing.price).toBe(100n);
    expect(reserveMet(given, place(given, [['ann', 3999]]).standing)).toBe(false);
    expect(
      place(given, [
        ['ann', 3999],
        ['bob', 4000],
      ]).standing.price,
    ).toBe(4000n);
    expect(place(given, [['ann', 9000]]).standing.price).toBe(4000n);
    expect(reserveMet(given, place(given, [['ann', 4000]]).standing)).toBe(true);
    const raised = place(given, [
      ['ann', 3000],
      ['ann', 4000],
    ]);
    expect(raised).toMatchObject({ did: ['LEADING', 'RAISED'], standing: { price: 4000n } });
  });

  const bidders = fc.constantFrom('a', 'b', 'c', 'd');
  const maxima = fc.record({ bidder: bidders, maximum: fc.bigInt({ min: 1n, max: 60_000n }) });
  const close = fc.record({ bidder: bidders, maximum: fc.bigInt({ min: 95n, max: 130n }) });
  const histories = fc.array(fc.oneof(maxima, close), { maxLength: 25 });
  const anyTerms = fc.record({
    start: fc.constantFrom(1n, 100n, 999n, 10_000n),
    reserve: fc.option(fc.bigInt({ min: 1n, max: 60_000n })),
  });
  const modelOf = ({ start, reserve }: { start: bigint; reserve: bigint | null }): ModelTerms => ({
    start,
    reserve: reserve === null || reserve < start ? null : reserve,
    step: ebayStep,
  });

  test('agrees with a reference model that evaluates all bids at once', () => {
    fc.assert(
      fc.property(anyTerms, histories, (given, bids) => {
        const model = modelOf(given);
        const engine = terms({ startPrice: model.start, reserve: model.reserve });
        const { refused, standing } = englishRun(model, bids);
        const placed = place(
          engine,
          bids.map(({ bidder, maximum }) => [bidder, Number(maximum)]),
        );
        expect(placed.did.flatMap((kind, n) => (kind === 'TOO_LOW' ? [n] : []))).toEqual(refused);
        expect(placed.standing.price).toBe(standing.price);
        expect(placed.standing.leader?.bidderId ?? null).toBe(standing.leader);
        expect(reserveMet(engine, placed.standing)).toBe(standing.sold);
      }),
      { numRuns: 3000 },
    );
  });

  test('after any retractions the standing is as if the retracted bids had never been placed', () => {
    fc.assert(
      fc.property(anyTerms, histories, fc.array(bidders, { maxLength: 3 }), (given, bids, gone) => {
        const model = modelOf(given);
        const engine = terms({ startPrice: model.start, reserve: model.reserve });
        const { refused } = englishRun(model, bids);
        const accepted = bids.filter((_, n) => !refused.includes(n));
        const left = accepted.filter(({ bidder }) => !gone.includes(bidder));
        const asMaxima = (list: typeof bids): Maximum[] =>
          list.map(({ bidder, maximum }) => ({ bidderId: bidder, maximum }));
        const standing = standingAfter(engine, asMaxima(left));
        const expected = english(model, left);
        expect([standing.leader?.bidderId ?? null, standing.price]).toEqual([expected.leader, expected.price]);
        const before = standingAfter(engine, asMaxima(accepted));
        if (standing.price !== null)
          expect(minimumBid(engine, standing)).toBeLessThanOrEqual(minimumBid(engine, before));
      }),
      { numRuns: 2000 },
    );
  });

  test('the price never falls, and a hidden raise changes neither the price nor the leader', () => {
    fc.assert(
      fc.property(anyTerms, histories, (given, bids) => {
        const model = modelOf(given);
        const engine = terms({ startPrice: model.start, reserve: model.reserve });
        let standing = untouched;
        for (const { bidder, maximum } of bids) {
          const decision = placeMaximum(engine, standing, { bidderId: bidder, maximum });
          if (decision.kind === 'TOO_LOW') continue;
          const { price, leader } = decision.standing;
          expect(price !== null && price >= (standing.price ?? 0n)).toBe(true);
          expect(leader !== null && price !== null && price <= leader.maximum).toBe(leader!.maximum >= model.start);
          if (!decision.noticeable) {
            expect(price).toBe(standing.price);
            expect(leader?.bidderId).toBe(standing.leader?.bidderId);
          }
          standing = decision.standing;
        }
      }),
      { numRuns: 1000 },
    );
  });
});
