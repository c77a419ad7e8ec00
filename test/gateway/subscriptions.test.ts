import { readdirSync, readFileSync } from 'node:fs';
import { buildSchema, Kind, OperationTypeNode, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { measure } from '../../gateway/limits/measure.ts';
import { notesFrom, readNotes } from '../../gateway/supergraph/notes.ts';
import { openWorld, pause, until, type Listening } from './world/world.ts';

const bids = 'subscription { bidPlaced { cursor bid { amount } } }';

describe.each([
  ['own', []],
  ['apollo', []],
  ['own', ['auction', 'asset']],
] as const)('subscriptions with the %s executor and remote %j', (executor, remote) => {
  const options = { executor, remote: [...remote] };

  test('events arrive in order, completed across subgraphs', async () => {
    await using world = await openWorld(options);
    const listening = world.listen(
      'subscription ($id: ID) { bidPlaced(auctionId: $id) { cursor bid { amount bidder { displayName } } auction { asset { name owner { displayName } } } } }',
      { variables: { id: 'auc_1' } },
    );
    await until(() => world.auctions.service.streams === 1);
    for (let i = 1; i <= 40; i += 1) world.auctions.bid(i % 4 === 0 ? 'auc_2' : 'auc_1', `${i}.00`);
    await until(() => listening.events.length === 30);
    const amounts = listening.events.map((event) => (event['bidPlaced'] as { bid: { amount: string } }).bid.amount);
    expect(amounts).toEqual(
      Array.from({ length: 40 }, (_, i) => i + 1)
        .filter((i) => i % 4 !== 0)
        .map((i) => `${i}.00`),
    );
    expect(listening.events[0]).toEqual({
      bidPlaced: {
        cursor: 'c1',
        bid: { amount: '1.00', bidder: { displayName: 'Name of usr_b' } },
        auction: { asset: { name: 'Asset ast_1', owner: { displayName: 'Name of usr_o' } } },
      },
    });
    expect(listening.results.every((result) => result.errors === undefined)).toBe(true);
  });

  test('a failed completion is an error of that event, and the stream continues', async () => {
    await using world = await openWorld(options);
    const listening = world.listen('subscription { bidPlaced { cursor auction { asset { name } } } }');
    await until(() => world.auctions.service.streams === 1);
    world.assets.away = true;
    world.auctions.bid();
    await until(() => listening.results.length === 1);
    world.assets.away = false;
    world.auctions.bid();
    await until(() => listening.results.length === 2);
    // A served subgraph reports its own failure as INTERNAL; an unreachable one is UNAVAILABLE.
    expect(listening.results[0]?.errors?.[0]?.extensions).toMatchObject({ os: 'asset' });
    expect(listening.results[0]?.data).toEqual({ bidPlaced: { cursor: 'c1', auction: { asset: { name: null } } } });
    expect(listening.results[1]).toEqual({
      data: { bidPlaced: { cursor: 'c2', auction: { asset: { name: 'Asset ast_1' } } } },
    });
  });

  test('unsubscribing ends the stream in the subgraph at once', async () => {
    await using world = await openWorld(options);
    const client = world.client();
    const keep = world.listen('subscription { tick { at } }', { client });
    const listening = world.listen(bids, { client });
    await until(() => world.auctions.service.streams === 2);
    listening.stop();
    await until(() => world.auctions.service.streams === 1);
    keep.stop();
    await until(() => world.auctions.service.streams === 0);
    expect(world.gateway.open().streams).toBe(0);
  });

  test('a refusal of the subgraph is an error of the operation, with its code', async () => {
    await using world = await openWorld(options);
    const listening = world.listen('subscription { refused { at } }');
    await until(() => listening.errors.length === 1);
    expect(listening.errors[0]).toMatchObject({
      message: 'You may not listen to this.',
      extensions: { code: 'FORBIDDEN', os: 'auction' },
    });
    expect(listening.results).toEqual([]);
  });

  test('equal subscribers share one stream and one completion, and a late one gets later events', async () => {
    await using world = await openWorld(options);
    const query = 'subscription Any { bidPlaced(auctionId: "auc_1") { cursor auction { asset { name } } } }';
    const early = [world.listen(query), world.listen(query.replace('Any', 'Other'))];
    await until(() => world.gateway.open().subscriptions === 2 && world.auctions.service.streams === 1);
    world.auctions.bid();
    await until(() => early.every((each) => each.events.length === 1));
    const completions = world.assets.executed;
    const late = world.listen(query);
    await until(() => world.gateway.open().subscriptions === 3);
    world.auctions.bid();
    await until(() => late.events.length === 1 && early.every((each) => each.events.length === 2));
    expect(late.events).toEqual([{ bidPlaced: { cursor: 'c2', auction: { asset: { name: 'Asset ast_1' } } } }]);
    expect(world.assets.executed).toBe(completions + 1);
    expect(world.auctions.service.streamsEver).toBe(1);
    early[0]?.stop();
    early[1]?.stop();
    world.auctions.bid();
    await until(() => late.events.length === 2);
  });

  test('after replays missed events on an unshared stream', async () => {
    await using world = await openWorld(options);
    for (let i = 0; i < 3; i += 1) world.auctions.bid();
    const live = world.listen(bids);
    const replayed = world.listen('subscription ($after: String) { bidPlaced(after: $after) { cursor } }', {
      variables: { after: 'c1' },
    });
    await until(() => replayed.events.length === 2 && world.auctions.service.streams === 2);
    world.auctions.bid();
    await until(() => replayed.events.length === 3 && live.events.length === 1);
    expect(replayed.events.map((event) => (event['bidPlaced'] as { cursor: string }).cursor)).toEqual([
      'c2',
      'c3',
      'c4',
    ]);
  });

  test('when the subgraph ends a stream, the client gets complete', async () => {
    await using world = await openWorld(options);
    const listening = world.listen(bids);
    await until(() => world.auctions.service.streams === 1);
    world.auctions.bid();
    world.auctions.bids.end();
    await until(() => listening.completed);
    expect(listening.events).toHaveLength(1);
  });
});

test.each([
  ['skip', 'subscription ($no: Boolean!) { bidPlaced @skip(if: $no) { cursor } }', { no: true }],
  ['include', 'subscription ($yes: Boolean = false) { ... @include(if: $yes) { bidPlaced { cursor } } }', {}],
])('@%s that leaves no root field is BAD_QUERY', async (_what, query, variables) => {
  await using world = await openWorld();
  const listening = world.listen(query, { variables });
  await until(() => listening.errors.length === 1);
  expect(listening.errors[0]?.extensions['code']).toBe('BAD_QUERY');
  expect(listening.errors[0]?.message).toContain('Nothing is left to subscribe to');
});

test('@skip and @include that keep the root field work, on the root and below', async () => {
  await using world = await openWorld();
  const query =
    'subscription ($no: Boolean!, $asset: Boolean!) { ...Root @skip(if: $no) } fragment Root on Subscription { placed: bidPlaced @include(if: true) { c: cursor auction @include(if: $asset) { asset { name } } } }';
  const listening = world.listen(query, { variables: { no: false, asset: false } });
  await until(() => world.auctions.service.streams === 1);
  world.auctions.bid();
  await until(() => listening.events.length === 1);
  expect(listening.events).toEqual([{ placed: { c: 'c1' } }]);
});

test('two root fields, __typename alone and invalid selections are BAD_QUERY', async () => {
  await using world = await openWorld();
  for (const query of [
    'subscription { bidPlaced { cursor } tick { at } }',
    'subscription { __typename }',
    'subscription { bidPlaced { nothing } }',
    'subscription { bidPlaced',
  ]) {
    const listening = world.listen(query);
    await until(() => listening.errors.length === 1, query);
    expect(listening.errors[0]?.extensions['code']).toBe('BAD_QUERY');
  }
});

test('variables of a subscription are checked', async () => {
  await using world = await openWorld();
  const listening = world.listen('subscription ($id: ID!) { bidPlaced(auctionId: $id) { cursor } }');
  await until(() => listening.errors.length === 1);
  expect(listening.errors[0]?.extensions).toMatchObject({ code: 'INVALID', path: ['id'] });
});

test('a variable that is not given is absent, even if every object has a property of its name', async () => {
  await using world = await openWorld();
  const listening = world.listen('subscription ($constructor: ID) { bidPlaced(auctionId: $constructor) { cursor } }');
  await until(() => world.auctions.service.streams === 1 || listening.errors.length > 0);
  expect(listening.errors).toEqual([]);
  world.auctions.bid();
  await until(() => listening.events.length === 1);
});

test('fields with audience self are never shared; fields by role are shared among equal rights', async () => {
  await using world = await openWorld();
  world.identity.people.set('usr_a', {});
  world.identity.people.set('usr_b', {});
  world.identity.people.set('usr_staff', { platformRoles: ['AUDITOR'] });
  const as = async (id: string) => ({ authorization: `Bearer ${await world.identity.token(id)}` });
  const mine = 'subscription { bidPlaced { mine } }';
  const [a, b] = [world.listen(mine, { params: await as('usr_a') }), world.listen(mine, { params: await as('usr_b') })];
  await until(() => world.auctions.service.streams === 2);
  const note = 'subscription { bidPlaced { note } }';
  const notes: Listening[] = [];
  for (const id of ['usr_a', 'usr_b', 'usr_staff']) notes.push(world.listen(note, { params: await as(id) }));
  await until(() => world.gateway.open().subscriptions === 5 && world.auctions.service.streams === 4);
  world.auctions.bid();
  await until(() => [a, b, ...notes].every((each) => each.events.length === 1));
  expect([a, b].map((each) => each.events[0])).toEqual([{ bidPlaced: { mine: true } }, { bidPlaced: { mine: false } }]);
  expect(notes.map((each) => each.events[0])).toEqual([
    { bidPlaced: { note: null } },
    { bidPlaced: { note: null } },
    { bidPlaced: { note: 'for staff' } },
  ]);
});

test('universes and variables keep streams apart', async () => {
  await using world = await openWorld();
  const query = 'subscription ($id: ID) { bidPlaced(auctionId: $id) { cursor } }';
  world.listen(query, { variables: { id: 'auc_1' } });
  world.listen(query, { variables: { id: 'auc_2' } });
  world.listen(query, { variables: { id: 'auc_1' }, params: { universe: 'mars' } });
  await until(() => world.auctions.service.streams === 3);
});

test('queries and mutations run over the socket, with the same limits and errors', async () => {
  await using world = await openWorld();
  const client = world.client();
  const query = world.listen('{ auction(id: "auc_1") { title asset { name } } }', { client });
  const mutation = world.listen('mutation { bidPlace(input: { auctionId: "none", amount: "1" }) { amount } }', {
    client,
  });
  const many = world.listen('{ auctions(first: 101) { totalCount } }', { client });
  await until(() => query.completed && mutation.completed && many.errors.length === 1);
  expect(query.events).toEqual([{ auction: { title: 'Auction auc_1', asset: { name: 'Asset ast_1' } } }]);
  expect(mutation.results[0]?.errors?.[0]?.extensions).toMatchObject({ code: 'NOT_FOUND', os: 'auction' });
  expect(many.errors[0]?.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'pageSize' });
});

test('over HTTP a subscription is refused with advice', async () => {
  await using world = await openWorld();
  const answer = await world.ask(bids);
  expect(answer.status).toBe(400);
  expect(answer.errors[0]).toMatchObject({
    message: expect.stringContaining('WebSocket at /graphql') as string,
    extensions: { code: 'BAD_QUERY' },
  });
});

test('subscriptions count by weight: few unshared streams, more shared ones, and one too many is TOO_MANY', async () => {
  await using world = await openWorld({ env: { LIMITS: 'anonymous.streamsPerSocket=12,anonymous.streams=18' } });
  const client = world.client();
  // The first opens the stream and counts 5; seven share it.
  for (let i = 0; i < 8; i += 1) world.listen(bids, { client });
  await until(() => world.gateway.open().subscriptions === 8);
  const one = world.listen(bids, { client });
  await until(() => one.errors.length === 1);
  expect(one.errors[0]?.extensions).toMatchObject({ code: 'TOO_MANY', retryable: true });
  // Another connection of the same address has room for one unshared stream and one shared one.
  const other = world.client();
  const own = world.listen('subscription { bidPlaced(auctionId: "auc_1") { cursor } }', { client: other });
  await until(() => world.gateway.open().subscriptions === 9);
  const more = world.listen('subscription { bidPlaced(auctionId: "auc_2") { cursor } }', { client: other });
  await until(() => more.errors.length === 1);
  expect(more.errors[0]?.message).toContain('your address');
  world.listen(bids, { client: other });
  await until(() => world.gateway.open().subscriptions === 10);
  expect(world.gateway.open()).toMatchObject({ streams: 2, sockets: 2 });
  // A subscription that ends frees its place.
  own.stop();
  await until(() => world.gateway.open().subscriptions === 9);
  world.listen('subscription { bidPlaced(auctionId: "auc_2") { cursor } }', { client: other });
  await until(() => world.gateway.open().streams === 2 && world.gateway.open().subscriptions === 10);
});

test('a subscription with expensive events counts more, unshared and shared', async () => {
  await using world = await openWorld({
    env: { LIMITS: 'anonymous.streamsPerSocket=60,anonymous.streams=35' },
  });
  // 100 auctions with 50 bids each: about 5,000 objects per event, which add 10 and more to the 5 of an unshared stream.
  const rich = (id: string) =>
    `subscription { bidPlaced(auctionId: "${id}") { cursor auction { related(first: 100) { nodes { bids(first: 50) { nodes { amount } } } } } } }`;
  const first = world.listen(rich('auc_1'));
  await until(() => world.gateway.open().subscriptions === 1);
  world.listen(rich('auc_1'));
  await until(() => world.gateway.open().subscriptions === 2);
  const third = world.listen(rich('auc_2'));
  await until(() => third.errors.length === 1);
  expect(third.errors[0]?.extensions).toMatchObject({ code: 'TOO_MANY' });
  first.stop();
  await until(() => world.gateway.open().subscriptions === 1);
  world.listen(rich('auc_2'));
  await until(() => world.gateway.open().subscriptions === 2);
});

test('the subscriptions of our clients are cheap enough to count no extra', () => {
  const apiSchema = buildSchema(readFileSync('schema/api.graphql', 'utf8'));
  const notes = notesFrom(readNotes(parse(readFileSync('schema/supergraph.graphql', 'utf8'))));
  const files = readdirSync('schema/operations').flatMap((os) =>
    readdirSync(`schema/operations/${os}`).map((file) =>
      parse(readFileSync(`schema/operations/${os}/${file}`, 'utf8')),
    ),
  );
  const streams = files.flatMap((document) =>
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION && definition.operation === OperationTypeNode.SUBSCRIPTION
        ? [measure({ apiSchema, notes }, document, definition, {}).cost]
        : [],
    ),
  );
  expect(streams.length).toBeGreaterThan(3);
  expect(streams.filter(({ found }) => found >= 500)).toEqual([]);
});

test('an actor’s subscriptions are counted over all its connections, separately from other actors’', async () => {
  await using world = await openWorld({ env: { LIMITS: 'signedIn.streams=9' } });
  for (const id of ['usr_a', 'usr_b']) world.identity.people.set(id, {});
  const as = async (id: string) => ({ authorization: `Bearer ${await world.identity.token(id)}` });
  const mine = await as('usr_a');
  for (let i = 0; i < 5; i += 1) world.listen(bids, { params: mine });
  await until(() => world.gateway.open().subscriptions === 5 && world.gateway.open().sockets === 5);
  const one = world.listen(bids, { params: mine });
  await until(() => one.errors.length === 1);
  expect(one.errors[0]?.extensions).toMatchObject({ code: 'TOO_MANY', retryAfter: 1 });
  world.listen(bids, { params: await as('usr_b') });
  world.listen(bids);
  await until(() => world.gateway.open().subscriptions === 7);
});

test('a client that does not read is cut with SLOW_CONSUMER, and others are unaffected', async () => {
  await using world = await openWorld();
  const reader = world.listen('subscription { bidPlaced { cursor bid { amount } } }');
  const socket = new WebSocket(`${world.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  await new Promise((resolve) => socket.once('open', resolve));
  socket.send(JSON.stringify({ type: 'connection_init' }));
  await new Promise((resolve) => socket.once('message', resolve));
  socket.send(
    JSON.stringify({
      type: 'subscribe',
      id: '1',
      payload: { query: 'subscription { bidPlaced { cursor bid { amount } } }' },
    }),
  );
  await until(() => world.gateway.open().subscriptions === 2);
  socket.pause();
  const amount = '9'.repeat(100_000);
  for (let i = 0; i < 300; i += 1) {
    world.auctions.bid('auc_1', amount);
    if (i % 10 === 0) await pause(5);
  }
  await until(() => world.gateway.open().subscriptions === 1, 'the slow one to be cut off');
  await until(() => reader.events.length === 300);
  expect(reader.errors).toEqual([]);
  socket.resume();
  expect(await closed).toMatchObject({ code: expect.any(Number) as number });
  expect(world.log.some((line) => JSON.stringify(line['errors'] ?? {}).includes('SLOW_CONSUMER'))).toBe(true);
}, 20_000);

test('a client that is cut while it still reads is told why', async () => {
  await using world = await openWorld();
  const listening = world.listen('subscription { bidPlaced { cursor bid { amount } } }');
  await until(() => world.auctions.service.streams === 1);
  // 5 MiB cannot leave the process within one turn of the event loop.
  const amount = '9'.repeat(500_000);
  for (let i = 0; i < 40; i += 1) world.auctions.bid('auc_1', amount);
  await until(() => listening.errors.length === 1);
  expect(listening.errors[0]?.extensions).toMatchObject({ code: 'SLOW_CONSUMER', retryable: true });
  expect(listening.events.length).toBeLessThan(40);
  await until(() => listening.closed !== null);
  expect(listening.closed?.code).toBe(4408);
});
