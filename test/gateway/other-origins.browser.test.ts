import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page, Request } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type TestBrowser, startChromium } from '../testkit/chromium.ts';
import { builtConsole } from '../testkit/console.ts';
import { Explorer } from '../testkit/explorer.ts';
import { openWorld as openHouse } from '../testkit/world.ts';
import { openWorld, until, type World } from './world/world.ts';

/*
 * What a page of another origin gets from the gateway, in a real Chromium: nothing that it can read, and nothing that it changes. The
 * page is on the same machine with another port: for browsers the same site, and another origin.
 */

vi.setConfig({ testTimeout: 120_000 });

let browser: TestBrowser;
let world: World;
let other: Server;
let origin: string;
beforeAll(async () => {
  const started = await startChromium();
  if ('missing' in started) throw new Error(started.missing);
  browser = started;
  other = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<h1>Other</h1>'));
  await new Promise<void>((resolve) => {
    other.listen(0, '127.0.0.1', resolve);
  });
  world = await openWorld();
  origin = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
}, 120_000);
afterAll(async () => {
  await browser?.stop();
  await world?.close();
  other?.close();
});

const query = '{ auction(id: "auc_1") { title } }';
const mutation = 'mutation { bidPlace(input: { auctionId: "auc_1", amount: "1" }) { amount } }';
const subscription = 'subscription { bidPlaced { cursor } }';

/** What a page can try: each returns what it could read, or the name of the error. */
const attempts: Record<string, (page: Page, url: string) => Promise<unknown>> = {
  'a fetch of a query': (page, url) => read(page, url, query, {}),
  'a fetch of a query without CORS': (page, url) => read(page, url, query, { mode: 'no-cors' }),
  'a fetch of a query with credentials': (page, url) => read(page, url, query, { credentials: 'include' }),
  'a fetch of a stream': (page, url) => read(page, url, subscription, { headers: { accept: 'text/event-stream' } }),
  'a fetch of a mutation': (page, url) => read(page, url, mutation, { mode: 'no-cors' }),
  'a POST of text': (page, url) => send(page, url, { mode: 'no-cors', headers: { 'content-type': 'text/plain' } }),
  'a POST of JSON': (page, url) => send(page, url, { headers: { 'content-type': 'application/json' } }),
  'a POST of JSON without CORS': (page, url) =>
    send(page, url, { mode: 'no-cors', headers: { 'content-type': 'application/json' } }),
  'a POST without a type': (page, url) => send(page, url, { mode: 'no-cors' }),
  'a beacon': (page, url) =>
    run(page, 'void navigator.sendBeacon(to, new Blob([body], { type: "text/plain" }))', {
      to: `${url}/graphql`,
      body: JSON.stringify({ query: mutation }),
    }),
  'a reservation of a stream': (page, url) => fetched(page, `${url}/graphql`, { method: 'PUT' }),
  'an event source': (page, url) => run(page, heard('new EventSource(to)'), { to: address(url, subscription) }),
  'a WebSocket': (page, url) =>
    run(page, heard('new WebSocket(to, "graphql-transport-ws")'), { to: `${url.replace('http', 'ws')}/graphql` }),
  'a picture': (page, url) => run(page, heard('element("img", { src: to })'), { to: address(url, query) }),
  'a script': (page, url) => run(page, heard('element("script", { src: to })'), { to: address(url, query) }),
  'a style sheet': (page, url) =>
    run(page, heard('element("link", { rel: "stylesheet", href: to })'), { to: address(url, query) }),
};

function address(url: string, text: string): string {
  return `${url}/graphql?${new URLSearchParams({ query: text })}`;
}

/** Runs an expression in a page; the names are its constants. */
function run<T>(page: Page, expression: string, names: Record<string, unknown>): Promise<T> {
  const constants = Object.entries(names).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};`);
  return page.evaluate<T>(`(() => { ${constants.join(' ')} ${elements} return ${expression}; })()`);
}

const elements = `
  const element = (name, properties) => {
    const made = Object.assign(document.createElement(name), properties);
    document.body.append(made);
    return made;
  };`;

/** An expression that tells whether what it makes has been loaded or opened. */
function heard(made: string): string {
  return `new Promise((resolve) => {
    const told = { onopen: () => resolve('loaded'), onload: () => resolve('loaded'), onerror: () => resolve('') };
    Object.assign(${made}, told);
  })`;
}

function fetched(page: Page, to: string, init: Record<string, unknown>): Promise<string> {
  return run(page, 'fetch(to, init).then((answer) => answer.text(), (error) => error.name)', { to, init });
}

function read(page: Page, url: string, text: string, init: Record<string, unknown>): Promise<string> {
  return fetched(page, address(url, text), init);
}

function send(page: Page, url: string, init: Record<string, unknown>): Promise<string> {
  return fetched(page, `${url}/graphql`, { ...init, method: 'POST', body: JSON.stringify({ query: mutation }) });
}

/** Sends a form as a page does, by leaving the page; returns the status of the answer. */
async function submit(
  action: string,
  method: string,
  fields: Record<string, string>,
  enctype: string,
): Promise<number> {
  const page = await openPage();
  const arrived = page.waitForResponse((response) => response.url().startsWith(action));
  const expression = `(() => {
    const form = element('form', { action, method, enctype });
    for (const [name, value] of Object.entries(fields)) form.append(element('input', { name, value }));
    form.submit();
  })()`;
  await run(page, expression, { action, method, fields, enctype });
  const status = (await arrived).status();
  await page.close();
  return status;
}

async function openPage(): Promise<Page> {
  const page = await browser.context.newPage();
  await page.goto(origin);
  return page;
}

/** The requests that ran something, of all that reached the gateway. */
function operations(): unknown[] {
  return world.log.filter((line) => line['msg'] === 'operation' && line['kind'] !== null);
}

test.each(Object.keys(attempts))('%s from another origin reads and does nothing', async (name) => {
  const page = await openPage();
  const told = await attempts[name]?.(page, world.url);
  // What is opaque is empty; what CORS forbids is a TypeError.
  expect(['', 'TypeError', undefined]).toContain(told);
  // A beacon is sent when the browser finds time; a query that is answered afterwards came later.
  await page.waitForTimeout(100);
  await world.ask(query);
  expect(operations()).toMatchObject([{ kind: 'query' }]);
  world.log.length = 0;
  expect(world.auctions.bids.entries).toHaveLength(0);
  expect(world.gateway.open()).toMatchObject({ sockets: 0, subscriptions: 0 });
  await page.close();
});

test('a form of another origin does nothing, and its answer is shown in no frame', async () => {
  const { executed } = world.auctions.service;
  const to = `${world.url}/graphql`;
  const form = 'application/x-www-form-urlencoded';
  expect(await submit(to, 'post', { query: mutation }, form)).toBe(400);
  expect(await submit(to, 'post', { query: mutation }, 'multipart/form-data')).toBe(400);
  const text = `{"query":${JSON.stringify(mutation)},"x":"`;
  expect(await submit(to, 'post', { [text]: '"}' }, 'text/plain')).toBe(400);
  expect(await submit(to, 'get', { query }, form)).toBe(400);
  expect(await submit(to, 'get', { query: mutation }, form)).toBe(400);
  expect(operations()).toEqual([]);
  expect(world.auctions.service.executed).toBe(executed);
  const page = await openPage();
  const shown = page.waitForResponse((response) => response.url().startsWith(world.url));
  await run(page, 'void element("iframe", { src })', { src: `${world.url}/` });
  expect((await shown).headers()).toMatchObject({ 'x-frame-options': 'DENY' });
  await page.close();
});

test('our own pages and the address bar get answers to a query without further headers', async () => {
  const page = await browser.context.newPage();
  await page.goto(`${world.url}/health/live`);
  expect(await read(page, world.url, query, {})).toContain('Auction auc_1');
  const typed = await page.goto(address(world.url, query));
  expect(await typed?.text()).toContain('Auction auc_1');
  expect((await page.goto(address(world.url, mutation)))?.status()).toBe(405);
  expect(world.auctions.bids.entries).toHaveLength(0);
  await page.close();
});

test('a page of another origin does not use the session of the explorer', async () => {
  await using house = await openHouse({ oses: [], env: { CONSOLE_DIR: await builtConsole() } });
  const ann = await house.signUp();
  const explorer = await Explorer.visit(browser.context, house.url, { patience: 120_000 });
  await explorer.signIn(ann.email, ann.password);
  await explorer.page.getByTestId('account-button').waitFor();
  expect(await browser.context.cookies(house.url)).toEqual([]);
  const sent: Request[] = [];
  const page = await browser.context.newPage();
  browser.context.on('request', (request) => void (request.frame().page() === page && sent.push(request)));
  await page.goto(origin);
  const mine = '{ viewer { id } }';
  for (const init of [{}, { credentials: 'include' }, { mode: 'no-cors' }])
    expect(['', 'TypeError']).toContain(await read(page, house.url, mine, init));
  // Even a person who is led to an answer gets it as nobody.
  const led = await page.goto(address(house.url, mine));
  expect(await led?.json()).toMatchObject({ data: { viewer: null } });
  const ours = sent.filter((request) => request.url().startsWith(house.url));
  await until(() => ours.length >= 4);
  for (const request of ours) {
    const headers = await request.allHeaders();
    expect(headers).not.toHaveProperty('authorization');
    expect(headers).not.toHaveProperty('cookie');
  }
  await page.close();
  await explorer.page.close();
});
