import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publishedIncrements } from '../../../subgraphs/auction/bid/increments.policy.ts';
import { replayed, type RecordedAuction } from '../../../subgraphs/auction/recording/recorded-auction.policy.ts';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Answer, type Person, type World } from '../../testkit/world.ts';
import { newAsset, usd } from './lots.ts';
import { ebayStep, english } from './model.ts';

const record = `mutation ($input: AuctionImportInput!) {
  auctionImport(input: $input) {
    auctions {
      id status format bidCount createdAt endsAt endedAt hasReserve reserveMet description
      currentPrice { amount } leader { id } winner { id } seller { id } createdBy { id } viewerMaximum { amount }
      bids { number standing placedAt amount { amount } bidder { id } maximum { amount } }
      priceSeries { ticks { placedAt price { amount } } }
    }
  }
}`;

/** A small selection, for callers with lower limits than an operator. */
const briefly = 'mutation ($input: AuctionImportInput!) { auctionImport(input: $input) { auctions { id } } }';

let world: World;
let ann: Person;
let bob: Person;
let cleo: Person;
let operator: Person;
let assetId: string;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets', 'auction'] });
  ann = await world.signUp({ displayName: 'Ann', organization: 'Gallery' });
  bob = await world.signUp({ displayName: 'Bob' });
  cleo = await world.signUp({ displayName: 'Cleo' });
  operator = await world.operator();
  assetId = await newAsset(world, ann);
});
afterAll(() => world.close());

const day = (n: number, time = '12:00:00'): string => `2024-05-${String(n).padStart(2, '0')}T${time}.000Z`;
const bidOf = ({ id }: Person, amount: string, placedAt: string) => ({ bidderId: id, amount, placedAt });
const lotOf = (more: object = {}) => ({
  assetId,
  sellerId: ann.id,
  startPrice: usd('100.00'),
  openedAt: day(1),
  endsAt: day(8),
  bids: [
    bidOf(bob, '150.00', day(2)),
    bidOf(bob, '400.00', day(3)),
    bidOf(cleo, '200.00', day(4)),
    bidOf(cleo, '410.00', day(8, '11:59:30')),
  ],
  ...more,
});
const input = (...lots: object[]) => ({ input: { source: 'ledger', lots } });

async function imported(...lots: object[]): Promise<Answer> {
  return (await operator.ask(record, input(...lots))).auctionImport.auctions;
}

describe('auctionImport', () => {
  test('records an auction with its original times, and derives its outcome from its bids', async () => {
    const [lot] = await imported(lotOf({ softCloseSeconds: 120, description: 'Spring sale' }));
    expect(lot).toMatchObject({
      status: 'SOLD',
      format: 'ENGLISH',
      bidCount: 3,
      createdAt: day(1),
      endsAt: day(8, '12:01:30'),
      endedAt: day(8, '12:01:30'),
      hasReserve: false,
      description: 'Spring sale',
      currentPrice: { amount: '405.00' },
      leader: { id: cleo.id },
      winner: { id: cleo.id },
      seller: { id: ann.id },
      createdBy: { id: operator.id },
    });
    // Bob's raise is hidden from everyone else, including the operator who imported it.
    expect(lot.bids).toEqual([
      {
        number: 3,
        standing: 'LEADING',
        placedAt: day(8, '11:59:30'),
        amount: { amount: '405.00' },
        bidder: { id: cleo.id },
        maximum: null,
      },
      {
        number: 2,
        standing: 'OUTBID',
        placedAt: day(4),
        amount: { amount: '202.50' },
        bidder: { id: cleo.id },
        maximum: null,
      },
      {
        number: 1,
        standing: 'LEADING',
        placedAt: day(2),
        amount: { amount: '100.00' },
        bidder: { id: bob.id },
        maximum: null,
      },
    ]);
    expect(lot.priceSeries.ticks.map(({ price }: Answer) => price.amount)).toEqual(['100.00', '202.50', '405.00']);
    const { auction } = await bob.ask('query ($id: ID!) { auction(id: $id) { viewerMaximum { amount } } }', lot);
    expect(auction.viewerMaximum).toEqual({ amount: '400.00' });

    const told = await world.facts({ key: lot.id });
    expect(told).toMatchObject([
      {
        type: 'auction.auction.imported',
        actor: operator.id,
        payload: {
          source: 'ledger',
          status: 'SOLD',
          winnerId: cleo.id,
          bidCount: 3,
          openedAt: day(1),
          price: { minor: '40500' },
        },
      },
    ]);
    expect(JSON.stringify(told)).not.toMatch(/40000|41000/);
    // The sale lies in the past: the import changes neither owner nor status of the asset.
    const { asset } = await ann.ask('query ($id: ID!) { asset(id: $id) { status owner { id } } }', { id: assetId });
    expect(asset).toEqual({ status: 'PUBLISHED', owner: { id: ann.id } });
  });

  test('lots below their reserve, without bids or cancelled are recorded as not sold', async () => {
    const lots = await imported(
      lotOf({ reserve: usd('500.00') }),
      lotOf({ reserve: usd('410.00') }),
      lotOf({ bids: [] }),
      lotOf({ bids: [bidOf(bob, '150.00', day(2))], cancelledAt: day(5) }),
    );
    expect(lots).toMatchObject([
      { status: 'UNSOLD', winner: null, reserveMet: false, endedAt: day(8) },
      { status: 'SOLD', winner: { id: cleo.id }, reserveMet: true, currentPrice: { amount: '410.00' } },
      { status: 'UNSOLD', bidCount: 0, leader: null, currentPrice: { amount: '100.00' } },
      { status: 'CANCELLED', bidCount: 1, winner: null, endedAt: day(5) },
    ]);
  });

  test.each([
    ['a bid below the start price', { bids: [bidsAt('99.99', 2)] }, 'bids.0.amount'],
    ['a bid below the next increment', { bids: [bidsAt('200.00', 2), bidsAt('101.00', 3, true)] }, 'bids.1.amount'],
    [
      'a bid that is earlier than its predecessor',
      { bids: [bidsAt('150.00', 4), bidsAt('300.00', 3, true)] },
      'bids.1.placedAt',
    ],
    ['a bid before the opening', { openedAt: day(3), bids: [bidsAt('150.00', 2)] }, 'bids.0.placedAt'],
    ['a bid at the end', { bids: [bidsAt('150.00', 8)] }, 'bids.0.placedAt'],
    ['a bid after the cancellation', { cancelledAt: day(4), bids: [bidsAt('150.00', 5)] }, 'bids.0.placedAt'],
    [
      'a cancellation in the last twelve hours of a lot with bids',
      { cancelledAt: day(8, '01:00:00'), bids: [bidsAt('150.00', 2)] },
      'cancelledAt',
    ],
    ['an end before the opening', { endsAt: day(1), bids: [] }, 'endsAt'],
    ['an end in the future', { endsAt: new Date(Date.now() + 3_600_000).toISOString() }, 'endsAt'],
    ['a reserve below the start', { reserve: usd('99.00') }, 'reserve'],
    ['another currency', { reserve: { amount: '500.00', currency: 'EUR' } }, 'reserve.currency'],
    ['an amount with too many decimals', { bids: [bidsAt('150.001', 2)] }, 'bids.0.amount'],
  ])('%s is INVALID, and nothing of the call is recorded', async (_, more, path) => {
    const before = (await world.anonymous.ask('{ auctions(first: 1) { totalCount } }')).auctions;
    const own = JSON.parse(JSON.stringify(more).replaceAll('BOB', bob.id).replaceAll('CLEO', cleo.id));
    const fault = await refusal(operator, record, input(lotOf(), lotOf(own)));
    expect(fault).toEqual({ code: 'INVALID', path: `input.lots.1.${path}` });
    expect((await world.anonymous.ask('{ auctions(first: 1) { totalCount } }')).auctions).toEqual(before);
  });

  test('a bid by the seller is INVALID; an unknown asset, or one of another universe, is NOT_FOUND', async () => {
    const own = lotOf({ bids: [bidOf(ann, '150.00', day(2))] });
    expect(await refusal(operator, record, input(own))).toEqual({
      code: 'INVALID',
      path: 'input.lots.0.bids.0.bidderId',
    });
    const gone = lotOf({ assetId: 'ast_01h455vb4pex5vsknk084sn02q' });
    expect(await refusal(operator, record, input(gone))).toEqual({ code: 'NOT_FOUND', path: 'input.lots.0.assetId' });
    const far = await world.inUniverse('other').operator();
    expect(await refusal(far, record, input(lotOf()))).toEqual({ code: 'NOT_FOUND', path: 'input.lots.0.assetId' });
  });

  test('is for operators alone, and repeating a call with its idempotency key records nothing more', async () => {
    const { code } = await refusal(ann, briefly, input(lotOf()));
    expect(code).toBe('FORBIDDEN');
    expect((await refusal(world.anonymous, briefly, input(lotOf()))).code).toBe('UNAUTHENTICATED');
    const given = { ...input(lotOf()).input, idempotencyKey: 'may' };
    const ids = async () =>
      (await operator.ask(record, { input: given })).auctionImport.auctions.map(({ id }: Answer) => id);
    expect(await ids()).toEqual(await ids());
    const other = { ...given, source: 'another ledger' };
    expect((await refusal(operator, record, { input: other })).code).toBe('CONFLICT');
  });

  test('takes as many statements for twenty lots as for one, and refuses more than 1,000 bids', async () => {
    const counts: number[] = [];
    for (const n of [1, 20])
      counts.push((await world.statements(() => imported(...Array.from({ length: n }, () => lotOf())))).length);
    expect(counts[1]).toBe(counts[0]);
    const many = { bids: Array.from({ length: 501 }, () => bidOf(bob, '150.00', day(2))) };
    expect(await refusal(operator, record, input(lotOf(many), lotOf(many)))).toEqual({
      code: 'INVALID',
      path: 'input.lots',
    });
  });

  test('subscribers of auctionUpdated get an event for a recorded auction', async () => {
    await using live = await world.anonymous.subscribe(
      'subscription { auctionUpdated { change status winner { displayName } price { amount } endsAt } }',
    );
    await imported(lotOf());
    expect((await live.next()).auctionUpdated).toEqual({
      change: 'IMPORTED',
      status: 'SOLD',
      winner: { displayName: 'Cleo' },
      price: { amount: '405.00' },
      endsAt: day(8),
    });
  });
});

function bidsAt(amount: string, n: number, second = false): object {
  return { bidderId: second ? 'CLEO' : 'BOB', amount, placedAt: day(n) };
}

test('a recorded auction has the outcome of the reference model', () => {
  const openedAt = new Date(day(1));
  const steps = fc.array(fc.record({ bidder: fc.constantFrom('a', 'b', 'c'), above: fc.integer({ min: 0, max: 9 }) }), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(steps, fc.option(fc.integer({ min: 100, max: 2000 })), (drawn, reserve) => {
      const terms = { start: 100n, reserve: reserve === null ? null : BigInt(reserve), step: ebayStep };
      const taken: { bidder: string; maximum: bigint }[] = [];
      for (const { bidder, above } of drawn) {
        const { leader, price } = english(terms, taken);
        const own = taken.filter((each) => each.bidder === bidder).map(({ maximum }) => maximum);
        const least = price === null ? 100n : price + ebayStep(price);
        const top = own.reduce((a, b) => (a > b ? a : b), 0n);
        taken.push({ bidder, maximum: (leader === bidder ? top + 1n : least) + BigInt(above) * 20n });
      }
      const auction: RecordedAuction = {
        terms: { startPrice: 100n, reserve: terms.reserve, increments: publishedIncrements(2) },
        sellerId: 's',
        openedAt,
        endsAt: new Date(day(8)),
        softCloseSeconds: 0,
        cancelledAt: null,
        bids: taken.map(({ bidder, maximum }, n) => ({
          bidderId: bidder,
          maximum,
          placedAt: new Date(openedAt.getTime() + n * 1000),
        })),
      };
      const { standing, status, winnerId, bids } = replayed(auction);
      const model = english(terms, taken);
      expect([standing.leader?.bidderId ?? null, standing.price]).toEqual([model.leader, model.price]);
      const sold = model.leader !== null && model.sold;
      expect([status, winnerId]).toEqual([sold ? 'SOLD' : 'UNSOLD', sold ? model.leader : null]);
      expect(bids.filter(({ hidden }) => !hidden).at(-1)?.price ?? null).toBe(model.price);
    }),
  );
});
