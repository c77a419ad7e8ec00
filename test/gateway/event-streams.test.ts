import { createClient, type Client } from 'graphql-sse';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { holdTimers } from '../testkit/held-timers.ts';
import { ending, openEvents, openResponse, partsIn } from './world/http-stream.ts';
import { openWorld, until, type World } from './world/world.ts';

/* Operations over HTTP responses that stay open: event streams of one operation each, and multipart. */

const bids = 'subscription { bidPlaced { cursor bid { amount } auction { asset { name } } } }';
const place = 'mutation { bidPlace(input: { auctionId: "auc_1", amount: "7" }) { amount } }';
const multipart = { accept: 'multipart/mixed;subscriptionSpec=1.0, application/json' };

let world: World;
let client: Client;
beforeAll(async () => {
  world = await openWorld();
  client = createClient({ url: `${world.url}/graphql`, retryAttempts: 0 });
});
afterAll(async () => {
  client?.dispose();
  await world?.close();
});
/** Whatever a test opened has ended, also in the subgraph. */
afterEach(() =>
  until(() => {
    const { subscriptions, streams, responses, sockets } = world.gateway.open();
    return subscriptions + streams + responses + sockets + world.auctions.service.streams === 0;
  }, 'the end of everything'),
);

const opened = (count: number) => until(() => world.gateway.open().subscriptions === count, `${count} subscriptions`);
const amounts = (results: { data?: unknown }[]) =>
  results.map(({ data }) => (data as { bidPlaced: { bid: { amount: string } } }).bidPlaced.bid.amount);

describe('an event stream', () => {
  test('gives graphql-sse the events in order, completed across subgraphs, and shares its stream with a WebSocket', async () => {
    const socket = world.listen(bids);
    const events = client.iterate<Record<string, unknown>>({ query: bids });
    const first = events.next();
    await opened(2);
    expect(world.auctions.service.streams).toBe(1);
    for (const amount of ['1', '2', '3']) world.auctions.bid('auc_1', amount);
    const received = [await first, await events.next(), await events.next()].map(
      ({ value }) => value as { data: unknown },
    );
    expect(amounts(received)).toEqual(['1', '2', '3']);
    expect(received[0]?.data).toMatchObject({ bidPlaced: { auction: { asset: { name: 'Asset ast_1' } } } });
    await until(() => socket.events.length === 3);
    expect(received.map(({ data }) => data)).toEqual(socket.events);
    await events.return?.();
    socket.stop();
  });

  test('carries a query and a mutation: one result, then complete', async () => {
    for (const [query, data] of [
      ['{ auction(id: "auc_1") { title } }', { auction: { title: 'Auction auc_1' } }],
      [place, { bidPlace: { amount: '7' } }],
    ] as const) {
      const stream = await openEvents(world, query);
      expect(stream.status).toBe(200);
      expect(stream.headers).toMatchObject({
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
      });
      expect(await ending(stream)).toEqual([
        { event: 'next', data: { data } },
        { event: 'complete', data: null },
      ]);
    }
    const results = [];
    for await (const result of client.iterate({ query: '{ auction(id: "auc_1") { title } }' })) results.push(result);
    expect(results).toEqual([{ data: { auction: { title: 'Auction auc_1' } } }]);
  });

  test.each([
    ['a syntax error', 'subscription {', undefined, { code: 'BAD_QUERY' }],
    ['an unknown field', 'subscription { nothing }', undefined, { code: 'BAD_QUERY' }],
    ['a limit', '{ auctions(first: 5000) { nodes { id } } }', undefined, { code: 'LIMIT_EXCEEDED', limit: 'pageSize' }],
    [
      'an invalid variable',
      'subscription ($n: ID) { bidPlaced(auctionId: $n) { cursor } }',
      { n: {} },
      { code: 'INVALID' },
    ],
    ['a refusal of the OS', 'subscription { refused { at } }', undefined, { code: 'FORBIDDEN', os: 'auction' }],
  ])('reports %s as a result with its code, and completes', async (_what, query, variables, extensions) => {
    const stream = await openEvents(world, query, { variables });
    expect(await ending(stream)).toMatchObject([
      { event: 'next', data: { errors: [{ extensions }] } },
      { event: 'complete', data: null },
    ]);
    expect(stream.ended()).toBe('ended');
  });

  test('answers what is wrong with the request itself by a status', async () => {
    const headers = { accept: 'text/event-stream' };
    const forged = await openResponse(world, {
      body: { query: bids },
      headers: { ...headers, authorization: 'Bearer x' },
    });
    expect([forged.status, forged.headers['content-type']]).toEqual([401, 'application/json; charset=utf-8']);
    expect((await openResponse(world, { body: { text: bids }, headers })).status).toBe(400);
    const other = { ...headers, 'sec-fetch-site': 'cross-site' };
    const path = (query: string) => `/graphql?${new URLSearchParams({ query })}`;
    expect((await openResponse(world, { path: path(bids), headers: other })).status).toBe(400);
    const mutation = await openResponse(world, { path: path(place), headers });
    expect([mutation.status, mutation.headers['allow']]).toEqual([405, 'POST']);
  });

  test('is opened by GET, as a browser’s EventSource does', async () => {
    const path = `/graphql?${new URLSearchParams({ query: bids })}`;
    const stream = await openResponse(world, { path, headers: { accept: 'text/event-stream' } });
    await opened(1);
    world.auctions.bid('auc_1', '5');
    await until(() => stream.text().includes('"amount":"5"'));
    stream.leave();
  });

  test('resumes after a cursor, without gap or duplicate', async () => {
    const query = 'subscription ($after: String) { bidPlaced(after: $after) { cursor bid { amount } } }';
    const first = client.iterate<Record<string, { cursor: string }>>({ query });
    const one = first.next();
    await opened(1);
    world.auctions.bid('auc_1', '11');
    const after = (await one).value?.data?.['bidPlaced']?.cursor;
    await first.return?.();
    await opened(0);
    for (const amount of ['12', '13']) world.auctions.bid('auc_1', amount);
    const second = client.iterate({ query, variables: { after } });
    const replayed = [await second.next(), await second.next()];
    world.auctions.bid('auc_1', '14');
    const received = [...replayed, await second.next()].map(({ value }) => value as { data: unknown });
    expect(amounts(received)).toEqual(['12', '13', '14']);
    await second.return?.();
  });

  test('ends when the subgraph ends it', async () => {
    const stream = await openEvents(world, bids);
    await opened(1);
    world.auctions.bids.end();
    expect(await ending(stream)).toEqual([{ event: 'complete', data: null }]);
  });

  test('ends in the subgraph at once when its client leaves', async () => {
    const stream = await openEvents(world, bids);
    await until(() => world.auctions.service.streams === 1);
    stream.leave();
    await until(() => world.auctions.service.streams === 0);
  });

  test('adds cost and time to the first event, by header or extension', async () => {
    const stream = await openEvents(world, bids, { headers: { 'ensemble-explain': '1' } });
    await opened(1);
    for (const amount of ['1', '2']) world.auctions.bid('auc_1', amount);
    await until(() => stream.events().length === 2);
    const [first, second] = stream.events();
    expect(first?.data).toMatchObject({ extensions: { cost: { role: 'anonymous' } } });
    expect(second?.data).not.toHaveProperty('extensions');
    stream.leave();
  });

  test('ends with EXPIRED when its token does, and a running mutation is still answered', async () => {
    world.identity.people.set('usr_a', {});
    using timers = holdTimers(30_000);
    const authorization = `Bearer ${await world.identity.token('usr_a', { seconds: 60 })}`;
    const stream = await openEvents(world, bids, { headers: { authorization } });
    await opened(1);
    const { service } = world.auctions;
    let answer = (): void => {};
    service.gate = new Promise((resolve) => (answer = resolve));
    const query = await openEvents(world, '{ slow(ms: 1) }', { headers: { authorization } });
    await until(() => service.requests.some((request) => request.query.includes('slow')));
    // The tokens of both connections expire.
    timers.pass(61_000);
    expect(await ending(stream)).toMatchObject([
      { event: 'next', data: { errors: [{ extensions: { code: 'EXPIRED' } }] } },
      { event: 'complete' },
    ]);
    expect(query.ended()).toBe(false);
    service.gate = null;
    answer();
    expect(await ending(query)).toMatchObject([{ data: { data: { slow: 'after 1' } } }, { event: 'complete' }]);
  });

  test('ends with UNAUTHENTICATED when its session does, even if nothing happens', async () => {
    world.identity.people.set('usr_b', {});
    const authorization = `Bearer ${await world.identity.token('usr_b')}`;
    const stream = await openEvents(world, bids, { headers: { authorization } });
    await opened(1);
    world.identity.revoked.add('ses_usr_b');
    world.gateway.dropActor('usr_b');
    expect(await ending(stream)).toMatchObject([
      { event: 'next', data: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] } },
      { event: 'complete' },
    ]);
  });
});

describe('a multipart response', () => {
  test('carries events as parts, and ends with the last boundary', async () => {
    const response = await openResponse(world, { body: { query: bids }, headers: multipart });
    expect([response.status, response.headers['content-type']]).toEqual([
      200,
      'multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"',
    ]);
    await opened(1);
    world.auctions.bid('auc_1', '21');
    // A part is complete before the next one begins.
    await until(() => partsIn(response.text()).parts.length === 1);
    world.auctions.bid('auc_1', '22');
    await until(() => partsIn(response.text()).parts.length === 2);
    world.auctions.bids.end();
    await until(() => response.ended() === 'ended');
    const { parts, isClosed } = partsIn(response.text());
    const payloads = parts.map(({ body }) => body['payload'] as { data: unknown });
    expect([amounts(payloads), isClosed]).toEqual([['21', '22'], true]);
    expect(parts[0]?.headers).toBe('content-type: application/json; charset=utf-8');
  });

  test('ends with an error outside of the payload when a running subscription ends', async () => {
    world.identity.people.set('usr_c', {});
    const authorization = `Bearer ${await world.identity.token('usr_c')}`;
    const headers = { ...multipart, authorization };
    const response = await openResponse(world, { body: { query: bids }, headers });
    await opened(1);
    world.identity.revoked.add('ses_usr_c');
    world.gateway.dropActor('usr_c');
    await until(() => response.ended() === 'ended');
    expect(partsIn(response.text())).toMatchObject({
      parts: [{ body: { payload: null, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] } }],
      isClosed: true,
    });
  });

  test('reports a subscription that does not start in the payload', async () => {
    const response = await openResponse(world, { body: { query: 'subscription { nothing }' }, headers: multipart });
    await until(() => response.ended() === 'ended');
    expect(partsIn(response.text())).toMatchObject({
      parts: [{ body: { payload: { errors: [{ extensions: { code: 'BAD_QUERY' } }] } } }],
      isClosed: true,
    });
  });
});

describe('the form of an answer', () => {
  const query = '{ __typename }';
  test.each([
    // urql, Apollo Client for queries and for subscriptions, EventSource, curl.
    [
      'application/graphql-response+json, application/json, text/event-stream, multipart/mixed',
      query,
      /graphql-response/,
    ],
    ['application/graphql-response+json, application/json, text/event-stream, multipart/mixed', bids, /event-stream/],
    ['multipart/mixed;deferSpec=20220824,application/json', query, /^application\/json/],
    ['multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json', bids, /^multipart/],
    ['multipart/mixed; boundary="graphql"; subscriptionSpec="1.0", application/json', bids, /^multipart/],
    ['multipart/mixed;subscriptionSpec=1.0,application/json', query, /^application\/json/],
    ['multipart/mixed;subscriptionSpec=1.0', query, /^multipart/],
    ['text/event-stream', query, /event-stream/],
    ['application/json;q=0.5, text/event-stream', query, /event-stream/],
    ['multipart/mixed;subscriptionSpec=1.0;q=0.1, text/event-stream', bids, /event-stream/],
    ['*/*', query, /^application\/json/],
  ])('for %s and %s is %s', async (accept, asked, type) => {
    const response = await openResponse(world, { body: { query: asked }, headers: { accept } });
    expect([response.status, response.headers['content-type']]).toEqual([200, expect.stringMatching(type) as string]);
    response.leave();
  });

  test.each([
    '*/*',
    'application/json',
    'text/event-stream;q=0',
    'multipart/mixed;subscriptionSpec=2.0',
    'multipart/mixed',
  ])('for %s and a subscription is an error that names the transports', async (accept) => {
    const answer = await world.ask(bids, { headers: { accept } });
    expect([answer.status, answer.errors[0]]).toMatchObject([
      400,
      {
        message: expect.stringMatching(/WebSocket at \/graphql.*text\/event-stream.*multipart/) as string,
        extensions: { code: 'BAD_QUERY' },
      },
    ]);
  });

  test.each([
    ['@defer', '{ auction(id: "auc_1") { id ... @defer { title } } }'],
    ['@stream', '{ auctions(first: 2) { nodes @stream(initialCount: 1) { id } } }'],
    ['@defer', 'query ($w: Boolean!) { ...F @defer(if: $w, label: "a") } fragment F on Query { __typename }'],
  ])('with %s is an error that says so, over all transports', async (name, text) => {
    const error = {
      message: expect.stringContaining(`${name} is not supported`) as string,
      extensions: { code: 'BAD_QUERY' },
    };
    const accept = 'multipart/mixed;deferSpec=20220824, application/json';
    expect((await world.ask(text, { headers: { accept } })).errors).toMatchObject([error]);
    expect(await ending(await openEvents(world, text))).toMatchObject([{ data: { errors: [error] } }, {}]);
    const socket = world.listen(text);
    await until(() => socket.errors.length === 1);
    expect(socket.errors).toMatchObject([error]);
    expect((await world.ask('{ auction(id: "defer") { title } }')).errors).toEqual([]);
  });
});
