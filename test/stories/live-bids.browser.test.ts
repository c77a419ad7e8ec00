import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type TestBrowser, startChromium } from '../testkit/chromium.ts';
import { builtConsole } from '../testkit/console.ts';
import { Explorer, Watch } from '../testkit/explorer.ts';
import { openSale, placeBids, type Sale } from '../testkit/sale.ts';
import { openWorld, type World } from '../testkit/world.ts';

/*
 * A sale as it is watched in the explorer: bids arrive while others place them, with the bidder's name and the work's title.
 */

vi.setConfig({ testTimeout: 90_000 });

const titles = ['Harbour at Dusk', 'The Ferry Before Rain', 'Study for a Drowned Orchard'];
const names = ['Noor Haddadin', 'Kofi Adjaye-Marsh', 'Liselotte Varn', 'Eero Lindqvale'];
/** Bids of the sale, and the milliseconds between two of them. */
const [bidsOfSale, apart] = [24, 250];

let world: World;
let browser: TestBrowser;
let watch: Watch;
let explorer: Explorer;
let sale: Sale;

beforeAll(async () => {
  const [console, started] = await Promise.all([builtConsole(), startChromium()]);
  if ('missing' in started) throw new Error(started.missing);
  browser = started;
  world = await openWorld({ env: { CONSOLE_DIR: console } });
  watch = new Watch(browser.context, world.url);
  sale = await openSale(world, titles, names);
  explorer = await Explorer.visit(browser.context, world.url, { patience: 120_000 });
}, 300_000);
afterAll(async () => {
  await browser?.stop();
  await world?.close();
});
afterEach(() => watch.check());

test('the example of live bids shows each bid as it is placed, with the bidder’s name and the work’s title', async () => {
  const { page } = explorer;
  const before = world.gateway.open().subscriptions;
  await explorer.search('bids live');
  await explorer.example('LiveBids');
  await explorer.press();
  await explorer.until(/^Subscribed/);
  await expect.poll(() => world.gateway.open().subscriptions, { timeout: 15_000 }).toBe(before + 1);

  const selling = placeBids(sale, bidsOfSale, apart);
  await explorer.until(/^Live · ([5-9]|\d\d) events/);
  await explorer.show('table');
  const { columns } = await explorer.table();
  expect(columns).toEqual(
    expect.arrayContaining(['bid.bidder.displayName', 'bid.auction.asset.title', 'bid.amount.amount']),
  );
  // While it goes on: fewer events than the sale will have are to be seen.
  const early = (await explorer.table()).rows.length;
  expect(early).toBeLessThan(bidsOfSale);
  await explorer.picture('live-bids-under-way');

  const placed = await selling;
  await explorer.until(new RegExp(`^Live · ${bidsOfSale} events`));
  await explorer.picture('live-bids');
  const { rows } = await explorer.table();
  const cell = (row: string[], column: string): string => row[columns.indexOf(column)] ?? '';
  // The newest stands first.
  const seen = rows.map((row) => ({
    bidder: cell(row, 'bid.bidder.displayName'),
    title: cell(row, 'bid.auction.asset.title'),
    price: cell(row, 'bid.amount.amount'),
  }));
  expect(seen.toReversed()).toEqual(placed);
  expect(new Set(rows.map((row) => cell(row, 'cursor'))).size).toBe(bidsOfSale);

  await explorer.press();
  await explorer.until(new RegExp(`^Stopped · ${bidsOfSale} events$`));
  await expect.poll(() => world.gateway.open().subscriptions, { timeout: 15_000 }).toBe(before);
  expect(await page.locator('[data-testid="failures"] li').count()).toBe(0);
});

test('what closes soon, and how prices went, are examples that answer on the first press', async () => {
  await explorer.search('closing soon');
  await explorer.example('OpenAuctions');
  expect(await explorer.play()).toBe('Done');
  await explorer.show('table');
  expect((await explorer.table()).rows).toHaveLength(titles.length);
  await explorer.picture('closing-soon');

  await explorer.search('priceSeries');
  await explorer.example('PriceSeries');
  expect(await explorer.play()).toBe('Done');
  await explorer.show('chart');
  await explorer.page.getByTestId('table-picker').selectOption('auctions.priceSeries.ticks');
  await explorer.page.getByTestId('chart-kind').selectOption('line');
  const { series, figures } = await explorer.chart();
  await explorer.picture('price-series');
  // A line for each work, and a figure for each bid.
  expect(new Set(series)).toEqual(new Set(titles));
  const prices = [...figures.values()].flatMap((figure) => [...figure.values()]);
  expect(new Set(prices)).toEqual(new Set(sale.placed.map(({ price }) => price)));
  expect(await explorer.failures()).toEqual([]);
});
