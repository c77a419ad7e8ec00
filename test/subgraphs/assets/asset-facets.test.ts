import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Client, type Person, type World } from '../../testkit/world.ts';

const facets = `query ($filter: AssetFilter, $search: String, $facets: [AssetFacetKey!], $top: Int) {
  assetFacets(filter: $filter, search: $search, facets: $facets, top: $top) {
    total asOf facets { facet distinct missing values { value count owner { id displayName } category { id name } } }
  }
}`;
const aggregate = `query ($filter: AssetFilter, $search: String, $groupBy: [AssetGroupBy!], $bucket: AssetBucketInput, $orderBy: AggregateOrder, $top: Int) {
  assetAggregate(filter: $filter, search: $search, groupBy: $groupBy, bucket: $bucket, orderBy: $orderBy, top: $top) {
    rows { count bucketStart kind status classification department creator decade owner { id } category { id } }
  }
}`;
const list = `query ($filter: AssetFilter, $search: String, $first: Int, $after: String) {
  assets(filter: $filter, search: $search, first: $first, after: $after) {
    nodes { kind status classification department creators decade owner { id } category { id } } pageInfo { hasNextPage endCursor }
  }
}`;
const imports = `mutation ($input: AssetImportInput!) { assetImport(input: $input) { created } }`;

interface Row {
  kind: string;
  status: string;
  classification: string | null;
  department: string | null;
  creators: string[];
  decade: number | null;
  owner: { id: string };
  category: { id: string } | null;
}
const valueOf: Record<string, (row: Row) => string | null> = {
  KIND: ({ kind }) => kind,
  STATUS: ({ status }) => status,
  CLASSIFICATION: ({ classification }) => classification,
  DEPARTMENT: ({ department }) => department,
  CATEGORY: ({ category }) => category?.id ?? null,
  DECADE: ({ decade }) => (decade === null ? null : String(decade)),
  OWNER: ({ owner }) => owner.id,
  CREATOR: ({ creators }) => creators[0] ?? null,
};
const keys = Object.keys(valueOf);
const fieldOf: Record<string, string> = { OWNER: 'ownerId', CATEGORY: 'categoryId' };

let world: World;
let ann: Person;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets'] });
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  const operator = await world.operator();
  for (const name of ['Prints', 'Maps'])
    await operator.ask(
      'mutation ($input: CategoryCreateInput!) { categoryCreate(input: $input) { category { id } } }',
      { input: { name } },
    );
  const lines = Array.from({ length: 80 }, (_, n) => ({
    line: n + 1,
    sourceId: `s${n}`,
    title: `Work ${['sea', 'night', 'sea at night'][n % 3]}`,
    kind: ['MUSIC', 'ART', 'COLLECTIBLE', 'NFT'][(n * n) % 4],
    creators: n % 5 === 0 ? [] : [['Élan', 'elan', 'Zoe', 'ann'][n % 4]],
    department: n % 3 === 0 ? null : `Department ${n % 3}`,
    classification: n % 7 === 0 ? null : `Class ${n % 7}`,
    createdEarliest: n % 6 === 0 ? null : `${1800 + ((n * 13) % 160)}-03-0${1 + (n % 9)}`,
    tags: n % 2 === 0 ? ['even'] : [],
    category: ['prints', null, 'maps', 'maps'][n % 4],
  }));
  for (const [ownerId, part] of [
    [ann.organizationId, lines.slice(0, 50)],
    [ann.id, lines.slice(50)],
  ] as const)
    await ann.ask(imports, { input: { source: 'test', run: '1', ownerId, lines: part, publish: part.length === 50 } });
});
afterAll(() => world.close());

async function rowsOf(client: Client, variables: Record<string, unknown>): Promise<Row[]> {
  const rows: Row[] = [];
  let after: string | null = null;
  do {
    const answer: ReturnType<typeof JSON.parse> = await client.ask(list, { ...variables, first: 100, after });
    const { nodes, pageInfo } = answer.assets;
    rows.push(...(nodes as Row[]));
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after !== null);
  return rows;
}

function counted(rows: Row[], key: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const row of rows) {
    const value = valueOf[key]?.(row) ?? 'none';
    counts[value] = (counts[value] ?? 0) + 1;
  }
  return counts;
}

interface Facet {
  facet: string;
  distinct: number;
  missing: number;
  values: {
    value: string;
    count: number;
    owner: { id: string; displayName: string } | null;
    category: { id: string; name: string } | null;
  }[];
}
async function facetsOf(
  client: Client,
  variables: Record<string, unknown>,
): Promise<{ total: number; facets: Facet[] }> {
  return (await client.ask(facets, variables)).assetFacets;
}
const asCounts = ({ values, missing }: Facet) => ({
  ...Object.fromEntries(values.map(({ value, count }) => [value, count])),
  ...(missing > 0 ? { none: missing } : {}),
});

describe('assetFacets', () => {
  test('count the visible assets by each key', async () => {
    const mine = await facetsOf(ann, { facets: ['STATUS', 'OWNER'] });
    expect(mine.total).toBe(80);
    expect(mine.facets.map(asCounts)).toEqual([
      { PUBLISHED: 50, DRAFT: 30 },
      { [ann.organizationId!]: 50, [ann.id]: 30 },
    ]);
    const { facets: placed } = await facetsOf(ann, { facets: ['CATEGORY'] });
    expect(placed[0]?.values.map(({ count, category }) => [category?.name, count])).toEqual([
      ['Maps', 40],
      ['Prints', 20],
    ]);
    expect(mine.facets[1]?.values[0]?.owner).toEqual({ id: ann.organizationId, displayName: 'Museum' });
    const stranger = await world.signUp({ organization: 'Elsewhere' });
    expect((await facetsOf(stranger, { facets: ['STATUS'] })).facets.map(asCounts)).toEqual([{ PUBLISHED: 50 }]);
    const elsewhere = await facetsOf(await world.inUniverse('other').operator(), {});
    expect(elsewhere.total).toBe(0);
    expect(elsewhere.facets.map(({ values, distinct, missing }) => [values, distinct, missing])).toEqual(
      keys.map(() => [[], 0, 0]),
    );
  });

  test('keep values that are not selected: a facet is counted without its own conditions and with those of the others', async () => {
    const filter = { kind: { eq: 'ART' }, and: [{ department: { eq: 'Department 1' } }] };
    const { total, facets: seen } = await facetsOf(ann, { filter, facets: ['KIND', 'DEPARTMENT', 'CREATOR'] });
    const all = await rowsOf(ann, {});
    const art = all.filter(({ kind }) => kind === 'ART');
    const first = all.filter(({ department }) => department === 'Department 1');
    expect(seen.map(asCounts)).toEqual([
      counted(first, 'KIND'),
      counted(art, 'DEPARTMENT'),
      counted(
        first.filter(({ kind }) => kind === 'ART'),
        'CREATOR',
      ),
    ]);
    expect(total).toBe(first.filter(({ kind }) => kind === 'ART').length);
    expect(seen[0]!.values.length).toBeGreaterThan(1);
  });

  test('show the largest values first, equal ones alphabetically, and the number of distinct values', async () => {
    const { facets: all } = await facetsOf(ann, { facets: ['DECADE'], top: 100 });
    const decades = all[0]!.values;
    const sorted = decades.toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
    expect(decades).toEqual(sorted);
    const { facets: some } = await facetsOf(ann, { facets: ['DECADE'], top: 3 });
    expect(some[0]).toMatchObject({ distinct: decades.length, missing: all[0]!.missing, values: decades.slice(0, 3) });
  });

  test('more values than a page has are for analysts', async () => {
    expect(await refusal(ann, facets, { top: 101 })).toEqual({ code: 'INVALID', path: 'top' });
    expect((await facetsOf(await world.operator(), { top: 1000 })).total).toBe(80);
    expect((await refusal(ann, facets, { top: 0 })).code).toBe('INVALID');
    expect(await refusal(ann, facets, { search: 'x'.repeat(201) })).toEqual({ code: 'INVALID', path: 'search' });
  });

  test('take one statement, however many keys and conditions there are', async () => {
    const filter = { kind: { in: ['ART', 'NFT'] }, creator: { isNull: false }, decade: { gte: 1800 } };
    const plain = facets.replace('owner { id displayName }', '');
    for (const variables of [
      { facets: keys.filter((key) => key !== 'CATEGORY') },
      { filter, search: 'sea', facets: ['KIND'] },
    ])
      expect(await world.statements(() => ann.ask(plain, variables))).toHaveLength(1);
    // One more for the categories.
    expect(await world.statements(() => ann.ask(plain, { filter }))).toHaveLength(2);
  });
});

const text = (field: string, values: string[]) =>
  fc.oneof(
    fc.record({ [field]: fc.record({ eq: fc.constantFrom(...values) }) }),
    fc.record({ [field]: fc.record({ isNull: fc.boolean() }) }),
  );
const condition = fc.oneof(
  fc.record({ kind: fc.record({ in: fc.subarray(['MUSIC', 'ART', 'NFT']) }) }),
  text('department', ['Department 1', 'Department 2']),
  text('creator', ['Élan', 'Zoe']),
  fc.record({ tags: fc.record({ hasAny: fc.subarray(['even', 'odd']) }) }),
  fc.record({ decade: fc.record({ gte: fc.constantFrom(1800, 1850, 1900), lt: fc.constantFrom(1860, 1930) }) }),
);
const filters = fc.oneof(
  fc.constant(null),
  condition,
  fc.tuple(condition, condition).map(([a, b]) => ({ ...a, and: [b] })),
  fc.record({ or: fc.array(condition, { minLength: 1, maxLength: 2 }) }),
  fc.record({ not: condition }),
);
const searches = fc.constantFrom(null, 'sea', 'night -sea', '?', 'nothing');

/** The rule, implemented again without the platform: own conditions at the top and in `and` do not count. */
function without(filter: Record<string, unknown> | null, key: string): Record<string, unknown> | null {
  if (!filter) return null;
  const field = fieldOf[key] ?? key.toLowerCase();
  const { [field]: _own, and, ...rest } = filter as { and?: Record<string, unknown>[] } & Record<string, unknown>;
  return { ...rest, ...(and ? { and: and.map((each) => without(each, key)) } : {}) };
}

test('facets, aggregates and pages agree for any filter and search', async () => {
  await fc.assert(
    fc.asyncProperty(filters, searches, fc.constantFrom(...keys), async (filter, search, key) => {
      const { total, facets: seen } = await facetsOf(ann, { filter, search, facets: [key], top: 100 });
      const own = without(filter as Record<string, unknown> | null, key);
      const rows = await rowsOf(ann, { filter: own, search });
      expect(asCounts(seen[0]!)).toEqual(counted(rows, key));
      expect(total).toBe((await rowsOf(ann, { filter, search })).length);
      const { assetAggregate } = await ann.ask(aggregate, { filter: own, search, groupBy: [key] });
      const grouped = (assetAggregate.rows as (Row & { count: number; creator: string | null })[]).map((row) => [
        valueOf[key]?.({ ...row, creators: row.creator === null ? [] : [row.creator] }) ?? 'none',
        row.count,
      ]);
      expect(Object.fromEntries(grouped)).toEqual(counted(rows, key));
    }),
    { numRuns: 40 },
  );
});

describe('assetAggregate', () => {
  const rowsBy = async (variables: Record<string, unknown>) =>
    (await ann.ask(aggregate, variables)).assetAggregate.rows as {
      count: number;
      bucketStart: string | null;
      creator: string | null;
      decade: number | null;
    }[];

  test('top keeps the groups with the most rows, whole, and their empty buckets', async () => {
    const all = await rowsBy({ groupBy: ['CREATOR'] });
    const bucket = { by: 'CREATED_EARLIEST', unit: 'CENTURY', fill: true };
    const two = await rowsBy({ groupBy: ['CREATOR'], top: 2 });
    expect(two).toEqual(all.slice(0, 2));
    const buckets = await rowsBy({ groupBy: ['CREATOR'], top: 2, bucket });
    for (const { creator, count } of two)
      expect(buckets.filter((row) => row.creator === creator).reduce((sum, row) => sum + row.count, 0)).toBe(count);
    expect(new Set(buckets.map(({ creator }) => creator)).size).toBe(2);
    const begins = ['1801-01-01T00:00:00.000Z', '1901-01-01T00:00:00.000Z'];
    for (const { creator } of two)
      expect(
        buckets.filter((row) => row.creator === creator && row.bucketStart).map(({ bucketStart }) => bucketStart),
      ).toEqual(begins);
  });

  test.each([
    ['COUNT_DESC', (a: number, b: number) => b - a],
    ['COUNT_ASC', (a: number, b: number) => a - b],
  ])('%s orders by count', async (orderBy, compare) => {
    const counts = (await rowsBy({ groupBy: ['DECADE'], orderBy })).map(({ count }) => count);
    expect(counts).toEqual(counts.toSorted(compare));
  });

  test('keys sort alphabetically in both directions, and rows without a key come last', async () => {
    const collator = new Intl.Collator('und');
    for (const orderBy of ['KEY_ASC', 'KEY_DESC']) {
      const names = (await rowsBy({ groupBy: ['CREATOR'], orderBy })).map(({ creator }) => creator);
      expect(names.at(-1)).toBeNull();
      const sorted = (names.slice(0, -1) as string[]).toSorted(collator.compare);
      expect(names.slice(0, -1)).toEqual(orderBy === 'KEY_ASC' ? sorted : sorted.toReversed());
      const bucket = { by: 'CREATED_EARLIEST', unit: 'DECADE', fill: true };
      const starts = (await rowsBy({ bucket, orderBy })).map(({ bucketStart }) => bucketStart);
      const times = (starts.slice(0, -1) as string[]).toSorted((a, b) => (a < b ? -1 : 1));
      expect(starts).toEqual([...(orderBy === 'KEY_ASC' ? times : times.toReversed()), null]);
    }
  });

  test('top without keys, and more than a page, are INVALID but for analysts', async () => {
    expect(await refusal(ann, aggregate, { top: 3 })).toEqual({ code: 'INVALID', path: 'top' });
    expect(await refusal(ann, aggregate, { groupBy: ['CREATOR'], top: 101 })).toEqual({ code: 'INVALID', path: 'top' });
    const analyst = await world.operator();
    expect((await analyst.ask(aggregate, { groupBy: ['CREATOR'], top: 1000 })).assetAggregate.rows).toHaveLength(5);
  });

  test('takes one statement with buckets, fill and top', async () => {
    const bucket = { by: 'CREATED_EARLIEST', unit: 'YEAR', fill: true };
    const flat = aggregate.replace('owner { id }', '');
    expect(await world.statements(() => ann.ask(flat, { groupBy: ['CREATOR'], top: 2, bucket }))).toHaveLength(1);
  });
});
