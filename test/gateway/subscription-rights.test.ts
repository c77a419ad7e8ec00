import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { holdTimers } from '../testkit/held-timers.ts';
import { openWorld, pause, until, type World } from './world/world.ts';

const mine = 'subscription { bidPlaced { cursor mine } }';

async function speak(world: World, params: Record<string, unknown>, headers: Record<string, string> = {}) {
  const socket = new WebSocket(`${world.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers });
  const messages: { type: string; id?: string; payload?: unknown }[] = [];
  let closed: { code: number; reason: string } | null = null;
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as (typeof messages)[number]));
  socket.on('close', (code, reason) => (closed = { code, reason: reason.toString() }));
  socket.on('error', () => undefined);
  await new Promise((resolve) => {
    socket.once('open', resolve);
    socket.once('close', resolve);
  });
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: 'connection_init', payload: params }));
  return { socket, messages, closed: () => closed, send: (message: unknown) => socket.send(JSON.stringify(message)) };
}

test('an invalid token closes the socket with 4401, an expired one with a code on which clients reconnect', async () => {
  await using world = await openWorld();
  world.identity.people.set('usr_a', {});
  const bad = await speak(world, { authorization: 'Bearer nonsense' });
  await until(() => bad.closed() !== null);
  expect(bad.closed()).toMatchObject({ code: 4401, reason: expect.stringContaining('UNAUTHENTICATED') as string });
  const ended = await speak(world, { authorization: `Bearer ${await world.identity.token('usr_a', { seconds: -1 })}` });
  await until(() => ended.closed() !== null);
  expect(ended.closed()?.code).toBe(4419);
});

test('the token may be in the headers of the upgrade', async () => {
  await using world = await openWorld();
  world.identity.people.set('usr_a', {});
  const one = await speak(world, {}, { authorization: `Bearer ${await world.identity.token('usr_a')}` });
  await until(() => one.messages.some((message) => message.type === 'connection_ack'));
  one.send({ type: 'subscribe', id: 'q', payload: { query: '{ viewer { id } }' } });
  await until(() => one.messages.some((message) => message.type === 'next'));
  expect(one.messages.find((message) => message.type === 'next')?.payload).toEqual({
    data: { viewer: { id: 'usr_a' } },
  });
});

test('when the token expires, the stream ends with EXPIRED and the socket closes', async () => {
  await using world = await openWorld();
  using timers = holdTimers(30_000);
  world.identity.people.set('usr_a', {});
  const listening = world.listen(mine, {
    params: { authorization: `Bearer ${await world.identity.token('usr_a', { seconds: 60 })}` },
  });
  await until(() => world.auctions.service.streams === 1);
  world.auctions.bid();
  await until(() => listening.events.length === 1);
  // A timer may fire before the date.
  timers.comeDue(100);
  await until(() => listening.errors.length === 1, 'the end of the stream');
  expect(listening.errors[0]?.extensions['code']).toBe('EXPIRED');
  await until(() => listening.closed !== null);
  expect(listening.closed).toMatchObject({ code: 4419 });
  expect(world.auctions.service.streams).toBe(0);
});

test('a ping with a fresh token of the same principal keeps the connection open', async () => {
  await using world = await openWorld();
  world.identity.people.set('usr_a', {});
  world.identity.people.set('usr_b', {});
  using timers = holdTimers(30_000);
  const one = await speak(world, { authorization: `Bearer ${await world.identity.token('usr_a', { seconds: 60 })}` });
  await until(() => one.messages.length === 1);
  one.send({ type: 'subscribe', id: 's', payload: { query: mine } });
  await until(() => world.auctions.service.streams === 1);
  one.send({ type: 'ping', payload: { authorization: `Bearer ${await world.identity.token('usr_b')}` } });
  await until(() => one.messages.length === 2);
  expect(one.messages[1]).toMatchObject({ type: 'pong', payload: { accepted: false, code: 'FORBIDDEN' } });
  one.send({
    type: 'ping',
    payload: { authorization: `Bearer ${await world.identity.token('usr_a', { seconds: 600 })}` },
  });
  await until(() => one.messages.length === 3);
  expect(one.messages[2]).toMatchObject({
    type: 'pong',
    payload: { accepted: true, expiresAt: expect.any(Number) as number },
  });
  one.send({ type: 'ping', payload: { any: 1 } });
  await until(() => one.messages.length === 4);
  expect(one.messages[3]).toEqual({ type: 'pong', payload: { any: 1 } });
  // Past the end of the first token.
  timers.pass(61_000);
  world.auctions.bid();
  await until(() => one.messages.some((message) => message.type === 'next'));
  expect(one.closed()).toBeNull();
  one.socket.terminate();
});

test('a revoked session gets no further event', async () => {
  await using world = await openWorld();
  world.identity.people.set('usr_a', {});
  const listening = world.listen(mine, {
    params: { authorization: `Bearer ${await world.identity.token('usr_a', { sid: 'ses_1' })}` },
  });
  await until(() => world.auctions.service.streams === 1);
  world.auctions.bid();
  await until(() => listening.events.length === 1);
  world.identity.revoked.add('ses_1');
  world.gateway.dropActor('usr_a');
  world.auctions.bid();
  await until(() => listening.errors.length === 1);
  expect(listening.errors[0]?.extensions['code']).toBe('UNAUTHENTICATED');
  expect(listening.events).toHaveLength(1);
  await until(() => listening.closed !== null);
  expect(listening.closed).toMatchObject({ code: 4401 });
});

test('after a change of rights the subgraph decides again from the last event on, without loss or duplicates', async () => {
  await using world = await openWorld();
  world.identity.people.set('usr_a', { rightsVersion: 1 });
  const listening = world.listen('subscription { bidPlaced { note bid { amount } } }', {
    params: { authorization: `Bearer ${await world.identity.token('usr_a')}` },
  });
  await until(() => world.auctions.service.streams === 1);
  world.auctions.bid('auc_1', '1');
  await until(() => listening.events.length === 1);
  world.identity.people.set('usr_a', { rightsVersion: 2, platformRoles: ['AUDITOR'] });
  world.gateway.dropActor('usr_a');
  for (const amount of ['2', '3', '4']) world.auctions.bid('auc_1', amount);
  await until(() => listening.events.length === 4);
  expect(listening.events.map((event) => event['bidPlaced'])).toEqual([
    { note: null, bid: { amount: '1' } },
    { note: 'for staff', bid: { amount: '2' } },
    { note: 'for staff', bid: { amount: '3' } },
    { note: 'for staff', bid: { amount: '4' } },
  ]);
  expect(world.auctions.service.streamsEver).toBe(2);
  await until(() => world.auctions.service.streams === 1);
});

test('a subscriber that loses its right gets FORBIDDEN and no further event', async () => {
  await using world = await openWorld();
  world.identity.people.set('usr_a', { rightsVersion: 1, platformRoles: ['AUDITOR'] });
  const listening = world.listen('subscription { guarded { cursor amount } }', {
    params: { authorization: `Bearer ${await world.identity.token('usr_a')}` },
  });
  await until(() => world.auctions.service.streams === 1);
  world.auctions.bid();
  await until(() => listening.events.length === 1);
  world.identity.people.set('usr_a', { rightsVersion: 2 });
  world.gateway.dropActor('usr_a');
  world.auctions.bid();
  await until(() => listening.errors.length === 1);
  expect(listening.errors[0]?.extensions['code']).toBe('FORBIDDEN');
  expect(listening.events).toHaveLength(1);
  // The gateway leaves the connection open; the client closes an unused one.
  expect(listening.closed?.code ?? 1000).toBe(1000);
});

test('without a cursor to resume from, a change of rights ends the stream with a code to subscribe again', async () => {
  await using world = await openWorld();
  world.identity.people.set('usr_a', { rightsVersion: 1 });
  const listening = world.listen(mine, { params: { authorization: `Bearer ${await world.identity.token('usr_a')}` } });
  await until(() => world.auctions.service.streams === 1);
  world.identity.people.set('usr_a', { rightsVersion: 2 });
  world.gateway.dropActor('usr_a');
  world.auctions.bid();
  await until(() => listening.errors.length === 1);
  expect(listening.errors[0]?.extensions).toMatchObject({ code: 'RIGHTS_CHANGED', retryable: true });
});

test('a subscriber who joins a stream later, without a cursor, resumes from its place when rights change before its first event', async () => {
  await using world = await openWorld();
  for (const id of ['usr_a', 'usr_b']) world.identity.people.set(id, { rightsVersion: 1 });
  const as = async (id: string) => ({ authorization: `Bearer ${await world.identity.token(id)}` });
  const query = 'subscription { bidPlaced { note bid { amount } } }';
  const first = world.listen(query, { params: await as('usr_a') });
  await until(() => world.auctions.service.streams === 1);
  world.auctions.bid('auc_1', '1');
  await until(() => first.events.length === 1);
  const second = world.listen(query, { params: await as('usr_b') });
  await until(() => world.gateway.open().subscriptions === 2);
  world.identity.people.set('usr_b', { rightsVersion: 2, platformRoles: ['AUDITOR'] });
  world.gateway.dropActor('usr_b');
  await until(() => world.auctions.service.streams === 2);
  world.auctions.bid('auc_1', '2');
  await until(() => second.events.length === 1 || second.errors.length > 0);
  expect(second.errors).toEqual([]);
  expect(second.events).toEqual([{ bidPlaced: { note: 'for staff', bid: { amount: '2' } } }]);
});

test('public streams are unaffected by changes of rights', async () => {
  await using world = await openWorld();
  world.identity.people.set('usr_a', { rightsVersion: 1 });
  const listening = world.listen('subscription { bidPlaced { cursor } }', {
    params: { authorization: `Bearer ${await world.identity.token('usr_a')}` },
  });
  await until(() => world.auctions.service.streams === 1);
  world.identity.people.set('usr_a', { rightsVersion: 2 });
  world.gateway.dropActor('usr_a');
  world.auctions.bid();
  await until(() => listening.events.length === 1);
  expect(world.auctions.service.streamsEver).toBe(1);
});

test('a hiccup of identity delays events and loses none', async () => {
  await using world = await openWorld();
  world.identity.people.set('usr_a', {});
  const listening = world.listen(mine, { params: { authorization: `Bearer ${await world.identity.token('usr_a')}` } });
  await until(() => world.auctions.service.streams === 1);
  world.identity.service.away = true;
  world.gateway.dropActor('usr_a');
  for (let i = 0; i < 3; i += 1) world.auctions.bid();
  await pause(300);
  expect(listening.events).toHaveLength(0);
  world.identity.service.away = false;
  await until(() => listening.events.length === 3);
});

test.each([
  ['of another site is refused', 'https://evil.example', false],
  ['of an allowed site is accepted', 'https://app.example', true],
  ['of the gateway is accepted', null, true],
])('a browser page %s: %s', async (_what, origin, allowed) => {
  await using world = await openWorld({ env: { CORS_ORIGINS: 'https://app.example' } });
  const one = await speak(world, {}, { origin: origin ?? world.url });
  if (allowed) await until(() => one.messages.some((message) => message.type === 'connection_ack'));
  else expect(one.closed()).not.toBeNull();
  one.socket.terminate();
});
