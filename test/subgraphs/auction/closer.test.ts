import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse } from '../../../platform/house/house.ts';
import { createLog } from '../../../platform/telemetry/log.ts';
import { subgraphs } from '../../../subgraphs/index.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';
import { bid, create, inHours, lot, moveEnd, newAsset, open, openLot, usd } from './lots.ts';

let world: World;
let ann: Person;
let bob: Person;
beforeAll(async () => {
  world = await openWorld();
  ann = await world.signUp();
  bob = await world.signUp({ displayName: 'Bob' });
});
afterAll(() => world.close());

const closed = (id: string) => world.facts({ key: id, types: ['auction.auction.closed'] });

test('a lot is closed within a second of its end, with that end as closing time, and subscribers get an event', async () => {
  const assetId = await newAsset(world, ann);
  const { auctionCreate } = await ann.ask(create, { input: { assetId, startPrice: usd(1), endsAt: inHours(1) } });
  const auctionId = auctionCreate.auction.id as string;
  await using live = await bob.subscribe(
    `subscription ($id: ID!) { auctionUpdated(filter: { auctionId: { eq: $id } }) { change status endsAt winner { displayName } } }`,
    { id: auctionId },
  );
  await moveEnd(world, auctionId, 3);
  await ann.ask(open, { input: { auctionId } });
  for (const change of ['OPENING', 'OPENED']) expect((await live.next()).auctionUpdated.change).toBe(change);
  await bid(bob, auctionId, 50);
  const { auctionUpdated } = await live.next();
  const late = Date.now() - new Date(auctionUpdated.endsAt).getTime();
  expect(auctionUpdated).toMatchObject({ change: 'CLOSED', status: 'SOLD', winner: { displayName: 'Bob' } });
  expect(late).toBeLessThan(1000);
  const after = await lot(bob, auctionId);
  expect(after).toMatchObject({ status: 'SOLD', endedAt: after.endsAt, winner: { id: bob.id } });
  expect(await closed(auctionId)).toMatchObject([{ actor: 'svc_auction', onBehalfOf: null }]);
});

test('a lot without bids closes unsold', async () => {
  const auctionId = await openLot(world, ann);
  await moveEnd(world, auctionId, -5);
  await world.settled();
  expect(await lot(bob, auctionId)).toMatchObject({ status: 'UNSOLD', winner: null, minimumBid: null });
});

test('lots that ended while the system was down are closed once at the next start, with their end as closing time', async () => {
  const other = await openWorld();
  try {
    const seller = await other.signUp();
    const ids = [await openLot(other, seller), await openLot(other, seller)];
    await other.house.close();
    for (const id of ids) await moveEnd(other, id, -3600);
    for (let n = 0; n < 2; n++) {
      const house = await openHouse({
        subgraphs,
        database: other.database,
        secrets: { sealingKey: new Uint8Array(32).fill(7) },
        log: createLog({ level: 'silent' }),
        migrate: false,
      });
      await house.settled();
      await house.close();
    }
    const rows = await other.database.query<{ status: string; same: boolean }>(
      'select status, ended_at = ends_at as same from auction.auctions where id = any($1)',
      [ids],
    );
    expect(rows).toEqual(ids.map(() => ({ status: 'UNSOLD', same: true })));
    const facts = await other.database.query(`select 1 from facts.log where type = 'auction.auction.closed'`);
    expect(facts).toHaveLength(ids.length);
  } finally {
    await other.gateway.close();
    await other.database.close();
  }
});

test('lots that end together are closed in one transaction', async () => {
  const ids = [await openLot(world, ann), await openLot(world, ann), await openLot(world, ann)];
  await world.database.query(
    `update auction.auctions set ends_at = clock_timestamp() - interval '1 second' where id = any($1)`,
    [ids],
  );
  await world.settled();
  const rows = await world.database.query(
    'select status, count(distinct xmin::text)::int as transactions from auction.auctions where id = any($1) group by status',
    [ids],
  );
  expect(rows).toEqual([{ status: 'UNSOLD', transactions: 1 }]);
});

test('a lot that cannot be closed does not keep others from closing', async () => {
  const [broken, whole] = [await openLot(world, ann, { format: 'SEALED_FIRST_PRICE' }), await openLot(world, ann)];
  await bid(bob, broken, 5);
  await world.database.query(
    `alter table auction.auctions add constraint broken check (id <> '${broken}' or status = 'OPEN')`,
  );
  for (const id of [broken, whole]) await moveEnd(world, id, -5);
  await world.settled();
  expect((await lot(bob, whole)).status).toBe('UNSOLD');
  expect((await lot(bob, broken)).status).toBe('OPEN');
  expect((await bid(bob, broken, 50)).__typename).toBe('BidLate');
  expect(world.log.some((line) => line['auctionId'] === broken)).toBe(true);
  await world.database.query('alter table auction.auctions drop constraint broken');
});
