import { readFile } from 'node:fs/promises';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { openWorld, type Person, type World } from '../../testkit/world.ts';
import { bid, cancel, create, end, inHours, moveEnd, newAsset, openLot, openNow, settle, usd } from './lots.ts';

const bidPlaced = `subscription ($filter: BidPlacedFilter, $after: String) {
  bidPlaced(filter: $filter, after: $after) {
    cursor sequence occurredAt standing price { amount } minimumBid { amount } bidCount endsAt leader { id }
    bid { amount { amount currency } bidder { displayName } auction { id currentPrice { amount } asset { title } } }
  }
}`;
const auctionUpdated = `subscription ($filter: AuctionUpdatedFilter, $after: String) {
  auctionUpdated(filter: $filter, after: $after) {
    cursor sequence occurredAt change status endsAt price { amount } winner { displayName } reason auction { id status remainingSeconds }
  }
}`;
const auctionClosing = `subscription ($within: Int!) { auctionClosing(within: $within) { asOf auctions { id bidCount endsAt } } }`;

let world: World;
let ann: Person;
let bob: Person;
let cleo: Person;
beforeAll(async () => {
  world = await openWorld();
  ann = await world.signUp({ displayName: 'Ann' });
  bob = await world.signUp({ displayName: 'Bob' });
  cleo = await world.signUp({ displayName: 'Cleo' });
});
afterAll(() => world.close());

describe('bidPlaced', () => {
  test('one subscription covers many lots, with names and titles from three systems', async () => {
    const [first, second, other] = [await openLot(world, ann), await openLot(world, ann), await openLot(world, ann)];
    await using live = await world.anonymous.subscribe(bidPlaced, { filter: { auctionId: { in: [first, second] } } });
    await bid(bob, first, 50);
    await bid(bob, other, 50);
    await bid(cleo, second, 20);
    await bid(cleo, first, 30);
    const events = [await live.next(), await live.next(), await live.next()].map((event) => event.bidPlaced);
    expect(events).toMatchObject([
      {
        standing: 'LEADING',
        price: { amount: '1.00' },
        minimumBid: { amount: '1.25' },
        bidCount: 1,
        leader: { id: bob.id },
        bid: {
          bidder: { displayName: 'Bob' },
          auction: { id: first, asset: { title: expect.stringContaining('Lot') } },
        },
      },
      { bid: { bidder: { displayName: 'Cleo' }, auction: { id: second } } },
      {
        standing: 'OUTBID',
        price: { amount: '31.00' },
        bidCount: 2,
        bid: { amount: { amount: '31.00', currency: 'USD' } },
      },
    ]);
    const order = events.map(({ sequence }) => Number(sequence));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(live.pending()).toEqual([]);
  });

  test('viewers share the example’s stream, and an asset that only its owner sees is null for the others', async () => {
    const file = await readFile('schema/operations/auction/bid-placed.graphql', 'utf8');
    const auctionId = await openLot(world, ann);
    const filter = { auctionId: { eq: auctionId } };
    const before = world.gateway.open().streams;
    const viewers = [await ann.subscribe(file, { filter }), await cleo.subscribe(file, { filter })];
    viewers.push(await bob.subscribe(file, { filter }));
    expect(world.gateway.open().streams).toBe(before + 1);
    const titles = async (): Promise<unknown[]> =>
      Promise.all(viewers.map(async (live) => (await live.next()).bidPlaced.bid.auction.asset?.title ?? null));
    await bid(bob, auctionId, 5);
    const [title, ...others] = await titles();
    expect(title).toEqual(expect.stringContaining('Lot'));
    expect(others).toEqual([title, title]);
    await world.database.query(
      `update assets.assets set status = 'ARCHIVED' where id = (select asset_id from auction.auctions where id = $1)`,
      [auctionId],
    );
    await bid(cleo, auctionId, 20);
    expect(await titles()).toEqual([title, null, null]);
    expect(world.gateway.open().streams).toBe(before + 1);
    for (const live of viewers) await live.close();
  });

  test('a query and the stream from its cursor have no gap and no duplicate between them', async () => {
    const auctionId = await openLot(world, ann);
    const filter = { auctionId: { eq: auctionId } };
    await bid(bob, auctionId, 5);
    await world.settled();
    const { auction } = await cleo.ask('query ($id: ID!) { auction(id: $id) { bidCount liveCursor } }', {
      id: auctionId,
    });
    expect(auction.bidCount).toBe(1);
    for (const amount of [10, 20, 30]) await bid(cleo, auctionId, amount === 20 ? 21 : amount);
    await bid(bob, auctionId, 99);
    await using live = await cleo.subscribe(bidPlaced, { filter, after: auction.liveCursor });
    // Cleo's second and third bids are hidden raises, which cause no events.
    const events = [await live.next(), await live.next()].map((event) => event.bidPlaced);
    expect(events.map(({ bidCount }) => bidCount)).toEqual([2, 3]);
    await using again = await cleo.subscribe(bidPlaced, { filter, after: events[0].cursor });
    expect((await again.next()).bidPlaced.cursor).toBe(events[1].cursor);
  });

  test('another universe gets no events, and an invalid cursor ends the stream with INVALID', async () => {
    const auctionId = await openLot(world, ann);
    await using far = await world.inUniverse('other').anonymous.subscribe(bidPlaced, {});
    await bid(bob, auctionId, 5);
    await world.settled();
    expect(far.pending()).toEqual([]);
    await using wrong = await bob.subscribe(bidPlaced, { after: 'x' });
    expect(await wrong.ended()).toMatchObject({ errors: [{ extensions: { code: 'INVALID', path: ['after'] } }] });
  });
});

describe('auctionUpdated', () => {
  test('reports that a lot is announced, opens, is extended, closes and is settled, and why another is cancelled', async () => {
    const assetId = await newAsset(world, ann);
    await using live = await bob.subscribe(auctionUpdated, { filter: { assetId: { eq: assetId } } });
    await using far = await world.inUniverse('other').anonymous.subscribe(auctionUpdated, {});
    const input = { assetId, startPrice: usd(1), opensAt: inHours(12), endsAt: inHours(13), softCloseSeconds: 3600 };
    const lots = [await ann.ask(create, { input }), await ann.ask(create, { input })];
    const [sold, withdrawn] = lots.map(({ auctionCreate }) => auctionCreate.auction.id as string);
    await ann.ask(cancel, { input: { auctionId: withdrawn, reason: 'Once is enough.' } });
    await openNow(world, ann, sold!);
    await bid(bob, sold!, 40);
    await bid(cleo, sold!, 90);
    await world.database.query(
      `update auction.auctions set ends_at = clock_timestamp() + interval '1 minute' where id = $1`,
      [sold],
    );
    await bid(bob, sold!, 200);
    await ann.ask(end, { input: { auctionId: sold } });
    await ann.ask(settle, { input: { auctionId: sold } });
    const events = [];
    for (let n = 0; n < 8; n++) events.push((await live.next()).auctionUpdated);
    expect(events.map(({ change, status, auction }) => [change, status, auction.id])).toEqual([
      ['CREATED', 'SCHEDULED', sold],
      ['CREATED', 'SCHEDULED', withdrawn],
      ['CANCELLED', 'CANCELLED', withdrawn],
      ['OPENING', 'OPENING', sold],
      ['OPENED', 'OPEN', sold],
      ['EXTENDED', 'OPEN', sold],
      ['CLOSED', 'SOLD', sold],
      ['SETTLED', 'SOLD', sold],
    ]);
    expect(events.map(({ reason }) => reason)).toEqual([null, null, 'Once is enough.', null, null, null, null, null]);
    expect(new Date(events[5].endsAt).getTime()).toBeGreaterThan(Date.now() + 3_500_000);
    expect(events.every(({ auction }) => Number.isInteger(auction.remainingSeconds))).toBe(true);
    for (const event of events.slice(6))
      expect(event).toMatchObject({ price: { amount: '91.00' }, winner: { displayName: 'Bob' } });
    expect(far.pending()).toEqual([]);
  });
});

test('cancellation facts with the earlier spelling are replayed like those with the present one', async () => {
  const assetId = await newAsset(world, ann);
  const input = { assetId, startPrice: usd(1), opensAt: inHours(12), endsAt: inHours(13) };
  const auctionId = (await ann.ask(create, { input })).auctionCreate.auction.id as string;
  const { auction } = await bob.ask('query ($id: ID!) { auction(id: $id) { liveCursor } }', { id: auctionId });
  await ann.ask(cancel, { input: { auctionId, reason: 'Broken.' } });
  await world.settled();
  await world.database.query(
    `update facts.log set type = 'auction.auction.canceled', payload = payload || '{"status": "CANCELED"}'
     where key = $1 and type = 'auction.auction.cancelled'`,
    [auctionId],
  );
  const filter = { auctionId: { eq: auctionId } };
  await using live = await bob.subscribe(auctionUpdated, { filter, after: auction.liveCursor });
  expect((await live.next()).auctionUpdated).toMatchObject({
    change: 'CANCELLED',
    status: 'CANCELLED',
    reason: 'Broken.',
  });
});

describe('auctionClosing', () => {
  test('starts with the lots that end soon, and sends them again when a bid or another lot changes them', async () => {
    const soon = await openLot(world, ann, { endsAt: inHours(0.5) });
    await openLot(world, ann, { endsAt: inHours(2) });
    await using live = await world.anonymous.subscribe(auctionClosing, { within: 3600 });
    const next = async () => (await live.next()).auctionClosing.auctions as { id: string; bidCount: number }[];
    expect(await next()).toMatchObject([{ id: soon, bidCount: 0 }]);
    await bid(bob, soon, 5);
    expect(await next()).toMatchObject([{ id: soon, bidCount: 1 }]);
    const sooner = await openLot(world, ann, { endsAt: inHours(0.2) });
    expect(await next()).toMatchObject([{ id: sooner }, { id: soon }]);
    await ann.ask(end, { input: { auctionId: soon } });
    expect(await next()).toMatchObject([{ id: sooner }]);
  });

  test('a lot appears when its end comes into range, without any other event; another universe sees none', async () => {
    await using far = await world.inUniverse('other').anonymous.subscribe(auctionClosing, { within: 60 });
    expect((await far.next()).auctionClosing.auctions).toEqual([]);
    const auctionId = await openLot(world, ann);
    // The first event must be empty. On a slow machine the lot may be in range already, so each try moves its end further away.
    for (let seconds = 62; ; seconds += 4) {
      await moveEnd(world, auctionId, seconds);
      await using live = await bob.subscribe(auctionClosing, { within: 60 });
      if ((await live.next()).auctionClosing.auctions.length > 0) continue;
      // From here on nothing happens to any lot, so only the clock can make it appear.
      expect((await live.next()).auctionClosing.auctions).toMatchObject([{ id: auctionId }]);
      break;
    }
    expect(far.pending()).toEqual([]);
  });

  test('a bid causes one read for each of the ten steps, for any number of subscribers and selections', async () => {
    const auctionId = await openLot(world, ann, { endsAt: inHours(0.01) });
    const steps = [60, 300, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400];
    const selections = ['id', 'id bidCount', 'id endsAt'];
    // Five anonymous sockets with six different streams each.
    const url = `${world.url.replace('http', 'ws')}/graphql`;
    const clients = Array.from({ length: 5 }, () => createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 }));
    const counts = new Map<string, number>();
    const streams = steps.flatMap((within) => selections.map((selection) => ({ within, selection })));
    const before = world.gateway.open().streams;
    const ends = streams.map(({ within, selection }, n) =>
      clients[n % 5]?.subscribe(
        {
          query: `subscription ($within: Int!) { auctionClosing(within: $within) { asOf auctions { ${selection} } } }`,
          variables: { within },
        },
        {
          next: () => void counts.set(`${within} ${selection}`, (counts.get(`${within} ${selection}`) ?? 0) + 1),
          error: () => undefined,
          complete: () => undefined,
        },
      ),
    );
    await expect.poll(() => counts.size, { timeout: 30_000 }).toBe(streams.length);
    expect(world.gateway.open().streams - before).toBe(streams.length);
    await world.settled();
    let looks = 0;
    const { statements } = world.database;
    const count = statements.count.bind(statements);
    statements.count = (text) => {
      if (text.includes('as in_sight')) looks += 1;
      count(text);
    };
    const told = new Map(counts);
    await bid(bob, auctionId, 5);
    await expect
      .poll(
        () =>
          streams.every(({ within, selection }) => {
            const key = `${within} ${selection}`;
            return (counts.get(key) ?? 0) > (told.get(key) ?? 0);
          }),
        { timeout: 30_000 },
      )
      .toBe(true);
    statements.count = count;
    expect(looks).toBeGreaterThanOrEqual(steps.length);
    // A lot that comes into range by the clock may cause one more read of a step.
    expect(looks).toBeLessThan(2 * steps.length);
    for (const end of ends) end?.();
    for (const client of clients) client.terminate();
    await expect.poll(() => world.gateway.open().streams, { timeout: 30_000 }).toBe(before);
  });

  test('a range other than one of the steps from a minute to a day is INVALID', async () => {
    for (const within of [0, 61, 3599, 86_401]) {
      await using live = await bob.subscribe(auctionClosing, { within });
      expect(await live.ended()).toMatchObject({ errors: [{ extensions: { code: 'INVALID', path: ['within'] } }] });
    }
  });
});
