import { afterEach, expect, test, vi } from 'vitest';
import { anonymous } from '../../platform/context/actor.ts';
import { Flow } from '../../gateway/subscriptions/flow.ts';
import type { Frame } from '../../gateway/subscriptions/frame.ts';
import { consumerOf } from '../../gateway/limits/consumer.ts';
import { defaultLimits } from '../../gateway/limits/limits.ts';
import { Rationing } from '../../gateway/limits/rationing.ts';
import { openWorld, until, type World } from './world/world.ts';

/*
 * Rations for delivered events. In these worlds nothing is earned back, so the number of events is exact.
 */

const limits = (list: string) => ({ env: { LIMITS: list } });
/** Three objects per event: the event, the bid and the lot. */
const bids = (argument = '') => `subscription { bidPlaced${argument} { cursor bid { amount } auction { title } } }`;
/** Two subscriptions are charged 206, which leaves 94 for events. */
const few = limits('anonymous.rate=0,anonymous.burst=300');

afterEach(() => void vi.useRealTimers());

async function twoListening(world: World, queries: readonly [string, string]) {
  const client = world.client();
  const both = queries.map((query) => world.listen(query, { client }));
  await until(() => world.gateway.open().subscriptions === 2);
  await until(() => world.auctions.service.streams === world.gateway.open().streams);
  return both;
}

test('events are charged for what they read, and members of a shared stream split it', async () => {
  for (const [queries, streams, delivered] of [
    // 94 divided by 2.5 each, and one more on credit.
    [[bids(), bids()], 1, 39],
    // 94 divided by 4 each.
    [[bids(), bids('(auctionId: "auc_1")')], 2, 25],
  ] as const) {
    await using world = await openWorld(few);
    const both = await twoListening(world, queries);
    expect(world.gateway.open().streams).toBe(streams);
    for (let n = 0; n < 100; n += 1) world.auctions.bid('auc_1');
    const came = () => both.reduce((sum, { events }) => sum + events.length, 0);
    await until(() => came() >= delivered);
    // An operation is answered after all sent events, and finds the ration exhausted.
    const after = world.listen('{ __typename }');
    await until(() => after.errors.length === 1);
    expect(after.errors[0]?.extensions).toMatchObject({ code: 'TOO_MANY' });
    expect([came(), both.flatMap(({ errors }) => errors)]).toEqual([delivered, []]);
  }
});

test('a shared stream queues 256 events, then ends with TOO_MANY and the time to wait; other members receive all', async () => {
  await using world = await openWorld(limits('signedIn.rate=0,signedIn.burst=150'));
  world.identity.people.set('usr_poor', {});
  world.identity.people.set('usr_rich', { platformRoles: ['AUDITOR'] });
  const as = async (id: string) => ({ params: { authorization: `Bearer ${await world.identity.token(id)}` } });
  const rich = world.listen(bids(), await as('usr_rich'));
  await until(() => world.gateway.open().subscriptions === 1);
  const poor = world.listen(bids(), await as('usr_poor'));
  await until(() => world.gateway.open().subscriptions === 2);
  expect(world.gateway.open().streams).toBe(1);
  // 103 for the subscription; 2.5 per event: half of what it reads, and the sending.
  const sent = Math.floor(47 / 2.5) + 1;
  for (let n = 0; n < sent + 256; n += 1) {
    world.auctions.bid();
    if (n % 100 === 99) await until(() => rich.events.length === n + 1);
  }
  await until(() => rich.events.length === sent + 256);
  expect([poor.events.length, poor.errors]).toEqual([sent, []]);
  world.auctions.bid();
  await until(() => poor.errors.length === 1);
  expect(poor.errors[0]?.extensions).toMatchObject({
    code: 'TOO_MANY',
    retryable: true,
    retryAfter: expect.any(Number) as number,
  });
  await until(() => rich.events.length === sent + 257);
  expect(rich.errors).toEqual([]);
  expect(world.gateway.open().subscriptions).toBe(1);
  // Only the stream ends. The client then closes its unused connection at some later time.
  expect([undefined, 1000]).toContain(poor.closed?.code);
});

/** A poor member of a rich member's stream: after twenty events it earns a hundredth of an event per second. */
async function poorBesideRich(list: string) {
  const world = await openWorld(limits(`signedIn.rate=1,signedIn.burst=150,${list}`));
  world.identity.people.set('usr_poor', {});
  world.identity.people.set('usr_rich', { platformRoles: ['AUDITOR'] });
  const as = async (id: string) => ({ params: { authorization: `Bearer ${await world.identity.token(id)}` } });
  const rich = world.listen(bids(), await as('usr_rich'));
  await until(() => world.gateway.open().subscriptions === 1);
  const poor = world.listen(bids(), await as('usr_poor'));
  await until(() => world.gateway.open().subscriptions === 2);
  expect(world.gateway.open().streams).toBe(1);
  return { world, rich, poor, again: async () => world.listen(bids(), await as('usr_poor')) };
}
/** Seconds for a hundred events whose second half waits for one object per second; a slow run earns some of them. */
const hundredEvents = 200;

test('a shared stream queues as many bytes as an answer may have, then ends with TOO_MANY', async () => {
  const { world, rich, poor } = await poorBesideRich('signedIn.answer=20000');
  await using _ = world;
  let made = 0;
  while (poor.errors.length === 0 && made < 250) {
    world.auctions.bid('auc_1', '9'.repeat(1_000));
    made += 1;
    await until(() => rich.events.length === made);
  }
  expect(poor.errors[0]?.extensions).toMatchObject({ code: 'TOO_MANY' });
  // About twenty were sent, and fewer than twenty of a thousand bytes waited.
  expect(made).toBeLessThan(60);
  expect(rich.errors).toEqual([]);
});

test('events that were made but not sent are charged: if too many wait, and if their reader leaves', async () => {
  {
    const { world, rich, poor } = await poorBesideRich('signedIn.answer=1000000');
    await using _ = world;
    for (let n = 0; poor.errors.length === 0 && n < 400; n += 1) {
      world.auctions.bid();
      await until(() => rich.events.length === n + 1);
    }
    expect(poor.errors[0]?.extensions['retryAfter']).toBeGreaterThan(2 * hundredEvents);
  }
  const { world, rich, poor, again } = await poorBesideRich('signedIn.answer=1000000');
  await using _ = world;
  for (let n = 0; n < 140; n += 1) {
    world.auctions.bid();
    await until(() => rich.events.length === n + 1);
  }
  poor.stop();
  await until(() => world.gateway.open().subscriptions === 1);
  const refused = await again();
  await until(() => refused.errors.length === 1);
  expect(refused.errors[0]?.extensions).toMatchObject({ code: 'TOO_MANY' });
  expect(refused.errors[0]?.extensions['retryAfter']).toBeGreaterThan(hundredEvents);
});

test('an unshared stream is not ended: it waits in its OS, and continues without a gap when the ration recovers', async () => {
  await using world = await openWorld(limits('anonymous.rate=2000,anonymous.burst=150'));
  for (let n = 0; n < 600; n += 1) world.auctions.bid();
  const replay = world.listen(bids('(after: "c0")'));
  await until(() => replay.events.length === 600);
  const cursors = replay.events.map(({ bidPlaced }) => (bidPlaced as { cursor: string }).cursor);
  expect(cursors).toEqual(Array.from({ length: 600 }, (_, n) => `c${n + 1}`));
  expect(replay.errors).toEqual([]);
});

test('a stream that ends while events wait for the ration ends after the last of them', async () => {
  await using world = await openWorld(limits('anonymous.rate=2000,anonymous.burst=150'));
  const live = world.listen(bids());
  await until(() => world.auctions.service.streams === 1);
  for (let n = 0; n < 150; n += 1) world.auctions.bid();
  world.auctions.bids.end();
  await until(() => live.completed);
  expect(live.events).toHaveLength(150);
});

test('while the ration is exhausted nothing more is read from an unshared stream', async () => {
  vi.useFakeTimers();
  const limitsHere = structuredClone(defaultLimits);
  Object.assign(limitsHere.anonymous, { rate: 10, burst: 20, traffic: 1_000, trafficBurst: 1_000 });
  const rationing = new Rationing(limitsHere, () => Date.now());
  const consumer = consumerOf(anonymous(), null, '192.0.2.7');
  const sent: string[] = [];
  const outlet = {
    buffered: 0,
    send: (payload: string, flushed: () => void) => {
      sent.push(payload);
      flushed();
    },
  };
  let rested = 0;
  const ration = {
    take: (frame: Frame) => rationing.chargeEvent(consumer, 10, frame.bytes()),
    wait: () => rationing.wait(consumer),
  };
  const flow = new Flow(outlet, ration, () => (rested += 1));
  const frame = (bytes: number): Frame => ({
    more: null,
    message: (head) => Buffer.from(head),
    keyAt: () => null,
    number: 1,
    cursor: null,
    members: 1,
    payload: () => 'x'.repeat(bytes),
    bytes: () => bytes,
  });
  const send = (bytes: number): void => {
    flow.take(frame(bytes));
    flow.send(frame(bytes));
  };
  send(10);
  send(10);
  expect([flow.isResting, flow.ready(0)]).toEqual([false, null]);
  // The third event uses what the next second earns.
  send(10);
  expect(flow.isResting).toBe(true);
  let ready = 0;
  void flow.ready(0)?.then(() => (ready += 1));
  await vi.advanceTimersByTimeAsync(999);
  expect([flow.isResting, rested, ready]).toEqual([true, 0, 0]);
  await vi.advanceTimersByTimeAsync(1);
  expect([flow.isResting, rested, ready]).toEqual([false, 1, 1]);
  // Bytes count as well, and a pause beyond the longest timer is checked again.
  send(200_000);
  await vi.advanceTimersByTimeAsync(190_000);
  expect(flow.isResting).toBe(true);
  await vi.advanceTimersByTimeAsync(10_000);
  expect([flow.isResting, rested]).toEqual([false, 2]);
  send(200_000);
  flow.end();
  expect(vi.getTimerCount()).toBe(0);
});

test('bytes of events and of WebSocket messages are repaid before the next operation', async () => {
  const thin = limits('anonymous.traffic=0,anonymous.trafficBurst=4000');
  {
    await using world = await openWorld(thin);
    const live = world.listen(bids());
    await until(() => world.auctions.service.streams === 1);
    for (let n = 0; n < 2; n += 1) world.auctions.bid('auc_1', '9'.repeat(2_000));
    await until(() => live.events.length === 2);
    const refused = await world.ask('{ __typename }');
    expect(refused.errors[0]).toMatchObject({
      message: expect.stringContaining('bytes per second') as string,
      extensions: { code: 'TOO_MANY' },
    });
  }
  await using world = await openWorld(thin);
  const client = world.client();
  const said = (length: number) =>
    world.listen('query ($t: String) { echo(text: $t) @skip(if: true) __typename }', {
      client,
      variables: { t: 'x'.repeat(length) },
    });
  const first = said(4_000);
  await until(() => first.results.length + first.errors.length === 1);
  const second = said(1);
  await until(() => second.errors.length === 1);
  expect(second.errors[0]?.extensions).toMatchObject({ code: 'TOO_MANY' });
});
