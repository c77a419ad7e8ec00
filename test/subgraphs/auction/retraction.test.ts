import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publishedIncrements } from '../../../subgraphs/auction/bid/increments.policy.ts';
import {
  placeMaximum,
  reserveMet,
  standingAfter,
  untouched,
  type EnglishTerms,
  type Standing,
} from '../../../subgraphs/auction/bid/proxy-bidding.policy.ts';
import { retractable } from '../../../subgraphs/auction/bid/retraction.policy.ts';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';
import { bid, inHours, lot, moveEnd, openLot, retract, usd } from './lots.ts';

/** A move on the lot: a bid up to an amount, or null to retract all bids that can be retracted. */
interface Move {
  who: string;
  amount: bigint | null;
}

interface Placed {
  bidderId: string;
  maximum: bigint;
  hidden: boolean;
  /** Index of the move that placed it. */
  move: number;
}

/** Selects the bids that a retraction removes. */
type Rule = (lot: { isSealed: boolean; reserveUnmet: boolean }, bids: readonly Placed[], who: string) => Placed[];

/** eBay's rule, twelve hours or more before the end. */
const ebay: Rule = (_lot, bids, who) => bids.filter(({ bidderId }) => bidderId === who);

interface Game {
  /** For each move: what everyone sees after it, and the answer to its bidder. */
  shown: string[];
  answered: string[];
  /** For each retraction, by its move: the moves that it removed. */
  takenBack: Map<number, number[]>;
  prices: (bigint | null)[];
  standing: Standing;
}

/** Plays the moves under a rule, which does not know which accounts collude. */
function play(terms: EnglishTerms, moves: readonly Move[], rule: Rule): Game {
  let bids: Placed[] = [];
  let standing = untouched;
  const game: Game = { shown: [], answered: [], takenBack: new Map(), prices: [], standing };
  moves.forEach(({ who, amount }, move) => {
    let answer: string;
    if (amount === null) {
      const reserveUnmet = terms.reserve !== null && !reserveMet(terms, standing);
      const gone = rule({ isSealed: false, reserveUnmet }, bids, who);
      bids = bids.filter((each) => !gone.includes(each));
      standing = standingAfter(terms, bids);
      answer = `took back ${gone.length}`;
      if (gone.length > 0)
        game.takenBack.set(
          move,
          gone.map((each) => each.move),
        );
    } else {
      const decision = placeMaximum(terms, standing, { bidderId: who, maximum: amount });
      answer = decision.kind === 'TOO_LOW' ? `TOO_LOW ${decision.minimum}` : decision.kind;
      if (decision.kind !== 'TOO_LOW') {
        ({ standing } = decision);
        bids.push({ bidderId: who, maximum: amount, hidden: !decision.noticeable, move });
      }
    }
    const { price, leader } = standing;
    const seen = bids.filter(({ hidden }) => !hidden).length;
    const met = terms.reserve === null ? null : reserveMet(terms, standing);
    game.shown.push([price, leader?.bidderId, met, seen].join(' '));
    game.answered.push(answer);
    game.prices.push(price);
  });
  game.standing = standing;
  return game;
}

const accounts = ['eve', 'mallory', 'trudy'];
const amounts = fc.oneof(fc.bigInt({ min: 100n, max: 900n }), fc.bigInt({ min: 100n, max: 1_000_000n }));
const attack = fc.record({
  who: fc.constantFrom(...accounts),
  amount: fc.option(amounts, { nil: null, freq: 2 }),
});
const attacks = (max: number) => fc.array(attack, { maxLength: max });
const termsOf = (reserve: bigint | null): EnglishTerms => ({
  startPrice: 100n,
  reserve,
  increments: publishedIncrements(2),
});
const runs = { numRuns: 3000 };

/** The first move after which the attackers can tell two games apart; null when they cannot. */
function firstDifference(moves: readonly Move[], a: Game, b: Game): number | null {
  const differs = moves.findIndex(
    ({ who }, n) => a.shown[n] !== b.shown[n] || (accounts.includes(who) && a.answered[n] !== b.answered[n]),
  );
  return differs < 0 ? null : differs;
}

/** Attackers learn a hidden maximum only at a price that has reached it, below which nobody can win any more. */
const maximumIsPaidFor = (rule: Rule) =>
  fc.property(
    fc.bigInt({ min: 100n, max: 900n }),
    fc.bigInt({ min: 1n, max: 900n }),
    fc.option(fc.bigInt({ min: 100n, max: 2000n }), { nil: null }),
    attacks(6),
    attacks(8),
    attacks(8),
    attacks(8),
    (low, more, reserve, before, after, thenLow, thenHigh) => {
      const maxima = [low, low + more] as const;
      // Whether a maximum meets the reserve is public by design, so both maxima do or neither does.
      fc.pre(reserve === null || maxima[0] >= reserve || maxima[1] < reserve);
      const terms = termsOf(reserve);
      const common = maxima.map((amount) => [...before, { who: 'victim', amount }, ...after]) as [Move[], Move[]];
      const games = common.map((moves) => play(terms, moves, rule)) as [Game, Game];
      fc.pre(games.every(({ answered }) => !answered[before.length]?.startsWith('TOO_LOW')));
      const at = firstDifference(common[0], ...games);
      if (at === null) return;
      // From there on the attackers know which game they play, and choose their moves in each separately.
      [thenLow, thenHigh].forEach((then, n) => {
        const moves = [...common[n]!.slice(0, at + 1), ...then];
        const { prices } = play(terms, moves, rule);
        for (const price of prices.slice(at)) expect(price !== null && price >= low).toBe(true);
      });
    },
  );

/** Attackers learn a reserve only from a binding bid that meets it; a lower binding bid shows only that the reserve is higher. */
const reserveIsPaidFor = (rule: Rule) =>
  fc.property(
    fc.bigInt({ min: 100n, max: 900n }),
    fc.bigInt({ min: 1n, max: 900n }),
    attacks(10),
    attacks(8),
    attacks(8),
    (low, more, moves, thenLow, thenHigh) => {
      const games = [low, low + more].map((reserve) => play(termsOf(reserve), moves, rule)) as [Game, Game];
      const at = firstDifference(moves, ...games);
      if (at === null) return;
      const end = (reserve: bigint, then: Move[]): Game =>
        play(termsOf(reserve), [...moves.slice(0, at + 1), ...then], rule);
      const met = end(low, thenLow);
      for (const price of met.prices.slice(at)) expect(price !== null && price >= low).toBe(true);
      expect((end(low + more, thenHigh).standing.leader?.maximum ?? 0n) >= low).toBe(true);
    },
  );

/** A retracted bid has changed nothing that anyone else saw, before or after its retraction. */
const leavesNoTrace = (rule: Rule) =>
  fc.property(
    fc.option(fc.bigInt({ min: 100n, max: 900n }), { nil: null }),
    fc.array(
      fc.record({ who: fc.constantFrom('victim', ...accounts), amount: fc.option(amounts, { nil: null, freq: 2 }) }),
      {
        maxLength: 14,
      },
    ),
    (reserve, moves) => {
      const game = play(termsOf(reserve), moves, rule);
      const [first] = [...game.takenBack].sort(([a], [b]) => a - b);
      if (!first) return;
      const [at, gone] = first;
      // In between, the answers to the same bidder depend on the bidder's own maximum, so these moves are left out.
      const { who } = moves[at]!;
      const between = (n: number): boolean => n >= Math.min(...gone) && n <= at && moves[n]?.who === who;
      const kept = moves.map((_, n) => n).filter((n) => !between(n));
      const without = play(
        termsOf(reserve),
        kept.map((n) => moves[n]!),
        rule,
      );
      expect(kept.map((n) => game.shown[n])).toEqual(without.shown);
      expect(kept.map((n) => game.answered[n])).toEqual(without.answered);
    },
  );

describe('retraction, attacked by several accounts in any order of moves', () => {
  test('attackers learn a hidden maximum only once the price has reached it, and the price never falls below it again', () => {
    fc.assert(maximumIsPaidFor(retractable), runs);
  });
  test('attackers learn a reserve only from a bid that stays binding', () => {
    fc.assert(reserveIsPaidFor(retractable), runs);
  });
  test('others see the same as if a retracted bid had never been placed', () => {
    fc.assert(leavesNoTrace(retractable), runs);
  });
  test('a rule that lowers the price again, such as eBay’s, fails all three properties', () => {
    expect(() => fc.assert(maximumIsPaidFor(ebay), runs)).toThrow('Property failed');
    expect(() => fc.assert(reserveIsPaidFor(ebay), runs)).toThrow('Property failed');
    expect(() => fc.assert(leavesNoTrace(ebay), runs)).toThrow('Property failed');
  });
});

describe('bidRetract', () => {
  let world: World;
  let ann: Person;
  let bob: Person;
  let eve: Person;
  let mallory: Person;
  beforeAll(async () => {
    world = await openWorld({ oses: ['assets', 'auction'] });
    [ann, bob, eve, mallory] = [
      await world.signUp({ displayName: 'Ann' }),
      await world.signUp({ displayName: 'Bob' }),
      await world.signUp({ displayName: 'Eve' }),
      await world.signUp({ displayName: 'Mallory' }),
    ];
  });
  afterAll(() => world.close());

  const input = (auctionId: string) => ({ input: { auctionId, reason: 'WRONG_AMOUNT' } });
  const conflict = { code: 'CONFLICT' };

  test.each([48, 0.5])(
    'a bid of 100,000 that reveals a hidden maximum cannot be retracted %s hours before the end',
    async (hours) => {
      const auctionId = await openLot(world, ann, { endsAt: inHours(hours) });
      await bid(bob, auctionId, '777.77');
      expect((await bid(eve, auctionId, 100_000)).__typename).toBe('BidLeading');
      expect(await refusal(eve, retract, input(auctionId))).toEqual(conflict);
      // An accomplice gains nothing: nobody can bid below the price that the probe has set.
      expect(await lot(mallory, auctionId)).toMatchObject({
        currentPrice: { amount: '787.77' },
        leader: { id: eve.id },
      });
      expect(await bid(mallory, auctionId, 780)).toMatchObject({ __typename: 'BidTooLow' });
    },
  );

  test('a high bid that deters others cannot be retracted, and neither can the bid that it outbid', async () => {
    const auctionId = await openLot(world, ann);
    await bid(mallory, auctionId, 5);
    await bid(eve, auctionId, 5000);
    await bid(bob, auctionId, 100);
    for (const client of [eve, mallory]) expect(await refusal(client, retract, input(auctionId))).toEqual(conflict);
    await moveEnd(world, auctionId, 30);
    expect(await refusal(eve, retract, input(auctionId))).toEqual(conflict);
  });

  test('raises cannot be retracted while the reserve is not met, so the reserve cannot be probed', async () => {
    const auctionId = await openLot(world, ann, { reserve: usd(400) });
    await bid(eve, auctionId, 10);
    for (const amount of [100, 200, 300]) expect((await bid(eve, auctionId, amount)).__typename).toBe('BidRaised');
    expect(await refusal(eve, retract, input(auctionId))).toEqual(conflict);
    await bid(eve, auctionId, 500);
    expect(await refusal(eve, retract, input(auctionId))).toEqual(conflict);
    expect(await lot(bob, auctionId)).toMatchObject({ reserveMet: true, currentPrice: { amount: '400.00' } });
  });

  test('hidden raises can be retracted until the next visible bid', async () => {
    const auctionId = await openLot(world, ann);
    await bid(bob, auctionId, 20);
    await bid(eve, auctionId, 10);
    for (const amount of [50, 90]) await bid(bob, auctionId, amount);
    const before = await lot(eve, auctionId);
    const facts = (await world.facts()).length;
    expect((await bob.ask(retract, input(auctionId))).bidRetract.retractedCount).toBe(2);
    expect(await lot(eve, auctionId)).toEqual(before);
    expect((await world.facts()).length).toBe(facts);
    expect(await bid(bob, auctionId, 20)).toMatchObject({ __typename: 'BidTooLow', minimum: { amount: '20.01' } });
    await bid(bob, auctionId, 60);
    await bid(eve, auctionId, 15);
    expect(await refusal(bob, retract, input(auctionId))).toEqual(conflict);
    expect(await bid(eve, auctionId, 40)).toMatchObject({ __typename: 'BidOutbid' });
  });

  test('sealed bids can be retracted ten minutes before the end, and others do not notice', async () => {
    const auctionId = await openLot(world, ann, { format: 'SEALED_SECOND_PRICE', reserve: usd(30) });
    for (const amount of [40, 60]) await bid(bob, auctionId, amount);
    const before = await lot(eve, auctionId);
    await moveEnd(world, auctionId, 600);
    expect((await bob.ask(retract, input(auctionId))).bidRetract.retractedCount).toBe(2);
    expect({ ...(await lot(eve, auctionId)), endsAt: before.endsAt }).toEqual(before);
    // Repeating the retraction succeeds and retracts nothing.
    expect((await bob.ask(retract, input(auctionId))).bidRetract.retractedCount).toBe(0);
    expect(await refusal(eve, retract, input(auctionId))).toEqual(conflict);
  });
});
