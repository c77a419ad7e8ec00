import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { admit } from '../../gateway/limits/admit.ts';
import { breakdownOf } from '../../gateway/limits/breakdown.ts';
import { defaultLimits, type LimitRole } from '../../gateway/limits/limits.ts';
import { buildSubgraph } from '../../platform/subgraph/build.ts';
import { unsizedLists } from '../../platform/subgraph/sizes.ts';
import { examplesOf } from '../../schema/contracts.ts';
import { incrementsAtMost } from '../../subgraphs/auction/bid/increments.policy.ts';
import { closingAtMost } from '../../subgraphs/auction/live/closing-watch.service.ts';
import { subgraphs } from '../../subgraphs/index.ts';
import { registrySupergraph } from '../testkit/registry.ts';
import { measurable } from '../testkit/supergraph.ts';

const value = await measurable(registrySupergraph().sdl);
const examples = (await Promise.all(subgraphs.map(({ name }) => examplesOf(name)))).flat();

function costOf(query: string, variables: Record<string, unknown> = {}, role: LimitRole = 'anonymous'): number {
  return admit(value, { query, variables }, role, defaultLimits).cost.used;
}

/** At most twelve levels, so that depth alone does not refuse it. */
function nested(root: string, outer: string, inner: string): string {
  return `{ ${root} { ${outer} { ${inner} { ${outer} { ${inner} { ${outer} { id } } } } } } }`;
}

test.each(subgraphs.map((os) => [os.name, os] as const))(
  '%s declares the maximum length of every list of objects',
  (_, os) => {
    expect([...unsizedLists(buildSubgraph(os).document)]).toEqual([]);
  },
);

test.each(examples.map((each) => [each.name, each] as const))('%s is within the limits of its users', (_, each) => {
  const variables = each.variables === null ? {} : (JSON.parse(each.variables) as Record<string, unknown>);
  expect(costOf(each.operation, variables, each.public ? 'anonymous' : 'signedIn')).toBeGreaterThanOrEqual(0);
});

test('the fields of an operation cost together what it costs', () => {
  const operations = [
    ...examples.map(({ operation, variables }) => [operation, JSON.parse(variables ?? '{}')] as const),
    ['{ assetFacets(top: 5) { facets { values { count } } } node(id: "ast_1") { id } }', {}] as const,
    ['{ categories { nodes { children { children { id } parent { children { id } } } } } }', {}] as const,
  ] as [string, Record<string, unknown>][];
  let checked = 0;
  for (const [query, variables] of operations) {
    const admitted = admit(value, { query, variables }, 'analyst', defaultLimits);
    expect(breakdownOf(value, admitted, variables).estimated, query).toBe(admitted.cost.used);
    checked += 1;
  }
  expect(checked).toBeGreaterThan(100);
});

describe('nested lists are refused before planning', () => {
  const asset = 'asset(id: "a")';
  test.each([
    ['albums and their tracks', nested(asset, 'parts', 'partOf')],
    ['categories', nested('categories { nodes', 'children', 'children').replace(/}$/, '} }')],
    ['organizations', `{ organizations { nodes { children { children { children { id } } } } } }`],
    [
      'media and their assets',
      nested(asset, 'media { asset', 'links { id } media { asset { id } } parts').replace(/}$/, '} } } }'),
    ],
    [
      'duplicates of duplicates',
      `{ ${asset} { duplicates(first: 50) { asset { duplicates(first: 50) { asset { duplicates { asset { id } } } } } } } }`,
    ],
    ['traits of a page of parts', `{ assets(first: 100) { nodes { parts { traits { name } } } } }`],
    ['price series of a page', `{ auctions(first: 20) { nodes { priceSeries { ticks { price { amount } } } } } }`],
    ['facets by another path', `{ assetFacets(top: 1000) { facets { values { owner { id } category { id } } } } }`],
    ['rows of aggregates', `{ assetAggregate(mostRows: 10000) { rows { owner { id } category { id } } } }`],
    ['nodes', `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Asset { parts { id } } } }`],
    [
      'edges and nodes at once',
      `{ assets(first: 100) { edges { node { media { id } links { id } } } nodes { media { id } links { id } } } }`,
    ],
  ])('%s', (_, query) => {
    const ids = Array.from({ length: 100 }, (__, n) => `ast_${n}`);
    expect(() => costOf(query, { ids })).toThrow(
      expect.objectContaining({
        code: 'LIMIT_EXCEEDED',
        extensions: expect.objectContaining({ limit: 'cost' }) as unknown,
      }) as Error,
    );
  });
});

test('a page costs its objects, and edges beside nodes cost them twice', () => {
  expect(costOf('{ assets { nodes { id } } }')).toBe(21);
  expect(costOf('{ assets(first: 50) { nodes { id } } }')).toBe(51);
  expect(costOf('{ assets(first: 50) { edges { cursor node { id } } nodes { id } } }')).toBe(151);
  expect(costOf('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: ['a', 'b', 'c'] })).toBe(3);
});

test('work for the database has its declared weight', () => {
  expect(costOf('{ assets { totalCount } }')).toBe(101);
  expect(costOf('query ($s: String) { assets(search: $s) { nodes { id } } }', { s: 'rembrandt' })).toBe(521);
  expect(costOf('query ($s: String) { assets(search: $s) { nodes { id } } }', { s: null })).toBe(21);
  expect(costOf('{ assetAggregate { rows { count } } }')).toBe(3_001);
  expect(costOf('{ assetFacets(top: 5) { facets { values { count } } } }')).toBe(1_000 + 1 + 8 * 6);
  const aliases = Array.from({ length: 10 }, (_, n) => `a${n}: assetAggregate(groupBy: [OWNER]) { rows { count } }`);
  expect(() => costOf(`{ ${aliases.join(' ')} }`)).toThrow(/estimated objects 30010 of at most 20000/);
});

test('a pattern is counted anywhere in a filter: as a literal, in a variable, in its default', () => {
  const title = { title: { contains: 'x' } };
  const list = 'query ($filter: AssetFilter) { assets(filter: $filter) { nodes { id } } }';
  expect(costOf(list, { filter: title })).toBe(1_021);
  expect(costOf(list, { filter: { or: [title, { not: title }], and: [title] } })).toBe(3_021);
  expect(costOf(list, { filter: { title: { contains: null } } })).toBe(21);
  expect(costOf('{ assets(filter: { or: [{ title: { contains: "x" } }] }) { nodes { id } } }')).toBe(1_021);
  // A variable in a list counts at each use.
  const listed = 'query ($f: AssetFilter!) { assets(filter: { or: [$f, { and: [$f] }] }) { nodes { id } } }';
  expect(costOf(listed, { f: { title: { contains: 'x' } } })).toBe(2_021);
  expect(
    costOf('query ($s: String) { assets(filter: { title: { contains: $s } }) { nodes { id } } }', { s: 'x' }),
  ).toBe(1_021);
  expect(costOf(list.replace('AssetFilter)', 'AssetFilter = { title: { contains: "x" } })'))).toBe(1_021);
});

test('declared list sizes equal the limits in the rules of the OS', () => {
  expect(value.notes.size('Auction', 'increments')?.assumed).toBe(incrementsAtMost);
  expect(value.notes.size('AuctionClosingEvent', 'auctions')?.assumed).toBe(closingAtMost);
});

test('the catalog is within its declared list sizes', () => {
  const { systems } = JSON.parse(readFileSync(new URL('../../schema/catalog.json', import.meta.url), 'utf8')) as {
    systems: Record<'roots' | 'examples' | 'permissions' | 'facts', unknown[]>[];
  };
  const most = (type: string, field: string): number => value.notes.size(type, field)?.assumed ?? 0;
  expect(systems.length).toBeLessThanOrEqual(most('Catalog', 'systems'));
  for (const system of systems)
    for (const field of ['roots', 'examples', 'permissions', 'facts'] as const)
      expect(system[field].length, field).toBeLessThanOrEqual(most('CatalogSystem', field));
});
