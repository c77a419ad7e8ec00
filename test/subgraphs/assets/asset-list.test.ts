import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Client, type Person, type World } from '../../testkit/world.ts';

const list = `query ($filter: AssetFilter, $sort: [AssetSort!], $search: String, $first: Int, $after: String, $last: Int, $before: String) {
  assets(filter: $filter, sort: $sort, search: $search, first: $first, after: $after, last: $last, before: $before) {
    totalCount
    nodes { id title kind status creators department classification acquiredOn source createdAt updatedAt owner { id displayName } }
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;
const imports = `mutation ($input: AssetImportInput!) { assetImport(input: $input) { created rejected { line message } } }`;
const kinds = ['MUSIC', 'ART', 'COLLECTIBLE', 'NFT', 'DOCUMENT', 'OTHER'] as const;

interface Line {
  sourceId: string;
  title: string;
  kind: (typeof kinds)[number];
  creators: string[];
  department: string | null;
  classification: string | null;
  acquiredOn: string | null;
}

let world: World;
let ann: Person;
let lines: Line[];
beforeAll(async () => {
  world = await openWorld({ oses: ['assets'] });
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  lines = Array.from({ length: 60 }, (_, n) => ({
    sourceId: `s${n}`,
    title: `Work ${['élan', 'Elan', 'zebra', 'Ant'][n % 4]} ${n % 10}`,
    kind: kinds[n % 6] ?? 'OTHER',
    creators: n % 5 === 0 ? [] : [`Maker ${n % 5}`],
    department: n % 3 === 0 ? null : `Department ${n % 3}`,
    classification: n % 7 === 0 ? null : `Class ${n % 7}`,
    acquiredOn: n % 4 === 0 ? null : `19${10 + (n % 80)}-0${1 + (n % 9)}-1${n % 10}`,
  }));
  await ann.ask(imports, {
    input: {
      source: 'test',
      run: '1',
      ownerId: ann.organizationId,
      lines: lines.map((line, n) => ({ line: n + 1, ...line })),
    },
  });
  for (const title of ['Draft one', 'Draft two'])
    await ann.ask('mutation ($title: String!) { assetCreate(input: { title: $title, kind: ART }) { asset { id } } }', {
      title,
    });
});
afterAll(() => world.close());

type Variables = Record<string, unknown>;

async function pageOf(client: Client, variables: Variables): Promise<ReturnType<typeof JSON.parse>> {
  return (await client.ask(list, variables)).assets;
}

/** Every page, forward or backward, and the ids in the order of the list. */
async function walk(client: Client, variables: Variables, size: number, backward: boolean): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  for (;;) {
    const place: Variables = backward ? { last: size, before: cursor } : { first: size, after: cursor };
    const page = await pageOf(client, { ...variables, ...place });
    const found = page.nodes.map((node: { id: string }) => node.id) as string[];
    ids.splice(backward ? 0 : ids.length, 0, ...found);
    const more: boolean = backward ? page.pageInfo.hasPreviousPage : page.pageInfo.hasNextPage;
    if (!more) return ids;
    cursor = backward ? page.pageInfo.startCursor : page.pageInfo.endCursor;
  }
}

describe('assets', () => {
  test('shows the visible assets, the newest first', async () => {
    expect((await pageOf(world.anonymous, {})).totalCount).toBe(60);
    expect((await pageOf(ann, {})).totalCount).toBe(62);
    const page = await pageOf(ann, { first: 2 });
    expect(page.nodes.map((node: { title: string }) => node.title)).toEqual(['Draft two', 'Draft one']);
    expect((await pageOf(await world.inUniverse('other').operator(), {})).totalCount).toBe(0);
    const stranger = await world.signUp({ organization: 'Elsewhere' });
    expect((await pageOf(stranger, {})).totalCount).toBe(60);
    expect((await pageOf(stranger, { filter: { status: { eq: 'DRAFT' } } })).totalCount).toBe(0);
  });

  test.each([[['TITLE_ASC']], [['TITLE_DESC', 'CREATED_AT_ASC']], [['UPDATED_AT_DESC']], [[]]])(
    'every page forward and backward makes the same list (%j)',
    async (sort) => {
      const all = await walk(ann, { sort }, 100, false);
      expect(new Set(all).size).toBe(62);
      expect(await walk(ann, { sort }, 7, false)).toEqual(all);
      expect(await walk(ann, { sort }, 9, true)).toEqual(all);
    },
  );

  test('titles sort alphabetically and not by bytes', async () => {
    const page = await pageOf(world.anonymous, {
      sort: ['TITLE_ASC'],
      first: 100,
      filter: { title: { contains: ' 1' } },
    });
    const titles = page.nodes.map((node: { title: string }) => node.title) as string[];
    expect(titles).toEqual([...titles].sort(new Intl.Collator('und').compare));
    expect(titles.length).toBeGreaterThan(3);
  });

  test.each([
    [{ kind: { in: ['ART', 'NFT'] } }, (line: Line) => line.kind === 'ART' || line.kind === 'NFT'],
    [{ department: { isNull: true } }, (line: Line) => line.department === null],
    [{ title: { startsWith: 'work e' } }, (line: Line) => line.title.toLowerCase().startsWith('work e')],
    [{ title: { contains: '%' } }, () => false],
    [{ creator: { eq: 'Maker 2' } }, (line: Line) => line.creators[0] === 'Maker 2'],
    [
      { acquiredOn: { gte: '1920-01-01', lt: '1940-01-01' } },
      (line: Line) => line.acquiredOn !== null && line.acquiredOn >= '1920-01-01' && line.acquiredOn < '1940-01-01',
    ],
    [
      { or: [{ kind: { eq: 'MUSIC' } }, { classification: { eq: 'Class 3' } }], not: { department: { isNull: true } } },
      (line: Line) => (line.kind === 'MUSIC' || line.classification === 'Class 3') && line.department !== null,
    ],
    [{ kind: { in: [] } }, () => false],
    [{ source: { eq: 'test' } }, () => true],
  ])('filters: %j', async (filter, holds) => {
    const page = await pageOf(world.anonymous, { filter, first: 100 });
    const titles = page.nodes.map((node: { title: string }) => node.title).sort() as string[];
    expect(titles).toEqual(
      lines
        .filter(holds)
        .map(({ title }) => title)
        .sort(),
    );
    expect(page.totalCount).toBe(titles.length);
  });

  test('finds words in titles, makers and departments', async () => {
    expect((await pageOf(world.anonymous, { search: 'zebra' })).totalCount).toBe(15);
    const both = await pageOf(world.anonymous, { search: 'zebra "maker 2"', first: 100 });
    expect(both.totalCount).toBe(lines.filter((l) => l.title.includes('zebra') && l.creators[0] === 'Maker 2').length);
    expect((await pageOf(world.anonymous, { search: 'zebra -work' })).totalCount).toBe(0);
    expect((await pageOf(world.anonymous, { search: `'; drop table assets; --` })).totalCount).toBe(0);
  });

  test('a cursor is valid only for its own order, and a made-up one is INVALID', async () => {
    const page = await pageOf(ann, { sort: ['TITLE_ASC'], first: 1 });
    const after = page.pageInfo.endCursor;
    expect(await refusal(ann, list, { sort: ['TITLE_DESC'], after })).toEqual({ code: 'INVALID', path: 'after' });
    const made = (...values: unknown[]) =>
      Buffer.from(JSON.stringify(['title:asc,id:asc', ...values])).toString('base64url');
    for (const cursor of [
      '',
      'x',
      made(),
      made('a'),
      made({ $ne: null }, 'ast_1'),
      made(['a'], 'ast_1'),
      made(null, null),
    ])
      expect(await refusal(ann, list, { sort: ['TITLE_ASC'], after: cursor })).toEqual({
        code: 'INVALID',
        path: 'after',
      });
    const byTime = Buffer.from(JSON.stringify(['createdAt:desc,id:desc', 'yesterday', 'ast_1'])).toString('base64url');
    expect(await refusal(ann, list, { before: byTime })).toEqual({ code: 'INVALID', path: 'before' });
  });

  test('too many conditions are refused', async () => {
    expect((await refusal(ann, list, { first: 101 })).code).toBe('LIMIT_EXCEEDED');
    expect((await refusal(ann, list, { first: -1 })).code).toBe('INVALID');
    expect(await refusal(ann, list, { search: 'x'.repeat(201) })).toEqual({ code: 'INVALID', path: 'search' });
    const sort = ['TITLE_ASC', 'TITLE_ASC', 'TITLE_ASC', 'TITLE_ASC', 'TITLE_ASC'];
    expect(await refusal(ann, list, { sort })).toEqual({ code: 'INVALID', path: 'sort' });
    const long = { title: { eq: 'x'.repeat(1001) } };
    expect(await refusal(ann, list, { filter: long })).toEqual({ code: 'INVALID', path: 'filter.title.eq' });
    let deep: Variables = { kind: { eq: 'ART' } };
    for (let n = 0; n < 6; n++) deep = { not: deep };
    expect(await refusal(ann, list, { filter: deep })).toEqual({ code: 'INVALID', path: 'filter' });
  });

  test('impossible dates are INVALID', async () => {
    for (const eq of ['1961-02-30', '0000-01-01', '61-01-01'])
      expect((await refusal(ann, list, { filter: { acquiredOn: { eq } } })).code).toBe('INVALID');
    for (const gte of ['yesterday', '2026-02-30T00:00:00Z', '2026-01-01T00:00:00'])
      expect((await refusal(ann, list, { filter: { createdAt: { gte } } })).code).toBe('INVALID');
  });

  test('takes one statement for its rows, one for the total and one per field that names an actor, whatever its length', async () => {
    const nodes = 'query ($n: Int) { assets(first: $n) { nodes { id title } } }';
    const whole =
      'query ($n: Int) { assets(first: $n) { totalCount nodes { id owner { displayName } createdBy { displayName } } } }';
    for (const n of [1, 50]) {
      expect(await world.statements(() => ann.ask(nodes, { n }))).toHaveLength(1);
      // The owner of the first one is its creator: the two fetches are equal, and share a call.
      expect(await world.statements(() => ann.ask(whole, { n }))).toHaveLength(n === 1 ? 3 : 4);
    }
  });
});

describe('assetAggregate', () => {
  const aggregate = `query ($filter: AssetFilter, $search: String, $groupBy: [AssetGroupBy!], $bucket: AssetBucketInput) {
    assetAggregate(filter: $filter, search: $search, groupBy: $groupBy, bucket: $bucket) {
      asOf rows { count bucketStart kind status classification department creator owner { id displayName } }
    }
  }`;

  test('counts by keys, and a key that is an entity is one', async () => {
    const { assetAggregate } = await ann.ask(aggregate, { groupBy: ['OWNER', 'STATUS'] });
    expect(assetAggregate.rows).toMatchObject([
      { count: 60, status: 'PUBLISHED', owner: { id: ann.organizationId, displayName: 'Museum' } },
      { count: 2, status: 'DRAFT', owner: { id: ann.id, displayName: 'Ann' } },
    ]);
  });

  test('fills the empty buckets between the first and the last', async () => {
    const bucket = { by: 'ACQUIRED_ON', unit: 'DECADE', fill: true };
    const { assetAggregate } = await ann.ask(aggregate, { bucket, filter: { acquiredOn: { isNull: false } } });
    const rows = assetAggregate.rows as { bucketStart: string; count: number }[];
    expect(rows.map(({ bucketStart }) => bucketStart.slice(0, 4))).toEqual([
      '1910',
      '1920',
      '1930',
      '1940',
      '1950',
      '1960',
    ]);
    expect(rows.reduce((sum, row) => sum + row.count, 0)).toBe(lines.filter((line) => line.acquiredOn).length);
  });

  test('counts what the viewer sees', async () => {
    const counted = async (client: Client) => (await client.ask(aggregate)).assetAggregate.rows[0].count as number;
    expect(await counted(world.anonymous)).toBe(60);
    expect(await counted(ann)).toBe(62);
    expect(await counted(world.inUniverse('other').anonymous)).toBe(0);
  });

  test('an unknown time zone and too many keys are INVALID', async () => {
    for (const timeZone of [`UTC'; drop table assets; --`, 'Mars/Olympus', '+01:00', '']) {
      const bucket = { by: 'CREATED_AT', unit: 'DAY', timeZone };
      expect(await refusal(ann, aggregate, { bucket })).toEqual({ code: 'INVALID', path: 'bucket.timeZone' });
    }
    const groupBy = ['OWNER', 'KIND', 'STATUS', 'CREATOR', 'DEPARTMENT'];
    expect(await refusal(ann, aggregate, { groupBy })).toEqual({ code: 'INVALID', path: 'groupBy' });
  });

  test('takes one statement, and one for the names of its keys', async () => {
    const flat = '{ assetAggregate(groupBy: [KIND, CREATOR]) { rows { kind creator count } } }';
    expect(await world.statements(() => ann.ask(flat))).toHaveLength(1);
    expect(await world.statements(() => ann.ask(aggregate, { groupBy: ['OWNER'] }))).toHaveLength(2);
  });

  test('is the fold of the pages', async () => {
    const text = (field: string, values: string[]) =>
      fc.oneof(
        fc.record({ [field]: fc.record({ eq: fc.constantFrom(...values) }) }),
        fc.record({ [field]: fc.record({ isNull: fc.boolean() }) }),
      );
    const condition = fc.oneof(
      fc.record({ kind: fc.record({ in: fc.subarray([...kinds]) }) }),
      text('department', ['Department 1', 'Department 2']),
      text('creator', ['Maker 1', 'Maker 3']),
      fc.record({ title: fc.record({ contains: fc.constantFrom('E', ' 1', 'zebra', '_') }) }),
      fc.record({ acquiredOn: fc.record({ gte: fc.constantFrom('1915-01-01', '1935-06-01', '1960-01-01') }) }),
    );
    const filters = fc.oneof(
      fc.constant(null),
      condition,
      fc.record({ or: fc.array(condition, { minLength: 1, maxLength: 3 }) }),
      fc.record({ not: condition }),
      fc.record({ and: fc.array(condition, { maxLength: 3 }) }),
    );
    const keys = { KIND: 'kind', DEPARTMENT: 'department', CREATOR: 'creator', STATUS: 'status' } as const;
    const groups = fc.subarray(Object.keys(keys) as (keyof typeof keys)[], { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(filters, groups, async (filter, groupBy) => {
        const folded = new Map<string, number>();
        let after: string | null = null;
        do {
          const page = await pageOf(ann, { filter, first: 40, after });
          for (const node of page.nodes) {
            const values = { ...node, creator: node.creators[0] ?? null };
            const key = JSON.stringify(groupBy.map((name) => values[keys[name]] ?? null));
            folded.set(key, (folded.get(key) ?? 0) + 1);
          }
          after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
        } while (after !== null);
        const { assetAggregate } = await ann.ask(aggregate, { filter, groupBy });
        const counted = new Map<string, number>();
        for (const row of assetAggregate.rows)
          if (row.count > 0) counted.set(JSON.stringify(groupBy.map((name) => row[keys[name]] ?? null)), row.count);
        expect(Object.fromEntries(counted)).toEqual(Object.fromEntries(folded));
      }),
      { numRuns: 40 },
    );
  });
});
