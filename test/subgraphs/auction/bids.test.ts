import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';
import { bid, bidInput, end, lot, moveEnd, openLot, place, retract, usd } from './lots.ts';

let world: World;
let ann: Person;
let bob: Person;
let cleo: Person;
let far: Person;
beforeAll(async () => {
  world = await openWorld();
  ann = await world.signUp({ displayName: 'Ann', organization: 'Gallery' });
  bob = await world.signUp({ displayName: 'Bob', organization: 'Fund' });
  cleo = await world.signUp({ displayName: 'Cleo' });
  far = await world.inUniverse('other').operator();
});
afterAll(() => world.close());

describe('bidPlace', () => {
  test('leads, is outbid at once by a hidden maximum, or takes the lead', async () => {
    const auctionId = await openLot(world, ann);
    const first = await bid(bob, auctionId, 50);
    expect(first).toMatchObject({
      __typename: 'BidLeading',
      bid: { number: 1, standing: 'LEADING', amount: { amount: '1.00' }, maximum: { amount: '50.00' } },
    });
    expect(await bid(cleo, auctionId, 30)).toMatchObject({
      __typename: 'BidOutbid',
      bid: { standing: 'OUTBID', amount: { amount: '31.00' } },
      auction: { minimumBid: { amount: '32.00' }, leader: { id: bob.id } },
    });
    expect(await bid(cleo, auctionId, 90)).toMatchObject({
      __typename: 'BidLeading',
      auction: { currentPrice: { amount: '51.00' } },
    });
    expect(await lot(world.anonymous, auctionId)).toMatchObject({ bidCount: 3, leader: { id: cleo.id } });
    const facts = await world.facts({ key: auctionId, types: ['auction.bid.placed'] });
    expect(
      facts.map(({ actor, payload }) => [actor, payload.standing, payload.price.minor, payload.minimum.minor]),
    ).toEqual([
      [bob.id, 'LEADING', '100', '125'],
      [cleo.id, 'OUTBID', '3100', '3200'],
      [cleo.id, 'LEADING', '5100', '5200'],
    ]);
  });

  test('refuses a bid below the minimum, and returns the minimum', async () => {
    const auctionId = await openLot(world, ann);
    expect(await bid(bob, auctionId, '0.99')).toMatchObject({ __typename: 'BidTooLow', minimum: { amount: '1.00' } });
    await bid(bob, auctionId, 50);
    expect(await bid(cleo, auctionId, '1.24')).toMatchObject({ __typename: 'BidTooLow', minimum: { amount: '1.25' } });
    expect(await bid(bob, auctionId, 50)).toMatchObject({ __typename: 'BidTooLow', minimum: { amount: '50.01' } });
    expect((await lot(ann, auctionId)).bidCount).toBe(1);
  });

  test('the lot of an outcome can be selected without a fragment', async () => {
    const auctionId = await openLot(world, ann);
    const short =
      'mutation ($input: BidPlaceInput!) { bidPlace(input: $input) { outcome { __typename auction { id bidCount } } } }';
    const outcome = async (client: Person, amount: number) =>
      (await client.ask(short, bidInput(auctionId, amount))).bidPlace.outcome;
    const auction = (bidCount: number) => ({ id: auctionId, bidCount });
    expect(await outcome(bob, 50)).toEqual({ __typename: 'BidLeading', auction: auction(1) });
    expect(await outcome(cleo, 1)).toEqual({ __typename: 'BidTooLow', auction: auction(1) });
    expect(await outcome(cleo, 20)).toEqual({ __typename: 'BidOutbid', auction: auction(2) });
  });

  test('a lot accepts no bid before its opening, or after its end even if it is not closed yet', async () => {
    const auctionId = await openLot(world, ann);
    await world.database.query(
      `update auction.auctions set ends_at = clock_timestamp() - interval '1 millisecond', status = 'OPEN' where id = $1`,
      [auctionId],
    );
    expect((await bid(bob, auctionId, 50)).__typename).toBe('BidLate');
    const scheduled = await openLot(world, ann);
    await world.database.query(`update auction.auctions set status = 'SCHEDULED' where id = $1`, [scheduled]);
    expect(await bid(bob, scheduled, 50)).toMatchObject({ __typename: 'BidLate', status: 'SCHEDULED' });
  });

  test('sellers cannot bid on their own lots, and members of an organization cannot bid on its lots', async () => {
    const member = await world.signUp();
    await world.grant(ann.organizationId!, member, 'GUEST');
    const own = await openLot(world, ann);
    const ofGallery = await openLot(world, ann, {}, ann.organizationId!);
    const refused = (client: Person, id: string, actingFor?: string | null) =>
      refusal(client, place, bidInput(id, 9), actingFor ? { actingFor } : {});
    expect(await refused(ann, own)).toEqual({ code: 'FORBIDDEN' });
    expect(await refused(ann, own, ann.organizationId)).toEqual({ code: 'FORBIDDEN' });
    expect(await refused(ann, ofGallery)).toEqual({ code: 'FORBIDDEN' });
    expect(await refused(member, ofGallery)).toEqual({ code: 'FORBIDDEN' });
    expect((await bid(member, own, 9)).__typename).toBe('BidLeading');
  });

  test('a member can bid for the organization, and an operator on behalf of a person', async () => {
    const auctionId = await openLot(world, ann);
    await bid(bob, auctionId, 9, {}, { actingFor: bob.organizationId! });
    expect((await lot(ann, auctionId)).leader.id).toBe(bob.organizationId);
    await bid(bob, auctionId, 20);
    expect((await lot(ann, auctionId)).leader.id).toBe(bob.id);
    expect(await refusal(cleo, place, bidInput(auctionId, 50), { actingFor: bob.organizationId! })).toMatchObject({
      code: 'FORBIDDEN',
    });
    const operator = await world.operator();
    const { sessionActOnBehalf } = await operator.ask(
      `mutation ($input: SessionActOnBehalfInput!) { sessionActOnBehalf(input: $input) { accessToken } }`,
      { input: { actorId: cleo.id, reason: 'a bid by telephone' } },
    );
    await bid(world.bearer(sessionActOnBehalf.accessToken), auctionId, 90);
    const facts = await world.facts({ key: auctionId, types: ['auction.bid.placed'] });
    expect(facts.at(-1)).toMatchObject({ actor: operator.id, onBehalfOf: cleo.id, payload: { bidderId: cleo.id } });
  });

  test('refuses anonymous callers, lots of another universe, invalid amounts and an empty idempotency key', async () => {
    const auctionId = await openLot(world, ann);
    expect(await refusal(world.anonymous, place, bidInput(auctionId, 5))).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(far, place, bidInput(auctionId, 5))).toEqual({ code: 'NOT_FOUND', path: 'input.auctionId' });
    const euros = { amount: { amount: '5', currency: 'EUR' } };
    const refused = (more: object) => refusal(bob, place, bidInput(auctionId, 5, more));
    expect(await refused(euros)).toEqual({ code: 'INVALID', path: 'input.amount.currency' });
    expect(await refused({ amount: usd('-5') })).toEqual({ code: 'INVALID', path: 'input.amount.amount' });
    expect(await refused({ amount: usd('5.001') })).toEqual({ code: 'INVALID', path: 'input.amount.amount' });
    expect(await refused({ idempotencyKey: '' })).toEqual({ code: 'INVALID', path: 'input.idempotencyKey' });
    expect((await lot(ann, auctionId)).bidCount).toBe(0);
  });

  test('a retry returns the same outcome, and bidOutcome returns it to the bidder alone', async () => {
    const auctionId = await openLot(world, ann);
    const outcome =
      'query ($key: String!) { bidOutcome(idempotencyKey: $key) { __typename ... on BidLeading { bid { id } } ... on BidTooLow { minimum { amount } } } }';
    const input = bidInput(auctionId, 50, { idempotencyKey: 'once' });
    const { bidPlace } = await bob.ask(place, input);
    await bid(cleo, auctionId, 80);
    const again = (await bob.ask(place, input)).bidPlace.outcome;
    expect(again).toMatchObject({ __typename: 'BidLeading', bid: { id: bidPlace.outcome.bid.id } });
    expect((await lot(ann, auctionId)).bidCount).toBe(2);
    expect(await refusal(bob, place, bidInput(auctionId, 51, { idempotencyKey: 'once' }))).toMatchObject({
      code: 'CONFLICT',
    });
    const low = bidInput(auctionId, 2, { idempotencyKey: 'low' });
    for (let n = 0; n < 2; n++)
      expect((await bob.ask(place, low)).bidPlace.outcome).toMatchObject({ minimum: { amount: '52.00' } });
    const asked = async (client: Person, key: string) => (await client.ask(outcome, { key })).bidOutcome;
    expect(await asked(bob, 'once')).toEqual({ __typename: 'BidLeading', bid: { id: bidPlace.outcome.bid.id } });
    expect(await asked(bob, 'low')).toEqual({ __typename: 'BidTooLow', minimum: { amount: '52.00' } });
    expect(await asked(bob, 'never')).toBeNull();
    // Keys are compared exactly, including spaces.
    expect(await asked(bob, 'once ')).toBeNull();
    expect(await asked(cleo, 'once')).toBeNull();
    expect((await world.anonymous.ask(outcome, { key: 'once' })).bidOutcome).toBeNull();
  });

  test('a maximum that meets the reserve raises the price to it', async () => {
    const auctionId = await openLot(world, ann, { reserve: usd(40) });
    await bid(bob, auctionId, 30);
    expect(await lot(bob, auctionId)).toMatchObject({ reserveMet: false, currentPrice: { amount: '1.00' } });
    expect((await bid(bob, auctionId, 60)).__typename).toBe('BidRaised');
    expect(await lot(cleo, auctionId)).toMatchObject({
      reserveMet: true,
      currentPrice: { amount: '40.00' },
      bidCount: 2,
    });
  });

  test('buy-now sells the lot at its price, and is not available after the first bid', async () => {
    const auctionId = await openLot(world, ann, { buyNowPrice: usd(70) });
    expect((await lot(bob, auctionId)).buyNowPrice).toEqual({ amount: '70.00' });
    expect(await bid(bob, auctionId, 69, { buyNow: true })).toMatchObject({ minimum: { amount: '70.00' } });
    expect(await bid(bob, auctionId, 80, { buyNow: true })).toMatchObject({
      __typename: 'BidWon',
      bid: { amount: { amount: '70.00' } },
      auction: { status: 'SOLD', winner: { id: bob.id }, currentPrice: { amount: '70.00' } },
    });
    expect((await bid(cleo, auctionId, 90)).__typename).toBe('BidLate');
    const other = await openLot(world, ann, { buyNowPrice: usd(70) });
    await bid(cleo, other, 2);
    expect((await lot(bob, other)).buyNowPrice).toBeNull();
    expect((await bid(bob, other, 70, { buyNow: true })).__typename).toBe('BidBuyNowGone');
  });

  test('a visible bid within the soft close moves the end, and a hidden raise does not', async () => {
    const auctionId = await openLot(world, ann, { softCloseSeconds: 120 });
    await bid(bob, auctionId, 2);
    expect(await world.facts({ key: auctionId, types: ['auction.auction.extended'] })).toEqual([]);
    for (const amount of [5, 9]) {
      await moveEnd(world, auctionId, 60);
      const before = new Date((await lot(bob, auctionId)).endsAt).getTime();
      await bid(cleo, auctionId, amount);
      const after = new Date((await lot(bob, auctionId)).endsAt).getTime();
      // At the second bid Cleo leads already, so it is a hidden raise.
      expect(after - before > 55_000).toBe(amount === 5);
    }
    expect(await world.facts({ key: auctionId, types: ['auction.auction.extended'] })).toHaveLength(1);
  });

  test('the first bid that reaches the current price wins a Dutch auction', async () => {
    const dutch = { floorPrice: usd(40), priceStep: usd(10), stepSeconds: 3600 };
    const auctionId = await openLot(world, ann, { format: 'DUTCH', startPrice: usd(100), dutch });
    await world.database.query(
      `update auction.auctions set opened_at = opened_at - interval '150 minutes' where id = $1`,
      [auctionId],
    );
    expect(await lot(world.anonymous, auctionId)).toMatchObject({
      currentPrice: { amount: '80.00' },
      minimumBid: { amount: '80.00' },
      bidCount: 0,
    });
    expect(await bid(bob, auctionId, 79)).toMatchObject({ __typename: 'BidTooLow', minimum: { amount: '80.00' } });
    expect(await bid(cleo, auctionId, 95)).toMatchObject({
      __typename: 'BidWon',
      auction: { status: 'SOLD', winner: { id: cleo.id }, currentPrice: { amount: '80.00' } },
    });
    expect((await bid(bob, auctionId, 100)).__typename).toBe('BidLate');
  });

  test.each([
    ['SEALED_FIRST_PRICE', '90.00'],
    ['SEALED_SECOND_PRICE', '60.00'],
  ])('sealed bids are opened at the end (%s): the highest wins at %s', async (format, price) => {
    const auctionId = await openLot(world, ann, { format, startPrice: usd(10) });
    expect(await bid(bob, auctionId, 9)).toMatchObject({ __typename: 'BidTooLow' });
    expect(await bid(bob, auctionId, 60)).toMatchObject({ __typename: 'BidSealed', maximum: { amount: '60.00' } });
    await bid(cleo, auctionId, 90);
    expect(await lot(ann, auctionId)).toMatchObject({ bidCount: null, leader: null, currentPrice: null });
    const { auctionEnd } = await ann.ask(end, { input: { auctionId } });
    expect(auctionEnd.auction).toMatchObject({
      status: 'SOLD',
      winner: { id: cleo.id },
      currentPrice: { amount: price },
    });
    const { bids } = await bob.ask(
      'query ($id: ID!) { bids(filter: { auctionId: { eq: $id } }) { totalCount nodes { standing amount { amount } maximum { amount } bidder { id } } } }',
      { id: auctionId },
    );
    expect(bids).toEqual({
      totalCount: 1,
      nodes: [{ standing: 'WON', amount: { amount: price }, maximum: null, bidder: { id: cleo.id } }],
    });
  });
});

describe('bidRetract', () => {
  const input = (auctionId: string) => ({ input: { auctionId, reason: 'WRONG_AMOUNT' } });

  test('is refused without a bid, for others, and after the end of the lot', async () => {
    const auctionId = await openLot(world, ann);
    await bid(bob, auctionId, 20, {}, { actingFor: bob.organizationId! });
    expect(await refusal(bob, retract, input(auctionId))).toEqual({ code: 'CONFLICT' });
    expect(await refusal(cleo, retract, input(auctionId), { actingFor: bob.organizationId! })).toMatchObject({
      code: 'FORBIDDEN',
    });
    expect(await refusal(world.anonymous, retract, input(auctionId))).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(far, retract, input(auctionId))).toMatchObject({ code: 'NOT_FOUND' });
    await ann.ask(end, { input: { auctionId } });
    expect(await refusal(bob, retract, input(auctionId), { actingFor: bob.organizationId! })).toEqual({
      code: 'CONFLICT',
    });
  });
});

describe('bids', () => {
  test('are listed and counted for all viewers of a universe', async () => {
    const auctionId = await openLot(world, ann);
    await bid(bob, auctionId, 20);
    await bid(cleo, auctionId, 10);
    const aggregate = `query ($id: ID!) {
      bidAggregate(filter: { auctionId: { eq: $id } }, groupBy: [BIDDER, STANDING], bucket: { by: PLACED_AT, unit: DAY }) {
        rows { count standing bidder { displayName } bucketStart }
      }
    }`;
    const { bidAggregate } = await world.anonymous.ask(aggregate, { id: auctionId });
    expect(bidAggregate.rows).toHaveLength(2);
    expect(bidAggregate.rows).toContainEqual(
      expect.objectContaining({ count: 1, standing: 'OUTBID', bidder: { displayName: 'Cleo' } }),
    );
    expect((await far.ask(aggregate, { id: auctionId })).bidAggregate.rows).toEqual([]);
    const list = `query ($first: Int) { bids(first: $first) { nodes { id amount { amount } maximum { amount } bidder { displayName } auction { id } } } }`;
    const { bids } = await bob.ask(list);
    const one = 'query ($id: ID!) { bid(id: $id) { id } }';
    expect((await world.anonymous.ask(one, { id: bids.nodes[0].id })).bid.id).toBe(bids.nodes[0].id);
    expect((await far.ask(one, { id: bids.nodes[0].id })).bid).toBeNull();
    expect((await far.ask(list)).bids.nodes).toEqual([]);
    for (const first of [1, 20]) expect(await world.statements(() => bob.ask(list, { first }))).toHaveLength(3);
  });

  test('the price series of a lot follows its bids, in ticks and candles', async () => {
    const auctionId = await openLot(world, ann);
    for (const [client, amount] of [
      [bob, 20],
      [cleo, 10],
      [cleo, 30],
    ] as const)
      await bid(client, auctionId, amount);
    await world.database.query(
      `update auction.bids set placed_at = '2026-01-01T10:59:00Z' where auction_id = $1 and number < 3`,
      [auctionId],
    );
    const { auction } = await world.anonymous.ask(
      `query ($id: ID!) { auction(id: $id) { priceSeries { ticks { price { amount } } candles {
        intervalStart bidCount open { amount } high { amount } low { amount } close { amount } } } } }`,
      { id: auctionId },
    );
    const prices = auction.priceSeries.ticks.map(({ price }: { price: { amount: string } }) => price.amount);
    expect(prices).toEqual(['1.00', '10.50', '20.50']);
    expect(auction.priceSeries.candles).toMatchObject([
      {
        intervalStart: '2026-01-01T10:00:00.000Z',
        bidCount: 2,
        open: { amount: '1.00' },
        high: { amount: '10.50' },
        low: { amount: '1.00' },
        close: { amount: '10.50' },
      },
      { bidCount: 1, open: { amount: '20.50' } },
    ]);
  });
});
