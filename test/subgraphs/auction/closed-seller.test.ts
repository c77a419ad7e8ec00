import { afterEach, expect, test } from 'vitest';
import { newId } from '../../../platform/ids/ids.ts';
import { openHouse, type House } from '../../../platform/house/house.ts';
import { createLog } from '../../../platform/telemetry/log.ts';
import { subgraphs } from '../../../subgraphs/index.ts';
import { openWorld, type World } from '../../testkit/world.ts';
import { create, inHours, newAsset, usd } from './lots.ts';

const close = 'mutation ($input: UserCloseInput!) { userClose(input: $input) { user { id } } }';

let world: World;
let second: House | null = null;
afterEach(async () => {
  await world.gateway.close();
  await (second ?? world.house).close();
  await world.database.close();
});

/** Copies a draft, and returns the ids of all drafts in ascending order. */
async function copies(auctionId: string, count: number): Promise<string[]> {
  const columns = await world.database.query<{ name: string }>(
    `select quote_ident(column_name) as name from information_schema.columns
     where table_schema = 'auction' and table_name = 'auctions' and is_generated = 'NEVER' and column_name <> 'id'`,
  );
  const names = columns.map(({ name }) => name).join(', ');
  const ids = Array.from({ length: count }, () => newId('auc'));
  await world.database.query(
    `insert into auction.auctions (id, ${names}) select n.id, ${names} from auction.auctions a, unnest($2::text[]) as n(id) where a.id = $1`,
    [auctionId, ids],
  );
  return [auctionId, ...ids].sort((a, b) => (a < b ? -1 : 1));
}

test('all lots of a closed seller are cancelled, each once, even if the process stops between two of the transactions', async () => {
  world = await openWorld();
  const eva = await world.signUp();
  const assetId = await newAsset(world, eva);
  const { auctionCreate } = await eva.ask(create, { input: { assetId, startPrice: usd(1), endsAt: inHours(48) } });
  const ids = await copies(auctionCreate.auction.id as string, 449);
  // The third transaction fails.
  await world.database.query(
    `create function auction.cut() returns trigger language plpgsql as $$ begin raise exception 'power cut'; end $$`,
  );
  await world.database.query(
    `create trigger cut before update on auction.auctions for each row when (old.id = '${ids.at(-1)}') execute function auction.cut()`,
  );
  await eva.ask(close, { input: { password: eva.password } });
  await world.settled();
  const portions = () =>
    world.database.query(
      `select status, count(*)::int as lots from auction.auctions where seller_id = $1 group by status, xmin::text order by status, 2`,
      [eva.id],
    );
  const done = [
    { status: 'CANCELLED', lots: 200 },
    { status: 'CANCELLED', lots: 200 },
  ];
  expect(await portions()).toEqual([...done, { status: 'DRAFT', lots: 50 }]);
  expect(world.log.some((line) => line['loop'] === 'auction.closedSellers')).toBe(true);
  await world.house.close();
  await world.database.query('drop trigger cut on auction.auctions');
  second = await openHouse({
    subgraphs,
    database: world.database,
    secrets: { sealingKey: new Uint8Array(32).fill(7) },
    log: createLog({ level: 'silent' }),
    migrate: false,
  });
  await second.settled();
  // The asset is archived as well, and its title removed from all lots.
  expect(
    await world.database.query(
      'select status, title, count(*)::int as lots from auction.auctions where seller_id = $1 group by status, title',
      [eva.id],
    ),
  ).toEqual([{ status: 'CANCELLED', title: '', lots: 450 }]);
  const told = await world.database.query<{ key: string }>(
    `select key from facts.log where type = 'auction.auction.cancelled' order by key`,
  );
  expect(told.map(({ key }) => key)).toEqual(ids);
}, 60_000);
