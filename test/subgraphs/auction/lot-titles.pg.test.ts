import { expect, test } from 'vitest';
import { openWorld } from '../../testkit/world.ts';
import { create, inHours, newAsset, usd } from './lots.ts';

test('a lot created while the title of its asset changes has the new title', async () => {
  await using world = await openWorld({ oses: ['assets', 'auction'], database: 'postgres' });
  const ann = await world.signUp();
  const assetId = await newAsset(world, ann);
  // What the reaction does, without its commit.
  const client = await world.database.pool.connect();
  await client.query('begin');
  await client.query(`update auction.assets set title = 'Calm at Sea' where id = $1`, [assetId]);
  const input = { assetId, startPrice: usd(1), endsAt: inHours(48) };
  const made = ann.ask(create, { input });
  const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%"assets"%'`;
  await expect
    .poll(async () => (await world.database.query(waiting)).length, { timeout: 10_000, interval: 20 })
    .toBeGreaterThan(0);
  await client.query('commit');
  client.release();
  const { auctionCreate } = await made;
  const [lot] = await world.database.query('select title from auction.auctions where id = $1', [
    auctionCreate.auction.id,
  ]);
  expect(lot).toEqual({ title: 'Calm at Sea' });
});
