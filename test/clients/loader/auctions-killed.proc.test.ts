import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../../platform/database/database.ts';
import { subgraphs } from '../../../subgraphs/index.ts';
import { freePort } from '../../testkit/processes.ts';
import { migratedDataFolder } from '../../testkit/template.ts';
import { removeFolder, throwawayFolder } from '../../testkit/throwaway.ts';
import { patience, startServer } from './programs.ts';
import { holdingProxy } from './holding-proxy.ts';
import { modelled, replay, startReplay, told, type Replayer } from './replays.ts';

const fixture = fileURLToPath(new URL('../../fixtures/auctions.csv', import.meta.url));

let folder: string;
let dataDir: string;
beforeAll(async () => {
  folder = throwawayFolder('killed');
  dataDir = join(folder, 'data');
  await migratedDataFolder(dataDir, subgraphs);
});
afterAll(() => removeFolder(folder));

test('after a kill of server and loader no accepted bid is lost or duplicated, and no lot is closed twice', async () => {
  const port = await freePort();
  await using first = await startServer(dataDir, port);
  const operator = JSON.parse(readFileSync(join(dataDir, 'operator.json'), 'utf8')) as {
    email: string;
    password: string;
  };
  const url = `http://127.0.0.1:${port}`;
  const by: Replayer = { url, ...operator, folder };
  await using way = await holdingProxy(url, 'LoaderBidPlace', [25, 70]);
  await using loader = startReplay({ ...by, url: way.url }, fixture, '--lots', '14');
  // Both are killed while a bid is in transit.
  const release = await way.held(25);
  await first.kill();
  release();
  await loader.line('Trying again', patience);
  await using second = await startServer(dataDir, port);
  // It continues by itself after a server restart.
  await way.held(70);
  await loader.kill();
  expect(loader.stdout).not.toContain('118 of 118');

  const { json, code } = await replay(by, fixture);
  const { accepted, ...expected } = modelled(fixture, false);
  expect(told(json)).toEqual(expected);
  expect({ code, lots: json.lots, finished: json.finished }).toEqual({ code: 0, lots: 14, finished: true });
  expect((await second.stop()).code).toBe(0);

  // The rows of the database, including hidden raises.
  const database = await openDatabase({ dataDir: join(dataDir, 'database') });
  try {
    const bids = await database.query<{ lot: string; bidder: string; maximum: string }>(
      `select s.source_id as lot, p.display_name as bidder, b.maximum::text as maximum
      from auction.bids b join auction.auctions a on a.id = b.auction_id join assets.assets s on s.id = a.asset_id
        join identity.actors p on p.id = b.bidder_id
      order by a.id, b.sequence`,
    );
    const placed: Record<string, { bidder: string; maximum: string }[]> = {};
    for (const { lot, bidder, maximum } of bids) (placed[lot] ??= []).push({ bidder, maximum });
    expect(placed).toEqual(accepted);
    const closed = await database.query<{ lots: number; facts: number }>(
      `select count(distinct key)::int as lots, count(*)::int as facts from facts.log where type = 'auction.auction.closed'`,
    );
    expect(closed).toEqual([{ lots: 14, facts: 14 }]);
  } finally {
    await database.close();
  }
}, 300_000);
