import { writeFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FolderStore } from '../../../platform/objects/folder-store.ts';
import { collectors } from '../../../subgraphs/demo/collectors.ts';
import { openDemo } from '../../../subgraphs/demo/demo.ts';
import { enlivenDemo } from '../../../subgraphs/demo/enliven.ts';
import { floorConsignments } from '../../../subgraphs/demo/floor-sellers.ts';
import { pastSales } from '../../../subgraphs/demo/sales.ts';
import { removeFolder, throwawayFolder } from '../../testkit/throwaway.ts';
import { openWorld, type Answer, type World } from '../../testkit/world.ts';
import { moveEnd } from '../auction/lots.ts';

const folder = throwawayFolder('enliven');
const file = join(folder, 'demo.json');
const state = () => JSON.parse(readFileSync(file, 'utf8'));
const patience = { timeout: 30_000, interval: 50 };

const liveBids = `subscription {
  bidPlaced { cursor sequence bid { amount { currency } bidder { displayName } auction { id currentPrice { amount } asset { title } } } }
}`;

let world: World;
const logged: string[] = [];
beforeAll(async () => {
  world = await openWorld({ objects: new FolderStore(join(folder, 'objects')) });
  await openDemo(world.house, folder, true);
}, 60_000);
afterAll(async () => {
  await world.close();
  removeFolder(folder);
});

/** Runs the demonstration until `stop`, which resolves when it has ended. */
function live(bidders: boolean): { ended: Promise<void>; stop(): Promise<void> } {
  const leaving = new AbortController();
  const ended = enlivenDemo({
    house: world.house,
    dataDir: folder,
    url: world.url,
    bidders,
    log: pino({ level: 'warn' }, { write: (line: string) => void logged.push(line) }),
    signal: leaving.signal,
  });
  return {
    ended,
    stop: () => {
      leaving.abort();
      return ended;
    },
  };
}

async function openLots(): Promise<string[]> {
  const { auctions } = await world.anonymous.ask('{ auctions(filter: { status: { eq: OPEN } }) { nodes { id } } }');
  return auctions.nodes.map(({ id }: Answer) => id);
}

const counts = async () =>
  world.anonymous.ask(`{
    assets { totalCount } auctions { totalCount } bids { totalCount }
    actors { totalCount } imported: auctions(filter: { createdAt: { lt: "${state().sales.until}" } }) { totalCount }
  }`);

test('collectors bid on three lots, and when a lot ends the next one opens', async () => {
  const life = live(true);
  await using stream = await world.anonymous.subscribe(liveBids);
  const lots = new Set<string>();
  const titles = floorConsignments().map(({ title }) => title);
  let last = 0n;
  while (lots.size < 3) {
    const { bid, sequence } = (await stream.next()).bidPlaced;
    expect(BigInt(sequence)).toBeGreaterThan(last);
    last = BigInt(sequence);
    expect(collectors).toContain(bid.bidder.displayName);
    expect(titles).toContain(bid.auction.asset.title);
    lots.add(bid.auction.id as string);
  }
  expect(await openLots()).toHaveLength(3);

  const [ending = ''] = lots;
  await moveEnd(world, ending, 0);
  // The closer sleeps until the previous end.
  await world.settled();
  await expect.poll(async () => (await openLots()).filter((id) => !lots.has(id)).length, patience).toBe(1);
  expect(await openLots()).not.toContain(ending);

  // The sales of the past year are recorded meanwhile.
  await expect.poll(() => state().sales?.recordedAt ?? null, patience).not.toBeNull();
  await life.stop();
  const bids = await counts();
  await world.settled();
  expect(await counts()).toEqual(bids);
  expect(logged).toEqual([]);
}, 60_000);

test('the sales of the past year are in the graph, and each work belongs to its buyer or, if unsold, to its seller', async () => {
  const lots = pastSales(new Date(state().sales.until));
  const past = `filter: { createdAt: { lt: "${lots.at(-1)?.endsAt.toISOString()}" } }`;
  const { auctionAggregate, auctions } = await world.anonymous.ask(
    `{ auctionAggregate(groupBy: [STATUS], bucket: { by: ENDS_AT, unit: MONTH }, ${past}) { rows { bucketStart status count } }
       auctions(first: 100, ${past}) { totalCount nodes { status description winner { id } seller { id } asset { title owner { id } } } } }`,
  );
  expect(auctions.totalCount).toBe(lots.length);
  const sold = lots.filter((lot) => lot.sold);
  const rows = auctionAggregate.rows as { status: string; count: number; bucketStart: string }[];
  const sum = (some: typeof rows) => some.reduce((total, { count }) => total + count, 0);
  expect(sum(rows.filter(({ status }) => status === 'SOLD'))).toBe(sold.length);
  for (const { status, winner, seller, asset } of auctions.nodes)
    expect([asset.title, asset.owner.id]).toEqual([asset.title, status === 'SOLD' ? winner.id : seller.id]);
  const facts = await world.facts({ types: ['auction.auction.imported'] });
  expect(facts).toHaveLength(lots.length);
});

test('the next start adds nothing twice, and without bidders there are no bids', async () => {
  const before = await counts();
  writeFileSync(file, JSON.stringify({ ...state(), illustratedAt: new Date().toISOString() }));
  await live(false).ended;
  expect(await counts()).toEqual(before);
  // A start after one that was killed while recording continues with the same year.
  const { sales, ...rest } = state();
  writeFileSync(file, JSON.stringify({ ...rest, sales: { ...sales, recordedAt: null } }));
  await live(false).ended;
  expect(await counts()).toEqual(before);
  expect(state().sales.recordedAt).not.toBeNull();
  expect(logged).toEqual([]);
});

test('a database of another demonstration is not changed', async () => {
  const before = await counts();
  const own = state();
  writeFileSync(file, JSON.stringify({ ...own, logId: 'another', sales: null }));
  await live(true).ended;
  writeFileSync(file, JSON.stringify(own));
  expect(await counts()).toEqual(before);
  expect(await openLots()).not.toEqual([]);
});
