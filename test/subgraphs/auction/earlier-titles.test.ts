import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MigrationPages, MigrationQuery } from '../../../platform/database/migrations.ts';
import { auction010 } from '../../../subgraphs/auction/migrations/010-earlier-titles.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';
import { create, inHours, newAsset, openNow, usd } from './lots.ts';

let world: World;
let ann: Person;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets', 'auction'] });
  ann = await world.signUp();
});
afterAll(() => world.close());

const rename = 'mutation ($input: AssetUpdateInput!) { assetUpdate(input: $input) { asset { id } } }';

test('a migration gives earlier lots of visible assets the latest title, by which they are found', async () => {
  const [shown, hidden] = [await newAsset(world, ann), await newAsset(world, ann)];
  for (const title of ['A Storm Coming', 'Calm at Sea']) await ann.ask(rename, { input: { assetId: shown, title } });
  await ann.ask(rename, { input: { assetId: hidden, title: 'Calm in Secret' } });
  await world.settled();
  const ids: string[] = [];
  for (const assetId of [shown, hidden]) {
    const input = { assetId, startPrice: usd(1), endsAt: inHours(48), description: 'From Delft' };
    ids.push((await ann.ask(create, { input })).auctionCreate.auction.id as string);
  }
  await openNow(world, ann, ids[0]!);
  // The state before titles were stored. One asset is visible to everyone, the other only to its owner.
  await world.database.query(`update auction.assets set title = null`);
  await world.database.query(`update auction.assets set status = 'DRAFT' where id = $1`, [hidden]);
  await world.database.query(`update auction.auctions set title = '', words = to_tsvector('simple', 'delft')`);
  const found = async (search: string) =>
    (await ann.ask('query ($search: String) { auctions(search: $search) { nodes { id } } }', { search })).auctions
      .nodes;
  expect(await found('calm')).toEqual([]);
  const query: MigrationQuery = (sql, params = []) => world.database.query(sql, params as unknown[]);
  // The second run changes nothing.
  for (let n = 0; n < 2; n++) {
    const pages = (auction010.up as (query: MigrationQuery) => MigrationPages)(query);
    while (!(await pages.next()).done);
  }
  expect(await found('calm delft')).toEqual([{ id: ids[0] }]);
  expect(await found('storm')).toEqual([]);
  const titles =
    'select l.title, a.title as told from auction.auctions l join auction.assets a on a.id = l.asset_id order by l.id';
  expect(await world.database.query(titles)).toEqual([
    { title: 'Calm at Sea', told: 'Calm at Sea' },
    { title: '', told: 'Calm in Secret' },
  ]);
});
