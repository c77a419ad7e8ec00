import { expect, test } from 'vitest';
import type { Circumstances } from '../../gateway/authentication/authentication.ts';
import { Connection } from '../../gateway/subscriptions/connection.ts';
import { Heartbeats } from '../../gateway/subscriptions/heartbeats.ts';
import { Rationing } from '../../gateway/limits/rationing.ts';
import { defaultLimits } from '../../gateway/limits/limits.ts';
import { commentsIn, ending, eventsIn, openEvents, openResponse, partsIn } from './world/http-stream.ts';
import { openRaw } from './world/raw.ts';
import { openWorld, pause, until } from './world/world.ts';

/* Limits, heartbeats and planned ends of streams over HTTP, which are those of WebSockets. */

const bids = 'subscription { bidPlaced { cursor bid { amount } } }';
const accept = { accept: 'text/event-stream' };
const multipart = { accept: 'multipart/mixed;subscriptionSpec=1.0' };

test('open responses count as WebSockets do, and one too many is refused by its status', async () => {
  await using world = await openWorld({ env: { LIMITS: 'anonymous.sockets=2' } });
  world.listen(bids);
  const stream = await openEvents(world, bids);
  await until(() => world.gateway.open().subscriptions === 2);
  const refused = await openResponse(world, { body: { query: bids }, headers: accept });
  expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1']);
  const socket = await openRaw(world);
  expect((await socket.closed).code).toBe(4430);
  stream.leave();
  await until(() => world.gateway.open().responses === 0);
  const next = await openEvents(world, bids);
  expect(next.status).toBe(200);
  // An open subscription does not count as a running operation.
  expect((await world.ask('{ __typename }')).status).toBe(200);
  next.leave();
});

test('subscriptions over HTTP have the rations of those over sockets', async () => {
  await using world = await openWorld({ env: { LIMITS: 'anonymous.streams=6,anonymous.atOnce=1' } });
  const first = await openEvents(world, bids);
  await until(() => world.gateway.open().subscriptions === 1);
  const shared = await openEvents(world, bids);
  await until(() => world.gateway.open().subscriptions === 2);
  const many = await openEvents(world, bids);
  expect(await ending(many)).toMatchObject([
    { data: { errors: [{ extensions: { code: 'TOO_MANY', retryAfter: 1 } }] } },
    { event: 'complete' },
  ]);
  first.leave();
  shared.leave();
  await until(() => world.gateway.open().subscriptions === 0);
});

test('a client that does not read is cut with SLOW_CONSUMER, and others are unaffected', async () => {
  await using world = await openWorld();
  const reader = await openEvents(world, bids);
  const slow = await openResponse(world, { body: { query: bids }, headers: accept, unread: true });
  await until(() => world.gateway.open().subscriptions === 2);
  const amount = '9'.repeat(100_000);
  for (let i = 0; i < 300; i += 1) {
    world.auctions.bid('auc_1', amount);
    if (i % 10 === 0) await pause(5);
  }
  await until(() => world.gateway.open().subscriptions === 1, 'the slow one to be cut off');
  await until(() => reader.events().length === 300);
  expect(reader.ended()).toBe(false);
  expect(world.log.some((line) => JSON.stringify(line['errors'] ?? {}).includes('SLOW_CONSUMER'))).toBe(true);
  // Told at the end of what it left unread, or cut.
  let text = '';
  slow.response.on('data', (chunk: string) => (text += chunk));
  await until(() => slow.ended() !== false && world.gateway.open().responses === 1);
  if (slow.ended() === 'ended')
    expect(eventsIn(text).at(-2)).toMatchObject({ data: { errors: [{ extensions: { code: 'SLOW_CONSUMER' } }] } });
  reader.leave();
}, 120_000);

test('a replay waits for a client that reads slowly, and loses nothing', async () => {
  await using world = await openWorld();
  const first = world.auctions.bid('auc_1', '1');
  // Far more than the buffers between the processes hold, and than may wait for a live stream.
  const amount = '9'.repeat(50_000);
  for (let n = 0; n < 400; n += 1) world.auctions.bid('auc_1', amount);
  const query = `subscription { bidPlaced(after: "${first.cursor}") { cursor bid { amount } } }`;
  const slow = await openResponse(world, { body: { query }, headers: accept, unread: true });
  await until(() => slow.response.readableLength > 0);
  await pause(300);
  expect(world.gateway.open()).toMatchObject({ responses: 1, subscriptions: 1 });
  let text = '';
  slow.response.on('data', (chunk: string) => (text += chunk));
  await until(() => eventsIn(text).length === 400);
  expect(slow.ended()).toBe(false);
  const cursors = eventsIn(text).map(
    ({ data }) => (data as { data: { bidPlaced: { cursor: string } } }).data.bidPlaced.cursor,
  );
  expect(cursors).toEqual(world.auctions.bids.entries.slice(1).map(({ cursor }) => cursor));
  slow.leave();
}, 120_000);

test('a client that does not receive a streamed result is cut', async () => {
  const limits =
    'anonymous.answer=100000000,anonymous.body=2000000,anonymous.trafficBurst=1000000000,anonymous.taking=50';
  await using world = await openWorld({ env: { LIMITS: limits } });
  const large = {
    query: `query ($t: String) { ${Array.from({ length: 10 }, (_, n) => `a${n}: echo(text: $t)`).join(' ')} }`,
    variables: { t: 'x'.repeat(1_000_000) },
  };
  await openResponse(world, { body: large, headers: accept, unread: true });
  await until(() => world.auctions.service.executed === 1);
  await until(() => world.gateway.open().responses === 0, 'the cut');
});

test('an oversized result is not streamed, and a mutation’s client is told that it was executed', async () => {
  await using world = await openWorld({ env: { LIMITS: 'anonymous.answer=2000' } });
  const place = 'mutation ($a: String!) { bidPlace(input: { auctionId: "auc_1", amount: $a }) { amount } }';
  const stream = await openEvents(world, place, { variables: { a: '9'.repeat(3_000) } });
  expect(await ending(stream)).toMatchObject([
    {
      data: {
        errors: [
          {
            message: expect.stringContaining('The mutation was executed') as string,
            extensions: { code: 'LIMIT_EXCEEDED', limit: 'answer' },
          },
        ],
      },
    },
    { event: 'complete' },
  ]);
});

test('a query over an event stream ends in the subgraph when its client leaves', async () => {
  await using world = await openWorld({ remote: ['auction'] });
  const stream = await openEvents(world, '{ slow(ms: 20000) }');
  await until(() => world.auctions.service.executed === 1);
  stream.leave();
  await until(() => world.log.some((line) => line['msg'] === 'operation'), 'the end of the operation', 10_000);
});

test('silent streams get heartbeats over all transports, sockets without subscriptions get none', async () => {
  await using world = await openWorld();
  const idle = await openRaw(world);
  const socket = await openRaw(world);
  socket.say({ type: 'subscribe', id: '1', payload: { query: bids } });
  const stream = await openEvents(world, bids);
  const parts = await openResponse(world, { body: { query: bids }, headers: multipart });
  await until(() => world.gateway.open().subscriptions === 3);
  await until(() => socket.messages.filter(({ type }) => type === 'ping').length >= 2, 'pings');
  await until(() => commentsIn(stream.text()) >= 3, 'comments');
  await until(() => partsIn(parts.text()).parts.length >= 2, 'empty parts');
  expect(partsIn(parts.text()).parts.every(({ body }) => Object.keys(body).length === 0)).toBe(true);
  expect(eventsIn(stream.text())).toEqual([]);
  expect(idle.messages).toEqual([]);
  // A client that answers is as welcome as one that does not.
  socket.say({ type: 'pong' });
  world.auctions.bid();
  await until(() => socket.messages.some(({ type }) => type === 'next') && eventsIn(stream.text()).length === 1);
  stream.leave();
  parts.leave();
  socket.socket.terminate();
  idle.socket.terminate();
});

/** A connection that counts what is sent. */
class Counting extends Connection {
  readonly transport = 'test';
  readonly hasGone = false;
  buffered = 0;
  sent = 0;
  heartbeats = 0;
  protected readonly isOpen = true;
  protected readonly wire = null;
  outlet(): never {
    throw new Error('not used');
  }
  protected write(): void {
    this.sent += 1;
  }
  protected sendHeartbeat(): void {
    this.heartbeats += 1;
  }
  protected closeWith(): void {}
  cut(): void {}
}

test('a heartbeat comes after four silent beats of half a second, and not to a client that has data to receive', () => {
  const parts = { authentication: null as never, rationing: new Rationing(defaultLimits), place: () => undefined };
  const connection = new Counting({} as Circumstances, parts);
  const beat = (times: number) => {
    for (let n = 0; n < times; n += 1) connection.beat();
    return connection.heartbeats;
  };
  expect(beat(3)).toBe(0);
  expect(beat(1)).toBe(1);
  expect(beat(3)).toBe(1);
  connection.send('an event');
  expect(beat(3)).toBe(1);
  connection.buffered = 1;
  expect(beat(10)).toBe(1);
  connection.buffered = 0;
  expect(beat(1)).toBe(2);
});

test('each of many connections gets one beat per period, and not all at the same moment', async () => {
  const heartbeats = new Heartbeats();
  const beats: number[] = Array.from({ length: 100 }, () => 0);
  const leaves = beats.map((_, index) => heartbeats.add({ beat: () => (beats[index] = (beats[index] ?? 0) + 1) }));
  await until(() => beats.some((count) => count > 0));
  expect(beats.filter((count) => count > 0).length).toBeLessThanOrEqual(50);
  await until(() => beats.every((count) => count > 0));
  for (const leave of leaves) leave();
  const before = [...beats];
  await pause(600);
  expect(beats).toEqual(before);
  heartbeats.stop();
});

test('when the gateway stops, clients of streams are told to connect again, after what runs has ended', async () => {
  const world = await openWorld();
  const stream = await openEvents(world, bids);
  const parts = await openResponse(world, { body: { query: bids }, headers: multipart });
  await until(() => world.gateway.open().subscriptions === 2);
  const slow = await openEvents(world, '{ slow(ms: 1000) }');
  await until(() => world.auctions.service.requests.some(({ query }) => query.includes('slow')));
  const token = await (await fetch(`${world.url}/graphql`, { method: 'PUT' })).text();
  const closing = world.close();
  expect(await ending(slow)).toMatchObject([{ data: { data: { slow: 'after 1000' } } }, { event: 'complete' }]);
  const told = {
    message: expect.stringContaining('connect again') as string,
    extensions: { code: 'UNAVAILABLE', retryable: true },
  };
  expect(await ending(stream)).toMatchObject([{ data: { errors: [told] } }, { event: 'complete' }]);
  await until(() => parts.ended() !== false);
  expect(partsIn(parts.text())).toMatchObject({ parts: [{ body: { payload: null, errors: [told] } }], isClosed: true });
  expect([stream.ended(), parts.ended(), token.startsWith('est_')]).toEqual(['ended', 'ended', true]);
  await closing;
  expect(world.auctions.service.streams).toBe(0);
});
