import { expect, test } from 'vitest';
import type { FieldCost } from '../../gateway/limits/breakdown.ts';
import type { Cost } from '../../gateway/limits/cost.ts';
import { openWorld, until } from './world/world.ts';

const query = '{ mine: auctions(first: 10) { nodes { asset { name } } } auction(id: "auc_1") { id title } }';
const explain = { explain: true };
/** The limits by name, without their order. */
const byLimit = (cost: unknown) => new Map((cost as Cost).limits.map((limit) => [limit.limit, limit]));

test.each([
  ['a header', { headers: { 'ensemble-explain': '1' } }],
  ['an extension of the request', { extensions: explain }],
])('with %s an answer lists every limit, and what to reduce', async (_, asked) => {
  await using world = await openWorld();
  const { data, extensions } = await world.ask(query, asked);
  expect(data).toMatchObject({ auction: { id: 'auc_1' } });
  const cost = extensions?.['cost'] as Cost;
  expect(cost).toMatchObject({ used: 22, allowed: 20_000, role: 'anonymous' });
  expect(cost.limits.map(({ found, allowed }) => found / allowed)).toEqual(
    cost.limits.map(({ found, allowed }) => found / allowed).toSorted((a, b) => b - a),
  );
  const limits = byLimit(cost);
  expect(limits.get('depth')).toEqual({
    limit: 'depth',
    found: 4,
    allowed: 12,
    path: ['auctions', 'nodes', 'asset', 'name'],
    advice: 'ask for fewer levels, or follow the ids in a second operation',
  });
  expect(limits.get('cost')).toMatchObject({ found: 22, path: ['auctions', 'nodes', 'asset'] });
  expect(limits.get('pageSize')).toMatchObject({ found: 10, allowed: 100, path: ['auctions'] });
  expect(limits.get('rootFields')).toMatchObject({ found: 2, allowed: 10, path: null });
  expect(limits.get('aliases')?.found).toBe(1);
  expect(limits.get('fields')?.found).toBe(7);
  expect(limits.get('tokens')?.found).toBeGreaterThan(20);
});

test('an answer has no cost or timing unless requested', async () => {
  await using world = await openWorld();
  expect((await world.ask(query)).extensions).toBeUndefined();
  expect((await world.ask(query, { extensions: { explain: 'yes' } })).extensions).toBeUndefined();
});

test('timings have parts, and a plan is made once', async () => {
  await using world = await openWorld();
  const time = async (text: string) => {
    const { extensions } = await world.ask(text, { extensions: explain });
    return extensions?.['timing'] as Record<'total' | 'admission' | 'planning' | 'execution', number> & { at: string };
  };
  const slow = await time('{ slow(ms: 60) }');
  expect(slow.total).toBeGreaterThanOrEqual(60);
  expect(slow.execution).toBeGreaterThanOrEqual(50);
  expect(slow.admission + slow.planning + slow.execution).toBeCloseTo(slow.total, 0);
  expect(slow.planning).toBeGreaterThan(0);
  expect(Math.abs(Date.parse(slow.at) - Date.now())).toBeLessThan(5_000);
  expect((await time('{ slow(ms: 60) }')).planning).toBe(0);
});

test('signed-in clients have larger limits, and the answer names their role', async () => {
  await using world = await openWorld();
  world.identity.people.set('usr_a', {});
  const headers = { authorization: `Bearer ${await world.identity.token('usr_a')}` };
  const { extensions } = await world.ask(query, { headers, extensions: explain });
  expect(extensions?.['cost']).toMatchObject({ role: 'signedIn', allowed: 100_000 });
});

test('the cost is told by field: what was estimated, what was answered, and what to cut', async () => {
  await using world = await openWorld();
  const { extensions } = await world.ask(query, { extensions: explain });
  const cost = extensions?.['cost'] as Cost & { actual: number; fields: FieldCost[] };
  const { used, actual, fields } = cost;
  const told = new Map(fields.map((each) => [each.path.join('.'), each]));
  expect([...told.keys()].slice(0, 2)).toEqual(['mine.nodes', 'mine.nodes.asset']);
  expect(told.get('mine.nodes')).toMatchObject({ field: 'AuctionConnection.nodes', estimated: 10 });
  expect(told.get('mine')).toMatchObject({ estimated: 1, actual: 1, advice: 'lower "first" or "last"' });
  expect(told.get('auction')).toMatchObject({ field: 'Query.auction', estimated: 1, actual: 1 });
  expect(fields.reduce((sum, each) => sum + each.estimated, 0)).toBe(used);
  expect(fields.reduce((sum, each) => sum + (each.actual ?? 0), 0)).toBe(actual);
});

test('an excessive cost names the most expensive branch', async () => {
  await using world = await openWorld();
  const page = (inner: string) => `nodes { related(first: 100) { nodes { bids(first: 100) { nodes { ${inner} } } } } }`;
  const { errors } = await world.ask(
    `{ small: auctions(first: 1) { nodes { id } } auctions(first: 100) { ${page('amount')} } }`,
  );
  expect(errors[0]?.extensions).toMatchObject({
    code: 'LIMIT_EXCEEDED',
    limit: 'cost',
    path: ['auctions', 'nodes', 'related', 'nodes', 'bids', 'nodes'],
  });
  expect(errors[0]?.message).toMatch(/at auctions\.nodes\.related/);
});

test('a subscription sends its cost with its first event, only to the client that requested it', async () => {
  await using world = await openWorld();
  const client = world.client();
  const bids = 'subscription { bidPlaced { cursor bid { amount } } }';
  const asking = world.listen(bids, { client, extensions: explain });
  const sharing = world.listen(bids, { client });
  await until(() => world.gateway.open().subscriptions === 2 && world.auctions.service.streams === 1);
  world.auctions.bid();
  world.auctions.bid();
  await until(() => asking.results.length === 2 && sharing.results.length === 2);
  const [first, second] = asking.results;
  expect(first?.extensions).toMatchObject({ cost: { role: 'anonymous', allowed: 20_000, actual: 2 } });
  expect(byLimit(first?.extensions?.['cost']).get('depth')).toMatchObject({ found: 3, allowed: 12 });
  expect(first?.data).toMatchObject({ bidPlaced: { cursor: 'c1' } });
  expect(second).toMatchObject({ data: { bidPlaced: { cursor: 'c2' } } });
  expect([second, ...sharing.results].every((result) => result?.extensions === undefined)).toBe(true);
});
