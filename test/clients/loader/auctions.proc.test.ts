import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeFolder, throwawayFolder } from '../../testkit/throwaway.ts';
import { openWorld, type Person, type World } from '../../testkit/world.ts';
import { modelled, replay, told, type Replayer } from './replays.ts';

const fixture = fileURLToPath(new URL('../../fixtures/auctions.csv', import.meta.url));

let folder: string;
let world: World;
let operator: Person;

beforeAll(async () => {
  folder = throwawayFolder('auctions');
  world = await openWorld();
  operator = await world.operator();
});
afterAll(async () => {
  await world?.close();
  removeFolder(folder);
});

const by = ({ email, password }: Person): Replayer => ({ url: world.url, email, password, folder });

function file(name: string, lines: string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

const lines = readFileSync(fixture, 'utf8').trimEnd().split('\n');
const [header = ''] = lines;

const bidsOf = `query ($source: String!) {
  assets(filter: { source: { eq: $source } }, first: 100) { nodes { sourceId title status owner { displayName } } totalCount }
  auctions(first: 100) { nodes {
    status bidCount softCloseSeconds endsAt createdAt increments { from { amount } step { amount } } seller { displayName }
    asset { source sourceId } winner { displayName }
  } }
}`;

test('a replay refuses and closes as the model does, reports the differences, and has none with the prices as reserves', async () => {
  const model = modelled(fixture, false);
  expect(model.exact).toBeLessThan(14);
  expect(model.refused.length).toBeGreaterThan(30);
  const plain = await replay(by(operator), fixture);
  expect(plain.child.stderr).toBe('');
  expect(plain.json).toMatchObject({ lots: 14, refused: model.refused.length, leftOut: 0, faults: [], finished: true });
  const { accepted: _, ...expected } = model;
  expect(told(plain.json)).toEqual(expected);
  expect(plain.code).toBe(0);
  for (const { lot, recorded, closed, auctionId } of plain.json.differences)
    expect(plain.child.stdout).toMatch(new RegExp(`^${lot} +${recorded} +${closed} +-[\\d.]+ +${auctionId}$`, 'm'));

  const reserved = await replay(by(operator), fixture, '--reserve-from-price');
  expect(reserved.json.run).not.toBe(plain.json.run);
  const { accepted: __, ...modelReserved } = modelled(fixture, true);
  expect(told(reserved.json)).toEqual(modelReserved);
  expect(reserved.json).toMatchObject({ exact: 14, differences: [] });

  // Lots that end far in the future, without soft close, with eBay's increments; sold, each with its asset.
  await world.settled();
  const { assets, auctions } = await operator.ask(bidsOf, { source: plain.json.run });
  expect(assets.totalCount).toBe(14);
  const clock = assets.nodes.find(({ sourceId }: { sourceId: string }) => sourceId === 'R-103');
  expect(clock).toMatchObject({ title: 'The "Regulator", wall clock, lot R-103', status: 'SOLD' });
  expect(auctions.nodes).toHaveLength(28);
  const lot = auctions.nodes.find(
    ({ asset }: { asset: { source: string; sourceId: string } }) =>
      asset.source === plain.json.run && asset.sourceId === 'R-103',
  );
  expect(lot).toMatchObject({ status: 'SOLD', softCloseSeconds: 0, seller: { displayName: 'Recorded Auctions' } });
  expect(lot.winner.displayName).toBe(clock.owner.displayName);
  expect(Date.parse(lot.endsAt) - Date.parse(lot.createdAt)).toBeGreaterThan(380 * 86_400_000);
  expect(lot.increments).toHaveLength(10);
  expect(lot.increments[9]).toEqual({ from: { amount: '5000.00' }, step: { amount: '100.00' } });
}, 120_000);

test('repeating a replay changes nothing, and a run can only be continued with the same terms', async () => {
  const before = await world.facts();
  const again = await replay(by(operator), fixture);
  const { accepted: _, ...expected } = modelled(fixture, false);
  expect(told(again.json)).toEqual(expected);
  const since = (await world.facts()).slice(before.length).map(({ type }) => type);
  expect(since.filter((type) => !type.startsWith('identity.'))).toEqual([]);
  expect(since).not.toContain('identity.user.invited');

  const other = await replay(by(operator), fixture, '--run', again.json.run, '--reserve-from-price');
  expect(other.code).toBe(1);
  expect(other.json.error).toMatch(
    /^The run "auctions.csv .*" has created lot R-101 under other terms\. Choose another/,
  );

  // A run whose idempotency keys may have expired places no bids.
  await world.database.query(`update auction.auctions set created_at = created_at - interval '7 days'`);
  const old = await replay(by(operator), fixture);
  expect(old.json).toMatchObject({ finished: false, bids: 0, error: expect.stringContaining('more than seven days') });
}, 120_000);

test('two concurrent loaders of one run bid and close once, and report the same', async () => {
  const path = file('both.csv', lines.slice(0, 22));
  const runs = await Promise.all([
    replay(by(operator), path, '--lots', '1'),
    replay(by(operator), path, '--lots', '1'),
  ]);
  const { accepted, ...expected } = modelled(path, false);
  for (const { json, code } of runs) {
    expect(told(json)).toEqual(expected);
    expect({ code, lots: json.lots, faults: json.faults }).toEqual({ code: 0, lots: 2, faults: [] });
  }
  const [placed] = await world.database.query<{ bids: number }>(
    `select count(*)::int as bids from auction.bids b join auction.auctions a on a.id = b.auction_id
      join assets.assets s on s.id = a.asset_id where s.source = $1`,
    [runs[0].json.run],
  );
  expect(placed?.bids).toBe(Object.values(accepted).flat().length);
}, 60_000);

test('an invalid row excludes its whole lot, and the others are replayed', async () => {
  const small = [
    header,
    'A,10,0.1,ann,0,1,10,Ring,3 day auction',
    'B,5,0.1,ann,0,1,5,Ring,3 day auction',
    'A,12,0.2,bea,0,1,10,Ring,3 day auction',
    'B,6.005,0.2,bea,0,1,5,Ring,3 day auction',
    'C,7,0.2,,0,1,7,Ring,3 day auction',
    'D,7,soon,ann,0,1,7,Ring,3 day auction',
    'E,7,0.5,ann,0,1,7,Ring',
    'F,7,0.5,ann,0,1,7,Ring,3 day auction',
    'F,9,0.6,bea,0,2,7,Ring,3 day auction',
    'G,7,0.5,ann,0,9,7,Ring,3 day auction',
  ];
  const { code, json, child } = await replay(by(operator), file('small.csv', small));
  expect(json.faults.map(({ line, field, code: fault }) => [line, field, fault])).toEqual([
    [5, 'bid', 'invalid_format'],
    [6, 'bidder', 'invalid_format'],
    [7, 'bidtime', 'invalid_format'],
    [8, null, 'invalid_row'],
    [10, 'openbid', 'contradiction'],
    [11, 'price', 'too_small'],
  ]);
  expect(json).toMatchObject({ lots: 1, bids: 2, leftOut: 6, finished: true });
  expect(code).toBe(1);
  expect(child.stderr).toContain('line 5, bid: It must be an amount above zero with two decimals at most');
  const { assets } = await operator.ask(bidsOf, { source: json.run });
  expect(assets.nodes.map(({ sourceId }: { sourceId: string }) => sourceId)).toEqual(['A']);
}, 60_000);

test('a lot closed by another client is an error of the lot; other lots continue, and the exit code is 1', async () => {
  const rows = ['X', 'Y'].map((id) => `${id},10,0.1,cleo,0,1,1,Ring,3 day auction`);
  const path = file('closed.csv', [header, ...rows]);
  await replay(by(operator), path, '--run', 'closed early');
  const [asset] = await world.database.query<{ id: string }>(
    `update assets.assets set source_id = 'Z' where source = 'closed early' and source_id = 'Y' returning id`,
  );
  expect(asset).toBeDefined();
  const more = [
    header,
    rows[0] ?? '',
    'Z,10,0.1,cleo,0,1,1,Ring,3 day auction',
    'Z,12,0.2,dan,0,1,1,Ring,3 day auction',
  ];
  const { code, json } = await replay(by(operator), file('closed.csv', more), '--run', 'closed early');
  expect(json).toMatchObject({ lots: 1, exact: 1, finished: false });
  expect(json.faults).toMatchObject([{ line: 3, code: 'lot_closed' }]);
  expect(code).toBe(1);
}, 60_000);

test('with a speed a bid waits for its time, and earlier results are not waited for', async () => {
  const rows = [0.1, 0.5].map((time, n) => `S,${10 + n * 5},${time},eve-${n},0,1,11,Ring,3 day auction`);
  // Between the two are 0.4 days: 1.2 seconds at this speed, less what the first one took.
  const { json } = await replay(by(operator), file('slow.csv', [header, ...rows]), '--speed', '28800');
  expect(json).toMatchObject({ lots: 1, exact: 0, finished: true });
  const [first, second] = await world.facts({ types: ['auction.bid.placed'] }).then((facts) => facts.slice(-2));
  expect(Date.parse(String(second?.at)) - Date.parse(String(first?.at))).toBeGreaterThan(500);

  // At the recorded speed the lot would take half a day.
  const { json: again } = await replay(by(operator), join(folder, 'slow.csv'), '--speed', '1');
  expect(again).toMatchObject({ lots: 1, bids: 2, finished: true });
}, 60_000);

test('a missing operator role or an invalid file is reported in one sentence', async () => {
  const ann = await world.signUp();
  const refused = await replay(by(ann), fixture, '--run', 'not mine');
  expect(refused).toMatchObject({ code: 1, json: { finished: false, lots: 0, bids: 0 } });
  expect(refused.json.error).toMatch(/^Only an operator can replay auctions, .*\(FORBIDDEN, request/);
  const works = fileURLToPath(new URL('../../fixtures/works.ndjson', import.meta.url));
  const other = await replay(by(operator), works);
  expect(other).toMatchObject({
    code: 1,
    json: { error: expect.stringMatching(/, line 1: This file has no recorded auctions/) },
  });
}, 60_000);
