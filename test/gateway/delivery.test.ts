import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { openWorld, pause, until, type Listening, type World } from './world/world.ts';

const bids = 'subscription { bidPlaced { cursor bid { amount } auction { id asset { name } } } }';
const cursors = ({ events }: Listening): string[] =>
  events.map((event) => (event['bidPlaced'] as { cursor: string }).cursor);

const open = (world: World, subscriptions: number, streams: number): Promise<void> =>
  until(() => world.gateway.open().subscriptions === subscriptions && world.auctions.service.streams === streams);

test('the latest events: a newer one replaces the one of its key that waits, and sharing is not split', async () => {
  await using world = await openWorld();
  const latest = (more: object = {}) =>
    world.listen(bids, { extensions: { delivery: { mode: 'LATEST', maxPerSecond: 2, ...more } } });
  const every = world.listen(bids);
  const byLot = latest({ key: 'bidPlaced.auction.id' });
  const newest = latest();
  await open(world, 3, 1);
  const before = world.assets.executed;
  // The first of them is sent at once, and the rest waits.
  world.auctions.bid('auc_1', '1');
  await until(() => [every, byLot, newest].every(({ events }) => events.length === 1));
  const completions = world.assets.executed - before;
  for (const [auction, amount] of [
    ['auc_1', '2'],
    ['auc_2', '3'],
    ['auc_1', '4'],
    ['auc_2', '5'],
    ['auc_1', '6'],
  ] as const)
    world.auctions.bid(auction, amount);
  await until(() => every.events.length === 6 && byLot.events.length === 3 && newest.events.length === 2);
  expect(cursors(every)).toEqual(['c1', 'c2', 'c3', 'c4', 'c5', 'c6']);
  // In the order of the stream, so that the last cursor is a place to resume from.
  expect(cursors(byLot)).toEqual(['c1', 'c5', 'c6']);
  expect(cursors(newest)).toEqual(['c1', 'c6']);
  expect(completions).toBe(1);
  expect(world.auctions.service.streamsEver).toBe(1);
});

test('every event comes at the chosen pace, in order and without loss', async () => {
  await using world = await openWorld();
  const listening = world.listen(bids, { extensions: { delivery: { maxPerSecond: 20 } } });
  await open(world, 1, 1);
  const began = performance.now();
  for (let n = 0; n < 11; n += 1) world.auctions.bid();
  await until(() => listening.events.length === 11);
  expect(performance.now() - began).toBeGreaterThan(450);
  expect(cursors(listening)).toEqual(Array.from({ length: 11 }, (_, n) => `c${n + 1}`));
});

test('when too many events wait for the chosen pace, the stream ends with the code to go on from the cursor', async () => {
  await using world = await openWorld();
  const listening = world.listen(bids, { extensions: { delivery: { mode: 'EVERY', maxPerSecond: 0.02 } } });
  const other = world.listen(bids);
  await open(world, 2, 1);
  for (let n = 0; n < 300; n += 1) world.auctions.bid();
  await until(() => listening.errors.length === 1);
  expect(listening.errors[0]?.extensions).toMatchObject({ code: 'SLOW_CONSUMER', retryable: true });
  expect(cursors(listening)).toEqual(['c1']);
  await until(() => listening.closed !== null);
  expect(listening.closed?.code).toBe(4408);
  await until(() => other.events.length === 300);
  const resumed = world.listen(bids.replace('bidPlaced', 'bidPlaced(after: "c1")'));
  await until(() => resumed.events.length === 299);
});

test('a slow reader of the latest events is not cut, and gets the newest', async () => {
  await using world = await openWorld();
  const reader = world.listen(bids);
  const socket = new WebSocket(`${world.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  let last: string | null = null;
  let count = 0;
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as {
      type: string;
      payload?: { data?: { bidPlaced: { cursor: string } } };
    };
    if (message.type !== 'next') return;
    count += 1;
    last = message.payload?.data?.bidPlaced.cursor ?? null;
  });
  await new Promise((resolve) => socket.once('open', resolve));
  socket.send(JSON.stringify({ type: 'connection_init' }));
  await new Promise((resolve) => socket.once('message', resolve));
  socket.send(
    JSON.stringify({
      type: 'subscribe',
      id: '1',
      payload: { query: bids, extensions: { delivery: { mode: 'LATEST' } } },
    }),
  );
  await open(world, 2, 1);
  socket.pause();
  const amount = '9'.repeat(100_000);
  for (let n = 0; n < 300; n += 1) {
    world.auctions.bid('auc_1', amount);
    if (n % 10 === 0) await pause(5);
  }
  await until(() => reader.events.length === 300);
  expect(world.gateway.open().subscriptions).toBe(2);
  socket.resume();
  await until(() => last === 'c300', 'the newest event');
  expect(count).toBeLessThan(300);
  socket.terminate();
}, 30_000);

test.each([
  [{ mode: 'SOME' }, ['mode'], 'must be EVERY or LATEST'],
  [{ maxPerSecond: 0 }, ['maxPerSecond'], 'must be a number from 0.02 to 1000'],
  [{ maxPerSecond: '5' }, ['maxPerSecond'], 'must be a number'],
  [{ key: 'bidPlaced.cursor' }, ['key'], 'is only for the mode LATEST'],
  [{ mode: 'LATEST', key: 'a..b' }, ['key'], 'must be response names joined by dots'],
  [{ rate: 5 }, ['rate'], 'is not known'],
  ['LATEST', [], 'must be an object'],
])('a wrong choice is INVALID with its path: %j', async (delivery, path, message) => {
  await using world = await openWorld();
  const listening = world.listen(bids, { extensions: { delivery } });
  await until(() => listening.errors.length === 1);
  expect(listening.errors[0]).toMatchObject({
    message: expect.stringContaining(message) as string,
    extensions: { code: 'INVALID', path: ['extensions', 'delivery', ...path] },
  });
});

test('an event stream over HTTP takes the same choice', async () => {
  await using world = await openWorld();
  const response = await fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: bids, extensions: { delivery: { mode: 'LATEST', maxPerSecond: 2 } } }),
  });
  const reader = response.body!.getReader();
  await open(world, 1, 1);
  let text = '';
  const read = (async () => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      text += Buffer.from(value).toString('utf8');
    }
  })();
  world.auctions.bid();
  await until(() => text.includes('"c1"'));
  for (let n = 0; n < 5; n += 1) world.auctions.bid();
  await until(() => text.includes('"c6"'));
  for (const cursor of ['c2', 'c3', 'c4', 'c5']) expect(text).not.toContain(`"${cursor}"`);
  await reader.cancel();
  await read;
});
