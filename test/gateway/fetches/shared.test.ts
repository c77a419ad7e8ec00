import { buildSchema, parse } from 'graphql';
import { expect, test } from 'vitest';
import { Viewers } from '../../../gateway/fetches/viewers.ts';
import { audienceOf } from '../../../gateway/subscriptions/audience.ts';
import { anonymous } from '../../../platform/context/actor.ts';
import { newRequestInfo } from '../../../platform/context/request.ts';
import { openForeign, Shop } from '../foreign/world.ts';
import type { TestService } from '../world/service.ts';
import { openWorld as openAnyWorld, until, type World, type WorldOptions } from '../world/world.ts';

/** Time is no reason not to share here: a test on a busy machine may pause for longer than is joined by default. */
const SHARE_FETCHES = '60000';

function openWorld({ env, ...options }: WorldOptions = {}): Promise<World> {
  return openAnyWorld({ ...options, env: { SHARE_FETCHES, ...env } });
}

const auction = '{ auction(id: "auc_1") { title } }';

/** Holds back the answers of a subgraph until they are released. */
function hold(service: TestService): () => void {
  let release = (): void => undefined;
  service.gate = new Promise((resolve) => {
    release = resolve;
  });
  return () => {
    service.gate = null;
    release();
  };
}

/**
 * Sends a query, and the same one again while the subgraph holds back its answer to the first; `meanwhile` runs in between. Both are
 * answered once the second one has made a call of its own, or has had the time to make one.
 */
async function twice(
  world: World,
  service: TestService,
  query: string,
  options: readonly Parameters<World['ask']>[1][] = [{}, {}],
  meanwhile: (letPass: () => void) => Promise<void> = () => Promise.resolve(),
) {
  const before = service.executed;
  const release = hold(service);
  const [one, other] = options;
  const first = world.ask(query, one);
  await until(() => service.executed > before);
  await meanwhile(() => {
    service.gate = null;
  });
  const second = world.ask(query, other);
  await passed(world);
  release();
  return Promise.all([first, second]);
}

/** Resolves when a request that was sent just before has reached its subgraph: many others have been answered since. */
async function passed(world: { ask(query: string): Promise<unknown> }): Promise<void> {
  for (let n = 0; n < 20; n++) await world.ask('{ __typename }');
}

test.each(['own', 'apollo'] as const)('equal queries at the same time are one call (%s)', async (executor) => {
  await using world = await openWorld({ executor });
  const { service } = world.auctions;
  const answers = await twice(world, service, auction);
  for (const { data } of answers) expect(data).toEqual({ auction: { title: 'Auction auc_1' } });
  expect(service.executed).toBe(1);
});

test('the log names the request whose call has answered', async () => {
  await using world = await openWorld();
  const { service } = world.auctions;
  const ids = ['request-first', 'request-second'];
  await twice(
    world,
    service,
    auction,
    ids.map((id) => ({ headers: { 'x-request-id': id } })),
  );
  expect(service.requests.map(({ info }) => info.requestId)).toEqual(['request-first']);
  const lines = () => ids.map((id) => world.log.find(({ msg, requestId }) => msg === 'operation' && requestId === id));
  await until(() => lines().every((line) => line !== undefined));
  expect(lines().map((line) => line?.['joined'])).toEqual([undefined, ['request-first']]);
});

test('other variables are another call', async () => {
  await using world = await openWorld();
  const { service } = world.auctions;
  const query = 'query ($id: ID!) { auction(id: $id) { title } }';
  const answers = await twice(world, service, query, [{ variables: { id: 'auc_1' } }, { variables: { id: 'auc_2' } }]);
  expect(answers.map(({ data }) => data)).toEqual(
    ['auc_1', 'auc_2'].map((id) => ({ auction: { title: `Auction ${id}` } })),
  );
  expect(service.executed).toBe(2);
});

test('equal mutations at the same time are executed each', async () => {
  await using world = await openWorld();
  const { service } = world.auctions;
  await twice(world, service, 'mutation { bidPlace(input: { auctionId: "auc_1", amount: "1" }) { amount } }');
  expect(service.executed).toBe(2);
});

test('with SHARE_FETCHES=0 nothing is shared', async () => {
  await using world = await openWorld({ env: { SHARE_FETCHES: '0' } });
  const { service } = world.auctions;
  await twice(world, service, auction);
  expect(service.executed).toBe(2);
});

test('a client that leaves does not end a call that answers another one', async () => {
  await using world = await openWorld();
  const { service } = world.auctions;
  const release = hold(service);
  const leaving = new AbortController();
  const body = JSON.stringify({ query: auction });
  const headers = { 'content-type': 'application/json' };
  const left = fetch(`${world.url}/graphql`, { method: 'POST', headers, body, signal: leaving.signal });
  left.catch(() => undefined);
  await until(() => service.executed === 1);
  const staying = world.ask(auction);
  await passed(world);
  leaving.abort();
  await until(() => world.log.filter(({ msg }) => msg === 'operation').length > 20);
  release();
  expect((await staying).data).toEqual({ auction: { title: 'Auction auc_1' } });
  expect([service.executed, service.requests[0]?.signal?.aborted]).toEqual([1, false]);
});

test('viewers share what is public, those with equal rights what depends on rights, and nobody what is their own', async () => {
  await using world = await openWorld();
  const { service, people } = world.identity;
  people.set('usr_a', { platformRoles: ['AUDITOR'] });
  people.set('usr_b', { platformRoles: ['AUDITOR'] });
  people.set('usr_c', {});
  const as = async (id: string) => ({ headers: { authorization: `Bearer ${await world.identity.token(id)}` } });
  const [a, b, c] = [await as('usr_a'), await as('usr_b'), await as('usr_c')];
  // Their rights are looked up before, and kept.
  for (const each of [a, b, c]) await world.ask('{ whoAmI }', each);
  const calls = async (query: string, ...viewers: (typeof a)[]): Promise<number> => {
    const before = service.executed;
    await twice(world, service, query, viewers);
    return service.executed - before;
  };
  expect(await calls('{ user(id: "usr_x") { handle } }', a, c)).toBe(1);
  expect(await calls('{ user(id: "usr_x") { email } }', a, b)).toBe(1);
  expect(await calls('{ user(id: "usr_x") { email } }', a, c)).toBe(2);
  expect(await calls('{ viewer { id } }', a, b)).toBe(2);
  expect(await calls('{ viewer { id } }', a, a)).toBe(1);
  expect(await calls('{ user(id: "usr_x") { handle } }', a, { headers: {} } as typeof a)).toBe(2);
  const inMars = { headers: { ...a.headers, universe: 'mars' } };
  await world.ask('{ whoAmI }', inMars);
  expect(await calls('{ user(id: "usr_x") { handle } }', a, inMars)).toBe(2);
});

test('another session, delegate, limited key or organization is another viewer of what is their own', async () => {
  const viewers = new Viewers({
    apiSchema: buildSchema('type Query { viewer: User } type User { id: ID! name: String }'),
    notes: { audience: (_: string, field: string) => (field === 'viewer' ? 'self' : 'public') } as never,
  });
  const actor = { ...anonymous(), id: 'usr_a', kind: 'USER' as const, sessionId: 'ses_1', rightsVersion: 1 };
  const key = (change: object, more: object = {}) =>
    viewers.own('{ viewer { name } }', newRequestInfo({ ...actor, ...change }, { requestId: 'r', ...more }));
  const keys = [
    key({}),
    key({ sessionId: 'ses_2' }),
    key({ delegate: 'agt_1' }),
    key({ scopes: ['identity.read'] }),
    key({ rightsVersion: 2 }),
    key({ memberships: [{ organizationId: 'org_1', role: 'OWNER' }] }),
    key({}, { actingFor: 'org_1' }),
    key({}, { universe: 'mars' }),
  ];
  expect(new Set(keys).size).toBe(keys.length);
  expect(key({}, { requestId: 'another' })).toBe(keys[0]);
});

test('rows that only some see are for one viewer, or for all who have not signed in', () => {
  const viewers = new Viewers({
    apiSchema: buildSchema('type Query { work: Work } type Work { id: ID! name: String }'),
    notes: { audience: (type: string) => (type === 'Work' ? 'visible' : 'public') } as never,
  });
  const key = (id: string | null, requestId: string) =>
    viewers.own('{ work { name } }', newRequestInfo({ ...anonymous(), id, sessionId: id }, { requestId }));
  expect(key('usr_a', '1')).not.toBe(key('usr_b', '2'));
  expect(key('usr_a', '1')).toBe(key('usr_a', '3'));
  expect(key(null, '1')).toBe(key(null, '2'));
  expect(key(null, '1')).not.toBe(key('usr_a', '2'));
});

test('what the schema does not know, and entities with restricted ids, are for one viewer', async () => {
  const schema = buildSchema('type Query { a: A } type A { id: ID! name: String } type B { id: ID! name: String }');
  const notes = {
    audience: (type: string, field: string) => (type === 'B' && field === 'id' ? 'self' : 'public'),
  } as never;
  const of = (text: string) => audienceOf(schema, notes, parse(text));
  const entities = (selection: string) => `query ($r: [_Any!]!) { _entities(representations: $r) { ${selection} } }`;
  expect(of(entities('... on A { name }'))).toBe('public');
  expect(of(entities('... on B { name }'))).toBe('self');
  expect(of(entities('... on Hidden { name }'))).toBe('self');
  expect(of('{ hidden { name } }')).toBe('self');
});

test.each([
  ['has been executed', '"1"'],
  ['was refused', '"0"'],
])('a query after a mutation that %s does not join a fetch that began before', async (_how, amount) => {
  await using world = await openWorld();
  const { service } = world.auctions;
  await twice(world, service, auction, [{}, {}], async (letPass) => {
    letPass();
    await world.ask(`mutation { bidPlace(input: { auctionId: "auc_1", amount: ${amount} }) { amount } }`);
  });
  expect(service.executed).toBe(3);
});

test('nor after a mutation of another subgraph, since several may share a database', async () => {
  await using world = await openWorld();
  const { service } = world.auctions;
  await twice(world, service, auction, [{}, {}], async () => {
    await world.ask('mutation { assetName(id: "ast_1", name: "x") { id } }');
  });
  expect(service.executed).toBe(2);
});

test('nor after a mutation whose outcome is unknown, nor after one that is executed late', async () => {
  await using world = await openWorld({ env: { LIMITS: 'anonymous.time=50' } });
  const { service } = world.auctions;
  world.identity.people.set('usr_a', {});
  const viewer = { headers: { authorization: `Bearer ${await world.identity.token('usr_a')}` } };
  const mutation = 'mutation { assetName(id: "ast_1", name: "x") { id } }';
  const unknown = async (): Promise<void> => {
    const { errors } = await world.ask(mutation);
    expect(errors[0]?.message).toContain('it is not known whether');
  };
  const executeFirst = hold(world.assets);
  await twice(world, service, auction, [viewer, viewer], unknown);
  expect(service.executed).toBe(2);
  executeFirst();
  const executeLate = hold(world.assets);
  await unknown();
  await twice(world, service, auction, [viewer, viewer], async () => {
    executeLate();
    await passed(world);
  });
  expect(service.executed).toBe(4);
});

test('a query after an event does not join a fetch that began before', async () => {
  await using world = await openWorld();
  const { service } = world.auctions;
  const listening = world.listen('subscription { bidPlaced { cursor } }');
  await until(() => service.streams === 1);
  await twice(world, service, auction, [{}, {}], async () => {
    world.auctions.bid();
    await until(() => listening.events.length === 1);
  });
  expect(service.executed).toBe(2);
});

test('a query after an upload does not join a fetch that began before', async () => {
  const routes = [{ prefix: '/files/', os: 'auction', methods: ['POST'], open: false, anonymous: true }];
  await using world = await openWorld({ routes: routes as never });
  const { service } = world.auctions;
  service.handle = async ({ response }) => {
    response.end('done');
    return Promise.resolve();
  };
  await twice(world, service, auction, [{}, {}], async () => {
    await (await fetch(`${world.url}/files/x`, { method: 'POST', body: 'x' })).text();
  });
  expect(service.executed).toBe(2);
});

test('fetches from a subgraph in another process are shared too', async () => {
  await using world = await openWorld({ remote: ['auction'] });
  const { service } = world.auctions;
  const [one, other] = await twice(
    world,
    service,
    '{ auction(id: "auc_1") { title asset { name owner { displayName } } } }',
  );
  expect(one.data).toEqual(other.data);
  expect([service.executed, world.assets.executed]).toEqual([1, 1]);
});

test('viewers share a foreign subgraph’s answers only if it gets equal headers of them', async () => {
  const rules = { subgraphs: { reviews: { forward: ['authorization'] } } };
  await using world = await openForeign(new Shop(), { env: { SHARE_FETCHES, HEADER_RULES: JSON.stringify(rules) } });
  const { reviews, products } = world.shop;
  const both = async (query: string, subgraph: typeof reviews): Promise<number> => {
    subgraph.received.length = 0;
    const held: (() => void)[] = [];
    subgraph.instead = (response) => held.push(() => response.end('{"data":{"reviews":[],"product":null}}'));
    const asked = [
      world.ask(query, { headers: { authorization: 'a' } }),
      world.ask(query, { headers: { authorization: 'b' } }),
      world.ask(query, { headers: { authorization: 'b' } }),
    ];
    await until(() => held.length > 0);
    await passed(world);
    subgraph.instead = (response) => response.end('{"data":{"reviews":[],"product":null}}');
    for (const answer of held) answer();
    await Promise.all(asked);
    return subgraph.operations.length;
  };
  expect(await both('{ reviews { text } }', reviews)).toBe(2);
  expect(await both('{ product(id: "p1") { name } }', products)).toBe(1);
});
