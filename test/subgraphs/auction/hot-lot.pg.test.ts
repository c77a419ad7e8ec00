import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newId } from '../../../platform/ids/ids.ts';
import { openHouse } from '../../../platform/house/house.ts';
import { createLog } from '../../../platform/telemetry/log.ts';
import { subgraphs } from '../../../subgraphs/index.ts';
import type { RequestInfo } from '../../../platform/context/request.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';
import { bidInput, create, inHours, lot, moveEnd, newAsset, open, openLot, place, usd } from './lots.ts';
import { ebayStep, english } from './model.ts';

let world: World;
let ann: Person;
beforeAll(async () => {
  world = await openWorld({ database: 'postgres' });
  ann = await world.signUp();
});
afterAll(() => world.close());

const usersAtMost = 200;
/** Bidders are known to the OS by the actor of the request; the gateway has its own tests. */
const bidders = Array.from({ length: usersAtMost }, (_, n) => `usr_${String(n).padStart(26, '0')}`);

function infoOf(id: string): RequestInfo {
  return {
    actor: {
      id,
      kind: 'USER',
      delegate: null,
      universe: 'main',
      sessionId: null,
      memberships: [],
      platformRoles: [],
      scopes: null,
      rightsVersion: 1,
      expiresAt: null,
    },
    universe: 'main',
    actingFor: null,
    requestId: id,
    correlationId: id,
    causationId: null,
    traceparent: null,
    client: { ip: null, userAgent: null },
  };
}

interface Answered {
  bidder: string;
  cents: number;
  kind: string;
}

async function placeAll(auctionId: string, offers: { bidder: string; cents: number }[]): Promise<Answered[]> {
  const service = world.house.services.find(({ name }) => name === 'auction')!;
  return Promise.all(
    offers.map(async ({ bidder, cents }) => {
      const variables = bidInput(auctionId, (cents / 100).toFixed(2)) as Record<string, unknown>;
      const { data, errors } = await service.execute({ query: place, variables, info: infoOf(bidder) });
      expect(errors).toBeUndefined();
      const { outcome } = (data as { bidPlace: { outcome: { __typename: string } } }).bidPlace;
      return { bidder, cents, kind: outcome.__typename };
    }),
  );
}

interface Recorded {
  bidder_id: string;
  maximum: string;
  sequence: number;
  number: number;
  standing: string;
}

async function recorded(auctionId: string): Promise<Recorded[]> {
  return world.database.query<Recorded>(
    'select bidder_id, maximum::text, sequence, number, standing from auction.bids where auction_id = $1 order by sequence',
    [auctionId],
  );
}

/** Expects the lot to be as the reference model computes it from the accepted bids in their recorded order. */
async function expectAsModel(auctionId: string, answers: Answered[], reserve: bigint | null): Promise<void> {
  const rows = await recorded(auctionId);
  const taken = answers.filter(({ kind }) => kind !== 'BidTooLow');
  expect(rows.map(({ sequence }) => sequence)).toEqual(taken.map((_, n) => n + 1));
  expect(rows.map(({ bidder_id, maximum }) => `${bidder_id} ${maximum}`).sort()).toEqual(
    taken.map(({ bidder, cents }) => `${bidder} ${cents}`).sort(),
  );
  const open = rows.filter(({ number }) => number > 0);
  expect(open.map(({ number }) => number)).toEqual(open.map((_, n) => n + 1));
  const bids = rows.map(({ bidder_id, maximum }) => ({ bidder: bidder_id, maximum: BigInt(maximum) }));
  const model = english({ start: 100n, reserve, step: ebayStep }, bids);
  const [row] = await world.database.query<{ leader_id: string | null; price: string | null; bid_count: number }>(
    'select leader_id, price::text, bid_count from auction.auctions where id = $1',
    [auctionId],
  );
  expect([row?.leader_id, row?.price, row?.bid_count]).toEqual([
    model.leader,
    model.price === null ? null : String(model.price),
    open.length,
  ]);
}

test('200 simultaneous bids leave the lot as the model computes it from the accepted bids in their recorded order', async () => {
  const auctionId = await openLot(world, ann);
  const offers = bidders.map((bidder, n) => ({ bidder, cents: 100 + ((n * 7919) % 4000) }));
  const before = world.database.statements.total;
  const answers = await placeAll(auctionId, offers);
  const statements = world.database.statements.total - before;
  await expectAsModel(auctionId, answers, null);
  // One transaction for the first bid, and a few for all bids that waited behind it. Statements of the relay are counted too.
  expect(statements).toBeLessThan(offers.length / 2);
  await moveEnd(world, auctionId, -1);
  await world.settled();
  expect((await lot(ann, auctionId)).status).toBe('SOLD');
});

test('any simultaneous bids, also several by one bidder and with a reserve, leave the lot as the model computes it', async () => {
  const offer = fc.record({
    bidder: fc.constantFrom(...bidders.slice(0, 6)),
    cents: fc.integer({ min: 50, max: 6000 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(offer, { minLength: 1, maxLength: 25 }),
      fc.option(fc.integer({ min: 100, max: 6000 })),
      async (offers, reserve) => {
        const auctionId = await openLot(
          world,
          ann,
          reserve === null ? {} : { reserve: usd((reserve / 100).toFixed(2)) },
        );
        await expectAsModel(auctionId, await placeAll(auctionId, offers), reserve === null ? null : BigInt(reserve));
      },
    ),
    { numRuns: 8 },
  );
});

test('a group of bids takes as many statements as one bid, even for several lots', async () => {
  const auctionIds = await Promise.all([1, 2, 3].map(() => openLot(world, ann)));
  const texts = async (count: number, from: number): Promise<string[]> =>
    world.database.statements.record(() =>
      Promise.all(
        bidders.slice(0, count).map((bidder, n) => placeAll(auctionIds[n % 3]!, [{ bidder, cents: from + n * 5000 }])),
      ).then(() => undefined),
    );
  const one = await texts(1, 1000);
  // The first call starts alone, or with others of the same turn of the event loop; the rest share a transaction.
  const many = await texts(101, 100_000);
  const begins = many.filter((text) => /^(begin|start transaction)/i.test(text)).length;
  expect(begins).toBeLessThanOrEqual(2);
  // begin, key, lock, clock, bids, lot, key, facts, commit
  expect(one).toHaveLength(9);
  expect(many.length).toBeLessThanOrEqual(begins * one.length);
});

test('in a group a bid on an unknown lot is refused, and the others are placed', async () => {
  const auctionId = await openLot(world, ann);
  const service = world.house.services.find(({ name }) => name === 'auction')!;
  const answers = await Promise.all(
    bidders.slice(0, 30).map((bidder, n) => {
      const variables = bidInput(n % 10 === 3 ? newId('auc') : auctionId, n + 1) as Record<string, unknown>;
      return service.execute({ query: place, variables, info: infoOf(bidder) });
    }),
  );
  const codes = answers.map(({ errors }) => errors?.[0]?.extensions['code'] ?? 'OK');
  expect(codes).toEqual(bidders.slice(0, 30).map((_, n) => (n % 10 === 3 ? 'NOT_FOUND' : 'OK')));
  expect(await recorded(auctionId)).toHaveLength(27);
});

test('two houses on one database decide every bid once, and close each lot once', async () => {
  const second = await openHouse({
    subgraphs,
    database: world.database,
    secrets: { sealingKey: new Uint8Array(32).fill(7) },
    log: createLog({ level: 'silent' }),
    migrate: false,
  });
  try {
    const auctionIds = await Promise.all([1, 2, 3, 4, 5].map(() => openLot(world, ann)));
    const [hot = ''] = auctionIds;
    const houses = [world.house, second].map(({ services }) => services.find(({ name }) => name === 'auction')!);
    const answers = await Promise.all(
      bidders.slice(0, 60).map(async (bidder, n) => {
        const cents = 100 + ((n * 7919) % 4000);
        const variables = bidInput(hot, (cents / 100).toFixed(2)) as Record<string, unknown>;
        const { data } = await houses[n % 2]!.execute({ query: place, variables, info: infoOf(bidder) });
        const { outcome } = (data as { bidPlace: { outcome: { __typename: string } } }).bidPlace;
        return { bidder, cents, kind: outcome.__typename };
      }),
    );
    await expectAsModel(hot, answers, null);
    for (const id of auctionIds) await moveEnd(world, id, -1);
    await Promise.all([world.settled(), second.settled()]);
    for (const id of auctionIds)
      expect(await world.facts({ key: id, types: ['auction.auction.closed'] })).toHaveLength(1);
  } finally {
    await second.close();
  }
});

test('if two lots of one asset are opened at once, one opens and the other is CONFLICT', async () => {
  const assetId = await newAsset(world, ann);
  const input = { assetId, startPrice: usd(1), endsAt: inHours(1) };
  const made = [await ann.ask(create, { input }), await ann.ask(create, { input })];
  const answers = await Promise.all(
    made.map(({ auctionCreate }) => ann.answer(open, { input: { auctionId: auctionCreate.auction.id } })),
  );
  expect(answers.map(({ errors }) => errors[0]?.extensions.code ?? 'OK').sort()).toEqual(['CONFLICT', 'OK']);
});
