import { afterEach, expect, test, vi } from 'vitest';
import { serveSubgraph } from '../../platform/serving/http.ts';
import { pino } from 'pino';
import { openRaw } from './world/raw.ts';
import { openWorld, routerSecret, until, type Listening, type World } from './world/world.ts';

const bids = 'subscription { bidPlaced { cursor } }';
const after = 'subscription ($after: String) { bidPlaced(after: $after) { cursor } }';
const log = pino({ level: 'silent' });
const cursors = ({ events }: Listening) => events.map((event) => (event['bidPlaced'] as { cursor: string }).cursor);

afterEach(() => vi.useRealTimers());

/** Stops the auction OS; the result starts it again at the same address. */
async function stop(world: World): Promise<() => Promise<void>> {
  const served = world.served.get('auction');
  const port = Number(new URL(served?.url ?? '').port);
  await served?.close();
  return async () => {
    world.served.set(
      'auction',
      await serveSubgraph(world.auctions.service, { port, host: '127.0.0.1', routerSecret, log }),
    );
  };
}

test('a quiet stream outlives any number of restarts of its OS, far apart', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  await using world = await openWorld({ remote: ['auction'] });
  const listening = world.listen(bids);
  for (let restart = 1; restart <= 4; restart += 1) {
    await until(() => world.auctions.service.streams === 1, `the stream before restart ${restart}`);
    await (
      await stop(world)
    )();
    vi.setSystemTime(Date.now() + 61_000);
  }
  await until(() => world.auctions.service.streams === 1, 'the stream');
  world.auctions.bid();
  await until(() => listening.events.length === 1);
  expect(listening.errors).toEqual([]);
});

test('an OS that stays down still ends its streams', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  await using world = await openWorld({ remote: ['auction'] });
  const listening = world.listen(bids);
  await until(() => world.auctions.service.streams === 1);
  await stop(world);
  const losses = () => world.log.filter(({ msg }) => msg === 'a stream was lost and is reopened').length;
  await until(() => losses() > 1);
  vi.setSystemTime(Date.now() + 61_000);
  await until(() => listening.errors.length === 1);
  expect(listening.errors[0]?.extensions).toMatchObject({ code: 'UNAVAILABLE', os: 'auction' });
});

test('a stream without events so far resumes from its start, and delivers missed events', async () => {
  await using world = await openWorld({ remote: ['auction'] });
  world.auctions.bid();
  const listening = world.listen(bids);
  const ticking = world.listen('subscription { tick { at } }');
  await until(() => world.auctions.service.streams === 2);
  world.auctions.service.mark('c1');
  // An event after the mark on the same connection shows that the mark has arrived.
  world.auctions.tick(1);
  await until(() => ticking.events.length === 1);
  const start = await stop(world);
  world.auctions.bid();
  world.auctions.bid();
  await start();
  await until(() => listening.events.length === 2, 'what happened meanwhile');
  expect(cursors(listening)).toEqual(['c2', 'c3']);
});

test('a subscriber that resumed with a cursor shares a stream again after catching up, without gap or duplicate', async () => {
  await using world = await openWorld();
  for (let n = 0; n < 3; n += 1) world.auctions.bid();
  const live = world.listen(bids);
  await until(() => world.auctions.service.streams === 1);
  const resumed = world.listen(after, { variables: { after: 'c1' } });
  await until(() => resumed.events.length === 2 && world.auctions.service.streams === 2);
  world.auctions.service.mark('c3');
  for (let n = 0; n < 5; n += 1) world.auctions.bid();
  await until(() => world.auctions.service.streams === 1 && world.gateway.open().streams === 1, 'one stream');
  for (let n = 0; n < 5; n += 1) world.auctions.bid();
  await until(() => resumed.events.length === 12 && live.events.length === 10);
  expect(cursors(resumed)).toEqual(Array.from({ length: 12 }, (_, n) => `c${n + 2}`));
  expect(cursors(live)).toEqual(Array.from({ length: 10 }, (_, n) => `c${n + 4}`));
  expect(world.gateway.open()).toMatchObject({ subscriptions: 2, streams: 1 });
});

test('a subscriber whose own stream is ahead of the shared one gets the event at which they meet once', async () => {
  await using world = await openWorld();
  world.auctions.bid();
  const resumed = world.listen(after, { variables: { after: 'c0' } });
  await until(() => resumed.events.length === 1);
  // Opened later, so each event reaches it later.
  const live = world.listen(bids);
  await until(() => world.auctions.service.streams === 2);
  world.auctions.service.mark('c1');
  world.auctions.bid();
  await until(() => live.events.length === 1 && world.auctions.service.streams === 1);
  world.auctions.bid();
  await until(() => live.events.length === 2);
  expect(cursors(resumed)).toEqual(['c1', 'c2', 'c3']);
});

test('others join a stream that was resumed alone', async () => {
  await using world = await openWorld();
  world.auctions.bid();
  const resumed = world.listen(after, { variables: { after: 'c1' } });
  await until(() => world.auctions.service.streams === 1);
  world.auctions.service.mark('c1');
  world.auctions.bid();
  await until(() => resumed.events.length === 1);
  const joined = world.listen(bids);
  await until(() => world.gateway.open().subscriptions === 2);
  world.auctions.bid();
  await until(() => resumed.events.length === 2 && joined.events.length === 1);
  expect(world.auctions.service.streamsEver).toBe(1);
});

test('a replay of any length runs at the pace of its reader, which is never cut', async () => {
  await using world = await openWorld();
  const count = 3_000;
  const amount = '9'.repeat(5_000);
  for (let n = 0; n < count; n += 1) world.auctions.bid('auc_1', amount);
  const { socket, say, messages } = await openRaw(world);
  socket.pause();
  const query = 'subscription { bidPlaced(after: "c0") { cursor bid { amount } } }';
  say({ type: 'subscribe', id: '1', payload: { query: query.replace('c0', 'c1') } });
  // Without pacing, more than 256 events and more than 4 MiB would be in transit.
  await until(() => world.auctions.service.streams === 1);
  await new Promise((resolve) => setTimeout(resolve, 500));
  socket.resume();
  await until(() => messages.length >= count - 1, 'the whole replay');
  expect(messages.every(({ type }) => type === 'next')).toBe(true);
  expect(messages).toHaveLength(count - 1);
  expect(world.gateway.open().subscriptions).toBe(1);
  socket.terminate();
});
