import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { jsonOf } from '../clients/loader/programs.ts';
import { modelled, startReplay, told, type ReplayJson } from '../clients/loader/replays.ts';
import { type TestBrowser, startChromium } from '../testkit/chromium.ts';
import { builtConsole } from '../testkit/console.ts';
import { Explorer, Watch } from '../testkit/explorer.ts';
import { openLine, type Line } from '../testkit/line.ts';
import { openSale, placeBids, type Sale } from '../testkit/sale.ts';
import { removeFolder, throwawayFolder } from '../testkit/throwaway.ts';
import { openWorld, type World } from '../testkit/world.ts';

/*
 * Live auctions in the explorer: recorded ones are replayed by the clock, and each bid arrives with the bidder's name and the lot's
 * title.
 */

vi.setConfig({ testTimeout: 120_000 });

const recording = fileURLToPath(new URL('../fixtures/auctions.csv', import.meta.url));
/** Multiple of the recorded clock: the last bid, on the seventh day, comes nine seconds after the first lot opens. */
const speed = 60_000;
/** Lots that stay open, besides those of the recording. */
const titles = ['Harbour at Dusk', 'The Ferry Before Rain', 'Study for a Drowned Orchard'];
const wide = { width: 1280, height: 800 };

let folder: string;
let world: World;
let browser: TestBrowser;
let watch: Watch;
let explorer: Explorer;
let sale: Sale;
let line: Line;

beforeAll(async () => {
  folder = throwawayFolder('live-bids');
  const [console, started] = await Promise.all([builtConsole(), startChromium()]);
  if ('missing' in started) throw new Error(started.missing);
  browser = started;
  world = await openWorld({ env: { CONSOLE_DIR: console } });
  line = await openLine(world.url);
  watch = new Watch(browser.context, line.url);
  sale = await openSale(world, titles, ['Bo Bidder', 'Cy Collector']);
  explorer = await Explorer.visit(browser.context, line.url, { patience: 120_000 });
}, 300_000);
afterAll(async () => {
  await browser?.stop();
  await line?.[Symbol.asyncDispose]();
  await world?.close();
  removeFolder(folder);
});
afterEach(() => watch.check());

interface Seen {
  bidder: string;
  title: string;
  price: string;
}

/** The rows of the live bids table, oldest first. */
async function seen(): Promise<Seen[]> {
  const { columns, rows } = await explorer.table();
  const cell = (row: string[], column: string): string => row[columns.indexOf(column)] ?? `no column ${column}`;
  return rows.toReversed().map((row) => ({
    bidder: cell(row, 'bid.bidder.displayName'),
    title: cell(row, 'bid.auction.asset.title'),
    price: cell(row, 'bid.amount.amount'),
  }));
}

/** The public bids of every lot, oldest first. */
async function placed(): Promise<Map<string, Seen[]>> {
  const { auctions } = await world.anonymous.ask(`{ auctions(first: 50) { nodes {
    asset { title } bids(first: 100) { number bidder { displayName } amount { amount } }
  } } }`);
  type Bid = {
    number: number;
    bidder: { displayName: string };
    amount: { amount: string };
  };
  const lots = auctions.nodes as { asset: { title: string }; bids: Bid[] }[];
  return new Map(
    lots
      .filter(({ bids }) => bids.length > 0)
      .map(({ asset: { title }, bids }) => [
        title,
        bids
          .toSorted((a, b) => a.number - b.number)
          .map(({ bidder, amount }) => ({ bidder: bidder.displayName, title, price: amount.amount })),
      ]),
  );
}

test('recorded auctions replayed at a multiple of their clock appear bid by bid, with the bidder’s name and the lot’s title', async () => {
  const { page } = explorer;
  const { email, password } = await world.operator();
  const before = world.gateway.open().subscriptions;
  await explorer.search('bids live');
  await explorer.example('LiveBids');
  await explorer.press();
  await explorer.until(/^Subscribed/);
  await expect.poll(() => world.gateway.open().subscriptions, { timeout: 15_000 }).toBe(before + 1);
  await explorer.show('table');

  await using replay = startReplay({ url: world.url, email, password, folder }, recording, '--speed', String(speed));
  let over = false;
  const ended = replay.ended(90_000).finally(() => (over = true));
  await explorer.until(/^Live · ([5-9]|\d\d) events/);
  const early = await seen();
  await explorer.picture('live-bids-under-way');
  await page.setViewportSize({ width: 900, height: 800 });
  await explorer.picture('live-bids-narrow');
  // Where the answer is below the editors, they do not overlap it.
  const under = `[...document.querySelectorAll('[role="tablist"][aria-label="Form of the answer"]')].flatMap((tabs) => {
    const { left, top, height } = tabs.getBoundingClientRect();
    return document.elementsFromPoint(left + 30, top + height / 2).filter((found) => found.closest('.graphiql-editors'));
  }).length`;
  expect(await page.evaluate(under)).toBe(0);
  await page.setViewportSize(wide);
  await explorer.until(/^Live · [2-9]\d events/);
  const later = await seen();
  // The text for screen readers stays the same for any number of events.
  expect(await page.getByTestId('status').getByRole('status').innerText()).toBe('Live');
  // All of this while bids continued.
  expect(over).toBe(false);
  expect(early.length).toBeGreaterThan(0);
  expect(later.length).toBeGreaterThan(early.length);
  expect(later.slice(0, early.length)).toEqual(early);
  for (const { bidder, title, price } of later) {
    expect(bidder).toMatch(/^collector-\d\d$/);
    expect(title).toMatch(
      /^(Brass ship clock|Clock, walnut case|The "Regulator", wall clock|Pocket watch), lot R-1\d\d$/,
    );
    expect(price).toMatch(/^\d+\.\d\d$/);
  }

  expect((await ended).code).toBe(0);
  const { accepted: _, ...expected } = modelled(recording, false);
  expect(told(jsonOf<ReplayJson>(replay))).toEqual(expected);
  const lots = await placed();
  const count = [...lots.values()].flat().length;
  await explorer.until(new RegExp(`^Live · ${count} events`));
  await explorer.picture('live-bids');
  const all = await seen();
  // Bidder and lot are visible without scrolling to the right.
  const cut = `[...document.querySelectorAll('.console-table tbody tr')].flatMap((row) =>
    [...row.querySelectorAll('td')].slice(0, 2).filter((cell) => {
      const text = document.createRange();
      text.selectNodeContents(cell);
      return text.getBoundingClientRect().right > cell.closest('.console-table-scroll').getBoundingClientRect().right;
    }).map((cell) => cell.textContent)
  )`;
  expect(await page.evaluate(cut)).toEqual([]);
  expect(all).toHaveLength(count);
  expect(all.slice(0, later.length)).toEqual(later);
  // Every public bid of each lot, in order.
  expect(lots.size).toBe(14);
  for (const [title, bids] of lots) expect(all.filter((bid) => bid.title === title)).toEqual(bids);

  await explorer.press();
  await explorer.until(new RegExp(`^Stopped · ${count} events$`));
  await expect.poll(() => world.gateway.open().subscriptions, { timeout: 15_000 }).toBe(before);
  expect(await explorer.failures()).toEqual([]);
});

test('lots that close soon and price series are examples that run as they are', async () => {
  await explorer.search('closing soon');
  await explorer.example('OpenAuctions');
  expect(await explorer.play()).toBe('Done');
  await explorer.show('table');
  expect((await explorer.table()).rows).toHaveLength(sale.lots.length);
  await explorer.picture('closing-soon');

  await explorer.search('priceSeries');
  await explorer.example('PriceSeries');
  expect(await explorer.play()).toBe('Done');
  // Without a choice the list with prices over time is drawn, as lines.
  await explorer.show('chart');
  expect(await explorer.page.getByTestId('table-picker').inputValue()).toBe('auctions.priceSeries.ticks');
  expect(await explorer.page.getByTestId('chart-kind').inputValue()).toBe('line');
  const { series, figures } = await explorer.chart();
  await explorer.picture('price-series');
  // One line for each of the works with the most bids, and one figure per bid.
  const { auctions } = await world.anonymous.ask(
    '{ auctions(first: 3, sort: [BID_COUNT_DESC]) { nodes { asset { title } priceSeries { ticks { price { amount } } } } } }',
  );
  const busiest = auctions.nodes as {
    asset: { title: string };
    priceSeries: { ticks: { price: { amount: string } }[] };
  }[];
  expect(new Set(series)).toEqual(new Set(busiest.map(({ asset }) => asset.title)));
  const drawn = [...figures.values()].flatMap((figure) => [...figure]);
  for (const { asset, priceSeries } of busiest) {
    const prices = drawn.filter(([name]) => name === asset.title).map(([, text]) => text.replaceAll(',', ''));
    expect(prices).toEqual(priceSeries.ticks.map(({ price }) => price.amount));
  }
  expect(await explorer.failures()).toEqual([]);
});

test('after a disconnection the example resumes by itself, with missed events', async () => {
  const shown = () => sale.placed.map(({ bidder, title, price }) => ({ bidder, title, price: Number(price) }));
  const read = async () => (await seen()).map(({ bidder, title, price }) => ({ bidder, title, price: Number(price) }));
  await explorer.search('bids live');
  await explorer.example('LiveBids');
  const before = world.gateway.open().subscriptions;
  await explorer.press();
  await expect.poll(() => world.gateway.open().subscriptions, { timeout: 15_000 }).toBe(before + 1);
  await explorer.show('table');
  await placeBids(sale, 2);
  await explorer.until(/^Live · 2 events/);

  line.cut();
  await explorer.until(/^Reconnecting/);
  await expect.poll(() => world.gateway.open().sockets, { timeout: 15_000 }).toBe(0);
  await placeBids(sale, 3);
  line.mend();
  await explorer.until(/^Live · 5 events/);
  await placeBids(sale, 1);
  await explorer.until(/^Live · 6 events/);
  expect(await explorer.failures()).toEqual([]);
  expect(await explorer.page.getByText('events in between may be missing').count()).toBe(0);
  // Each bid once, in order.
  expect(await read()).toEqual(shown());
  await explorer.press();
  await explorer.until(/^Stopped · 6 events$/);
});
