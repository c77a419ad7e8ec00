import { expect, test } from 'vitest';
import { admit, exceeded } from '../../gateway/limits/admit.ts';
import { defaultLimits, type LimitTable } from '../../gateway/limits/limits.ts';
import { measurable } from '../testkit/supergraph.ts';
import { auctions } from './world/subgraphs.ts';
import { compose, openWorld } from './world/world.ts';

function deep(levels: number): string {
  let query = 'id';
  for (let level = 0; level < levels; level += 1) query = `related { nodes { ${query} } }`;
  return `{ auction(id: "auc_1") { ${query} } }`;
}

const doubling = `{ auction(id: "auc_1") { ...F0 } } ${Array.from({ length: 40 }, (_, i) => `fragment F${i} on Auction { ...F${i + 1} a${i}: id ...F${i + 1} }`).join(' ')} fragment F40 on Auction { id title }`;

test.each([
  [
    'depth',
    deep(6),
    { limit: 'depth', allowed: 12, found: 14 },
    /depth 14 of at most 12 at auction\.related\.nodes.*…: ask for fewer levels/,
  ],
  [
    'depth behind fragments',
    `{ auction(id: "a") { ...A } } fragment A on Auction { related { nodes { ...B } } } fragment B on Auction { related { nodes { ...C } } } fragment C on Auction { related { nodes { related { nodes { related { nodes { related { nodes { id } } } } } } } } }`,
    { limit: 'depth', found: 14 },
    /depth/,
  ],
  [
    'tokens',
    `{ ${'auction(id: "a") { id } '.repeat(260)} }`,
    { limit: 'tokens', allowed: 2000 },
    /more than 2000 of at most 2000/,
  ],
  [
    'aliases',
    `{ auction(id: "a") { ${Array.from({ length: 31 }, (_, i) => `a${i}: id`).join(' ')} } }`,
    { limit: 'aliases', allowed: 30, found: 31 },
    /aliases 31 of at most 30/,
  ],
  [
    'root fields',
    `{ ${'slow(ms: 1) '.repeat(11)} }`,
    { limit: 'rootFields', allowed: 10, found: 11 },
    /root fields 11/,
  ],
  [
    'page size',
    '{ auctions(first: 101) { totalCount } }',
    { limit: 'pageSize', allowed: 100, found: 101, path: ['auctions'] },
    /page size 101 of at most 100 at auctions: ask for smaller pages/,
  ],
  [
    'page size of ids',
    `{ nodes(ids: [${Array.from({ length: 101 }, () => '"a"').join(' ')}]) { id } }`,
    { limit: 'pageSize', found: 101 },
    /page size/,
  ],
  [
    'cost',
    '{ auctions(first: 100) { nodes { related(first: 100) { nodes { bids(first: 100) { nodes { amount } } } } } } }',
    { limit: 'cost' },
    /estimated objects/,
  ],
  ['fields behind fragments that double', doubling, { code: 'LIMIT_EXCEEDED' }, /aliases|fields/],
])('too much %s is refused with advice', async (_what, query, extensions, message) => {
  await using world = await openWorld();
  const started = performance.now();
  const answer = await world.ask(query);
  // It takes milliseconds; counting everything before refusing would take minutes.
  expect(performance.now() - started).toBeLessThan(10_000);
  expect(answer.status).toBe(400);
  expect(answer.errors[0]?.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', retryable: false, ...extensions });
  expect(answer.errors[0]?.message).toMatch(message);
  expect(world.auctions.service.executed).toBe(0);
});

test('page sizes in variables and their defaults count', async () => {
  await using world = await openWorld();
  const query = 'query ($n: Int = 500) { auctions(first: $n) { nodes { id } } }';
  expect((await world.ask(query)).errors[0]?.extensions).toMatchObject({ limit: 'pageSize', found: 500 });
  expect((await world.ask(query, { variables: { n: 101 } })).errors[0]?.extensions).toMatchObject({
    limit: 'pageSize',
    found: 101,
  });
  expect((await world.ask(query, { variables: { n: 100 } })).errors).toEqual([]);
});

test('a list without a declared size counts as the largest page', async () => {
  await using world = await openWorld();
  const sdl = compose([world.identity.service, auctions('lots: [Auction!]!').service, world.assets]);
  const value = await measurable(sdl);
  const costOf = (query: string) => admit(value, { query }, 'anonymous', defaultLimits).cost.used;
  expect(costOf('{ lots { id } }')).toBe(1_000);
  // Each has two more in a connection.
  expect(costOf('{ lots { related(first: 2) { nodes { id } } } }')).toBe(1_000 * (1 + 1 + 2));
  expect(() => costOf('{ lots { related(first: 50) { nodes { id } } } }')).toThrow(/estimated objects/);
});

test('only analysts may read pages of a thousand', async () => {
  await using world = await openWorld();
  world.identity.people.set('usr_a', {});
  world.identity.people.set('usr_audit', { platformRoles: ['AUDITOR'] });
  world.identity.keys.set('esk_loader', {});
  const query = '{ auctions(first: 1000) { totalCount } }';
  const as = async (authorization: string) =>
    (await world.ask(query, { headers: { authorization } })).errors.map((error) => error.extensions['limit']);
  expect(await as(`Bearer ${await world.identity.token('usr_a')}`)).toEqual(['pageSize']);
  expect(await as(`Bearer ${await world.identity.token('usr_audit')}`)).toEqual([]);
  expect(await as('Bearer esk_loader')).toEqual([]);
});

test('the advice to sign in is given only for a limit that is higher then', () => {
  const messageOf = (table: LimitTable, limit: 'pageSize' | 'depth' | 'body') =>
    exceeded(limit, 1_000_000, null, 'anonymous', table).message;
  const higher = structuredClone(defaultLimits);
  higher.signedIn.pageSize = higher.anonymous.pageSize + 1;
  const advised = / \(more is allowed when signed in\)\.$/;
  expect(messageOf(defaultLimits, 'pageSize')).toMatch(/of at most 100: ask for smaller pages .*endCursor\.$/);
  expect(messageOf(higher, 'pageSize')).toMatch(advised);
  expect(messageOf(defaultLimits, 'depth')).toMatch(advised);
  expect(messageOf(defaultLimits, 'body')).toMatch(advised);
});

test('a cached document is checked against the limits of each sender', async () => {
  await using world = await openWorld({ env: { LIMITS: 'anonymous.tokens=50' } });
  world.identity.keys.set('esk_loader', {});
  const query = `{ ${'auction(id: "a") { id } '.repeat(8)} }`;
  expect((await world.ask(query, { headers: { authorization: 'Bearer esk_loader' } })).errors).toEqual([]);
  expect((await world.ask(query)).errors[0]?.extensions).toMatchObject({
    code: 'LIMIT_EXCEEDED',
    limit: 'tokens',
    allowed: 50,
  });
});

test('recursive fragments are refused without hanging', async () => {
  await using world = await openWorld();
  const answer = await world.ask(
    '{ auction(id: "a") { ...A } } fragment A on Auction { id ...B } fragment B on Auction { related { nodes { ...A } } }',
    { headers: { accept: 'application/graphql-response+json' } },
  );
  expect(answer.status).toBe(400);
  expect(answer.errors[0]?.extensions['code']).toBe('BAD_QUERY');
});

test('thousands of nested brackets get an error', async () => {
  await using world = await openWorld({ env: { LIMITS: 'anonymous.tokens=200000,anonymous.body=1000000' } });
  const answer = await world.ask(`{ echo(text: ${'['.repeat(90_000)}${']'.repeat(90_000)}) }`, {
    headers: { accept: 'application/graphql-response+json' },
  });
  expect(answer.status).toBe(400);
  expect(answer.errors[0]?.extensions['code']).toBe('BAD_QUERY');
});

test('bodies are limited by role, with or without a declared length', async () => {
  await using world = await openWorld();
  world.identity.people.set('usr_a', {});
  const text = 'x'.repeat(300_000);
  const query = 'query ($text: String) { echo(text: $text) }';
  const refused = await world.ask(query, { variables: { text } });
  expect(refused.status).toBe(413);
  expect(refused.errors[0]?.extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'body', allowed: 262_144 });
  const headers = { authorization: `Bearer ${await world.identity.token('usr_a')}` };
  expect((await world.ask(query, { variables: { text }, headers })).data?.['echo']).toHaveLength(300_000);
  const stream = new ReadableStream({
    start(controller) {
      for (let i = 0; i < 40; i += 1) controller.enqueue(new TextEncoder().encode(' '.repeat(10_000)));
      controller.close();
    },
  });
  const chunked = await fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: stream,
    duplex: 'half',
  } as RequestInit);
  expect(chunked.status).toBe(413);
});

test('batches are refused', async () => {
  await using world = await openWorld();
  const response = await fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ query: '{ __typename }' }, { query: '{ __typename }' }]),
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_QUERY' } }] });
});
