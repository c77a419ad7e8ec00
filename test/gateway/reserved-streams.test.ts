import { createClient } from 'graphql-sse';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { holdTimers } from '../testkit/held-timers.ts';
import { eventsIn, openResponse, type OpenResponse } from './world/http-stream.ts';
import { openWorld, until, type World } from './world/world.ts';

/* The single connection mode of graphql-sse: one reserved event stream for several operations. */

const header = 'x-graphql-event-stream-token';
const bids = 'subscription { bidPlaced { cursor bid { amount } } }';
const query = '{ auction(id: "auc_1") { title } }';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  for (const id of ['usr_a', 'usr_b']) world.identity.people.set(id, {});
});
afterAll(async () => world?.close());

const as = async (id: string, seconds?: number): Promise<Record<string, string>> => ({
  authorization: `Bearer ${await world.identity.token(id, seconds === undefined ? {} : { seconds })}`,
});

async function reserve(headers: Record<string, string> = {}, at: World = world): Promise<string> {
  const answer = await fetch(`${at.url}/graphql`, { method: 'PUT', headers });
  expect(answer.status).toBe(201);
  return answer.text();
}

async function begin(
  token: string,
  text: string,
  operationId: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; code: unknown }> {
  const answer = await fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [header]: token, ...headers },
    body: JSON.stringify({ query: text, extensions: { operationId } }),
  });
  const body = await answer.text();
  const { errors } = (body === '' ? {} : JSON.parse(body)) as { errors?: { extensions: { code: string } }[] };
  return { status: answer.status, code: errors?.[0]?.extensions.code ?? null };
}

const connect = (token: string, headers: Record<string, string> = {}): Promise<OpenResponse> =>
  openResponse(world, { headers: { accept: 'text/event-stream', [header]: token, ...headers } });
const cancel = (token: string, id: string, headers: Record<string, string> = {}) =>
  fetch(`${world.url}/graphql?operationId=${id}`, { method: 'DELETE', headers: { [header]: token, ...headers } });
const opened = (count: number) => until(() => world.gateway.open().subscriptions === count, `${count} subscriptions`);

test('graphql-sse runs queries, mutations and subscriptions over one connection, and cancels one', async () => {
  const client = createClient({ url: `${world.url}/graphql`, singleConnection: true, lazy: false, retryAttempts: 0 });
  const first = client.iterate<Record<string, { bid: { amount: string } }>>({ query: bids });
  const second = client.iterate<Record<string, { at: number }>>({ query: 'subscription { tick { at } }' });
  const [bid, tick] = [first.next(), second.next()];
  await opened(2);
  expect(world.gateway.open().responses).toBe(1);
  const results = [];
  for await (const result of client.iterate({ query })) results.push(result);
  const place = 'mutation { bidPlace(input: { auctionId: "auc_1", amount: "3" }) { amount } }';
  for await (const result of client.iterate({ query: place })) results.push(result);
  expect(results).toEqual([{ data: { auction: { title: 'Auction auc_1' } } }, { data: { bidPlace: { amount: '3' } } }]);
  world.auctions.tick(9);
  expect((await bid).value?.data?.['bidPlaced']?.bid.amount).toBe('3');
  expect((await tick).value?.data).toEqual({ tick: { at: 9 } });
  await first.return?.();
  await opened(1);
  world.auctions.tick(10);
  expect((await second.next()).value?.data).toEqual({ tick: { at: 10 } });
  client.dispose();
  await until(() => world.gateway.open().responses === 0 && world.gateway.open().subscriptions === 0);
});

test('an operation is accepted at once, and its results carry its id', async () => {
  const token = await reserve();
  const stream = await connect(token);
  expect(await begin(token, query, 'one')).toEqual({ status: 202, code: null });
  await until(() => eventsIn(stream.text()).length === 2);
  expect(eventsIn(stream.text())).toEqual([
    { event: 'next', data: { id: 'one', payload: { data: { auction: { title: 'Auction auc_1' } } } } },
    { event: 'complete', data: { id: 'one' } },
  ]);
  // The id is free again.
  expect(await begin(token, bids, 'one')).toEqual({ status: 202, code: null });
  await opened(1);
  expect(await begin(token, query, 'one')).toEqual({ status: 409, code: 'CONFLICT' });
  expect(await begin(token, query, '')).toEqual({ status: 400, code: 'BAD_QUERY' });
  expect(await begin(token, query, undefined)).toEqual({ status: 400, code: 'BAD_QUERY' });
  expect(await begin(token, '{ nothing }', 'two')).toEqual({ status: 400, code: 'BAD_QUERY' });
  const before = stream.text().length;
  expect((await cancel(token, 'one')).status).toBe(200);
  expect((await cancel(token, 'one')).status).toBe(200);
  await opened(0);
  expect(eventsIn(stream.text().slice(before))).toEqual([]);
  expect((await fetch(`${world.url}/graphql`, { method: 'DELETE', headers: { [header]: token } })).status).toBe(400);
  stream.leave();
  await until(() => world.gateway.open().responses === 0);
  // The reservation has ended with its stream.
  expect((await connect(token)).status).toBe(404);
  expect((await begin(token, query, 'three')).status).toBe(404);
});

test('a reservation opens one stream, by header or in the address, and needs its token', async () => {
  const token = await reserve();
  const accept = { accept: 'text/event-stream' };
  const stream = await openResponse(world, { path: `/graphql?token=${token}`, headers: accept });
  expect([stream.status, stream.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
  const again = await connect(token);
  expect([again.status, again.headers['content-type']]).toEqual([409, 'application/json; charset=utf-8']);
  expect((await connect('est_unknown')).status).toBe(404);
  const other = { ...accept, 'sec-fetch-site': 'same-site' };
  expect((await openResponse(world, { path: `/graphql?token=${token}`, headers: other })).status).toBe(400);
  stream.leave();
  await until(() => world.gateway.open().responses === 0);
});

test('an operation that comes before its stream waits for it', async () => {
  const token = await reserve();
  const accepted = begin(token, query, 'early');
  await until(() => world.log.some((line) => line['msg'] === 'operation'));
  const stream = await connect(token);
  expect(await accepted).toEqual({ status: 202, code: null });
  await until(() => eventsIn(stream.text()).length === 2);
  stream.leave();
  await until(() => world.gateway.open().responses === 0);
});

test('a stream whose token ends while a query runs answers it, and then ends', async () => {
  const short = await as('usr_a', 2);
  const token = await reserve(short);
  const stream = await connect(token);
  let open = (): void => undefined;
  const before = world.auctions.service.executed;
  world.auctions.service.gate = new Promise((resolve) => (open = resolve));
  expect(await begin(token, query, 'slow', short)).toEqual({ status: 202, code: null });
  await until(() => world.auctions.service.executed > before);
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(stream.ended()).toBe(false);
  open();
  await until(() => stream.ended() === 'ended', 'the end of the stream');
  expect(eventsIn(stream.text())).toMatchObject([{ event: 'next', data: { id: 'slow' } }, { event: 'complete' }]);
});

test('operations need the principal of the reservation, and a later token of it prolongs the stream', async () => {
  using timers = holdTimers(30_000);
  const short = await as('usr_a', 60);
  const token = await reserve(short);
  expect((await connect(token, await as('usr_b'))).status).toBe(403);
  const stream = await connect(token);
  for (const headers of [
    {},
    await as('usr_b'),
    { ...short, 'acting-for': 'org_x' },
    { ...short, universe: 'mars' },
  ] as Record<string, string>[])
    expect([headers, (await begin(token, bids, 'x', headers)).status]).toEqual([headers, 403]);
  expect((await cancel(token, 'x')).status).toBe(403);
  expect(await begin(token, bids, 'x', short)).toMatchObject({ status: 202 });
  expect(await begin(token, '{ viewer { id } }', 'y', await as('usr_a', 600))).toMatchObject({ status: 202 });
  await until(() => eventsIn(stream.text()).length === 2);
  expect(eventsIn(stream.text())[0]?.data).toEqual({ id: 'y', payload: { data: { viewer: { id: 'usr_a' } } } });
  // Past the end of the first token.
  timers.pass(61_000);
  world.auctions.bid('auc_1', '5');
  await until(() => eventsIn(stream.text()).length === 3);
  // Any session's end ends the stream, with an error for each operation.
  world.identity.revoked.add('ses_usr_a');
  world.gateway.dropActor('usr_a');
  await until(() => stream.ended() === 'ended');
  expect(eventsIn(stream.text()).slice(3)).toMatchObject([
    { event: 'next', data: { id: 'x', payload: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] } } },
    { event: 'complete', data: { id: 'x' } },
  ]);
});

test('reservations count as connections, and expire', async () => {
  await using small = await openWorld({ env: { LIMITS: 'anonymous.sockets=2' } });
  using timers = holdTimers(10_000);
  const first = await reserve({}, small);
  await reserve({}, small);
  const refused = await fetch(`${small.url}/graphql`, { method: 'PUT' });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
  expect(JSON.stringify(await refused.json())).toContain('event streams');
  timers.comeDue();
  expect((await fetch(`${small.url}/graphql`, { method: 'PUT' })).status).toBe(201);
  const late = await openResponse(small, { headers: { accept: 'text/event-stream', [header]: first } });
  expect(late.status).toBe(404);
});

test('a page of an allowed origin may reserve a stream, others may not', async () => {
  await using open = await openWorld({ env: { CORS_ORIGINS: 'https://app.example' } });
  const preflight = async (origin: string) => {
    const headers = {
      origin,
      'access-control-request-method': 'PUT',
      'access-control-request-headers': header,
    };
    return (await openResponse(open, { method: 'OPTIONS', headers })).headers;
  };
  expect(await preflight('https://app.example')).toMatchObject({
    'access-control-allow-origin': 'https://app.example',
    'access-control-allow-methods': expect.stringContaining('PUT') as string,
    'access-control-allow-headers': expect.stringContaining(header) as string,
  });
  expect(await preflight('https://evil.example')).not.toHaveProperty('access-control-allow-origin');
});
