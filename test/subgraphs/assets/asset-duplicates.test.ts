import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MigrationQuery } from '../../../platform/database/migrations.ts';
import { assets006 } from '../../../subgraphs/assets/migrations/006-duplicates.ts';
import { refusal } from '../../testkit/refusal.ts';
import { attach, draftOf, openMediaWorld, type MediaWorld } from '../../testkit/media.ts';
import { type Client, type Person, type World } from '../../testkit/world.ts';

const duplicates = `query ($id: ID!, $first: Int, $least: Float) {
  asset(id: $id) { duplicates(first: $first, minSimilarity: $least) { similarity reason asset { id title owner { id } } } }
}`;
const clusters = `query ($filter: AssetFilter, $reason: AssetClusterReason, $first: Int, $after: String) {
  assetDuplicates(filter: $filter, reason: $reason, first: $first, after: $after) {
    totalCount nodes { key reason count assets { id title } } pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}`;
const imports = `mutation ($input: AssetImportInput!) { assetImport(input: $input) { created rejected { message } } }`;

const work = (title: string, creator: string | null, createdEarliest: string | null, materials = 'etching') => ({
  title,
  creators: creator ? [creator] : [],
  createdEarliest,
  createdLatest: createdEarliest,
  materials,
});
const works = [
  work('The Great Wave off Kanagawa', 'Katsushika Hokusai', '1831-01-01', 'woodblock print'),
  work('Great wave, off Kanagawa (The)', 'HOKUSAI Katsushika', '1831-05-01', 'colour woodblock print'),
  work('The Great Wave of Kanagawa', 'Katsushika Hokusai', '1832-01-01', 'woodblock print'),
  work('Caprichos, plate 12', 'Goya', '1799-01-01'),
  work('Caprichos, plate 13', 'Goya', '1799-01-01'),
  work('Vase', 'unknown French', null, 'porcelain'),
  work('Vase', 'unknown French', null, 'porcelain'),
  work('Älter', 'Émile Œuf', '1901-01-01'),
  work('alter', 'Oeuf, Emile', '1901-01-01'),
  ...Array.from({ length: 8 }, () => work('Untitled', 'Ann Maker', '1960-01-01')),
];

let media: MediaWorld;
let world: World;
let ann: Person;
let bob: Person;
const byTitle = new Map<string, string>();
beforeAll(async () => {
  media = await openMediaWorld({ oses: ['assets'] });
  world = media.world;
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  bob = await world.signUp({ displayName: 'Bob', organization: 'Library' });
  const lines = works.map((each, n) => ({ line: n + 1, sourceId: `w${n}`, kind: 'ART', ...each }));
  const input = { source: 'test', run: '1', lines };
  await ann.ask(imports, { input: { ...input, ownerId: ann.organizationId } });
  await bob.ask(imports, { input: { ...input, lines: lines.slice(0, 2), publish: false } });
  const { assets } = await world.anonymous.ask('{ assets(first: 50) { nodes { id title } } }');
  for (const { id, title } of assets.nodes) byTitle.set(title, id);
});
afterAll(() => media.close());

interface Found {
  similarity: number;
  reason: string;
  asset: { id: string; title: string; owner: { id: string } };
}
async function like(client: Client, title: string, more: Record<string, unknown> = {}): Promise<Found[]> {
  return (await client.ask(duplicates, { id: byTitle.get(title), ...more })).asset.duplicates;
}

describe('Asset.duplicates', () => {
  test('finds works that differ in case, accents, punctuation and order of words, then similar ones, the most similar first', async () => {
    const found = await like(world.anonymous, 'The Great Wave off Kanagawa');
    expect(found.map(({ reason, asset }) => [asset.title, reason])).toEqual([
      ['Great wave, off Kanagawa (The)', 'FINGERPRINT'],
    ]);
    expect(found[0]!.similarity).toBeGreaterThan(0.95);
    const more = await like(world.anonymous, 'The Great Wave off Kanagawa', { least: 0.6 });
    expect(more.map(({ reason, asset }) => [asset.title, reason])).toEqual([
      ['Great wave, off Kanagawa (The)', 'FINGERPRINT'],
      ['The Great Wave of Kanagawa', 'SIMILAR'],
    ]);
    expect((await like(world.anonymous, 'Älter')).map(({ asset }) => asset.title)).toEqual(['alter']);
  });

  test('plates of a series, works of unknown makers and works with a frequent title are not the same', async () => {
    expect(await like(world.anonymous, 'Caprichos, plate 12', { least: 0.4 })).toEqual([]);
    for (const title of ['Vase', 'Untitled']) {
      expect(await like(world.anonymous, title)).toEqual([]);
      expect((await like(world.anonymous, title, { least: 0.3 })).length).toBeGreaterThan(0);
    }
  });

  test('identical lines of imports are the same, for viewers who may see both', async () => {
    const mine = await like(bob, 'The Great Wave off Kanagawa', { least: 0.7 });
    expect(mine[0]).toMatchObject({ similarity: 1, reason: 'SOURCE_LINE', asset: { owner: { id: bob.id } } });
    expect(mine.map(({ reason }) => reason)).toEqual(['SOURCE_LINE', 'FINGERPRINT', 'FINGERPRINT', 'SIMILAR']);
    for (const client of [ann, world.anonymous])
      expect((await like(client, 'The Great Wave off Kanagawa')).map(({ reason }) => reason)).toEqual(['FINGERPRINT']);
    const elsewhere = await world.inUniverse('other').operator();
    expect((await elsewhere.ask(duplicates, { id: byTitle.get('Älter') })).asset).toBeNull();
  });

  test('works with an identical picture are the same, for viewers who may see both', async () => {
    const bytes = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#345678' } })
      .png()
      .toBuffer();
    const [front, copy, hidden] = [
      byTitle.get('Vase')!,
      byTitle.get('Älter')!,
      await draftOf(bob, bob.organizationId!),
    ];
    await attach(world, ann, front, bytes);
    const { media } = await attach(world, ann, copy, bytes);
    await attach(world, bob, hidden, bytes);
    const seenBy = async (client: Client): Promise<unknown> => (await like(client, 'Vase'))[0];
    for (const client of [ann, world.anonymous])
      expect(await seenBy(client)).toMatchObject({ reason: 'CONTENT', similarity: 1, asset: { id: copy } });
    const keys = (await ann.ask(clusters, { reason: 'CONTENT' })).assetDuplicates;
    expect(keys).toMatchObject({ totalCount: 1, nodes: [{ key: media.sha256, reason: 'CONTENT', count: 2 }] });
    const all = (await (await world.operator()).ask(clusters, { reason: 'CONTENT' })).assetDuplicates.nodes;
    expect(all).toMatchObject([{ count: 3 }]);
    await ann.ask('mutation ($id: ID!) { mediaDetach(input: { mediaId: $id }) { asset { id } } }', { id: media.id });
    expect(await seenBy(ann)).toBeUndefined();
    expect((await ann.ask(clusters, { reason: 'CONTENT' })).assetDuplicates.nodes).toEqual([]);
  });

  test('follow a change of the title and of the creator', async () => {
    const create = 'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id } } }';
    const update = 'mutation ($input: AssetUpdateInput!) { assetUpdate(input: $input) { asset { id } } }';
    const { assetCreate } = await ann.ask(create, { input: { title: 'Alter', kind: 'ART', creators: ['Émile Œuf'] } });
    const { id: assetId } = assetCreate.asset;
    const seen = async () => (await ann.ask(duplicates, { id: assetId, least: 0.7 })).asset.duplicates as Found[];
    // Without a year there is less evidence.
    expect((await seen()).map(({ reason }) => reason)).toEqual(['SIMILAR', 'SIMILAR']);
    await ann.ask(update, { input: { assetId, title: 'Something else' } });
    expect(await seen()).toEqual([]);
    await ann.ask(update, { input: { assetId, title: 'Caprichos, plate 12', creators: ['Goya'] } });
    expect((await seen()).map(({ asset }) => asset.title)).toEqual(['Caprichos, plate 12']);
    await ann.ask('mutation ($id: ID!) { assetArchive(input: { assetId: $id }) { asset { id } } }', { id: assetId });
    expect(await seen()).toHaveLength(1);
  });

  test('take two statements for a page of assets, whatever its length', async () => {
    const page =
      'query ($n: Int) { assets(first: $n) { nodes { duplicates(minSimilarity: 0.3) { asset { title } } } } }';
    for (const n of [5, 20]) expect(await world.statements(() => ann.ask(page, { n }))).toHaveLength(3);
  });

  test('too many and too dissimilar are INVALID', async () => {
    const id = byTitle.get('Vase');
    expect((await refusal(ann, duplicates, { id, least: 0.2 })).code).toBe('INVALID');
    expect((await refusal(ann, duplicates, { id, least: 1.1 })).code).toBe('INVALID');
    expect((await refusal(ann, duplicates, { id, first: 51 })).code).not.toBe('OK');
  });
});

describe('assetDuplicates', () => {
  const keysOf = async (client: Client, variables: Record<string, unknown> = {}) =>
    (await client.ask(clusters, variables)).assetDuplicates.nodes.map(
      ({ key, count }: { key: string; count: number }) => [key, count],
    ) as [string, number][];

  test('are groups of the viewer’s assets, the largest first, in pages', async () => {
    const all = await keysOf(ann);
    expect(all.map(([, count]) => count)).toEqual([8, 2, 2]);
    expect(all[0]?.[0]).toBe('untitled | ann maker | 1960');
    const paged: [string, number][] = [];
    let after: string | null = null;
    do {
      const answer: ReturnType<typeof JSON.parse> = await ann.ask(clusters, { first: 1, after });
      const { nodes, totalCount, pageInfo } = answer.assetDuplicates;
      expect(totalCount).toBe(3);
      expect(pageInfo.hasPreviousPage).toBe(after !== null);
      paged.push([nodes[0].key, nodes[0].count]);
      expect(nodes[0].assets).toHaveLength(nodes[0].count);
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    expect(paged).toEqual(all);
    expect(await keysOf(ann, { filter: { title: { startsWith: 'unt' } } })).toHaveLength(1);
  });

  test('are private: others see their own, operators all, and equal lines across owners', async () => {
    expect(await keysOf(bob)).toEqual([['great kanagawa off the wave | hokusai katsushika | 1831', 2]]);
    const operator = await world.operator();
    expect((await keysOf(operator))[1]).toEqual([expect.any(String), 4]);
    expect((await keysOf(operator, { reason: 'SOURCE_LINE' })).map(([, count]) => count)).toEqual([2, 2]);
    expect(await keysOf(ann, { reason: 'SOURCE_LINE' })).toEqual([]);
    expect(await keysOf(await world.inUniverse('other').operator())).toEqual([]);
    expect((await refusal(world.anonymous, clusters, {})).code).toBe('UNAUTHENTICATED');
  });

  test('a cursor of other clusters, and paging backward, are INVALID', async () => {
    const { assetDuplicates } = await ann.ask(clusters, { first: 1 });
    const after = assetDuplicates.pageInfo.endCursor;
    expect(await refusal(ann, clusters, { reason: 'SOURCE_LINE', after })).toEqual({ code: 'INVALID', path: 'after' });
    for (const values of ['"x",1,"y"', '2147483648,"x","y"', '1e400,"x","y"', '1,"\\u0000","y"', '1,"x"', '1,"x",{}']) {
      const made = Buffer.from(`["clusters FINGERPRINT",${values}]`).toString('base64url');
      expect(await refusal(ann, clusters, { after: made })).toEqual({ code: 'INVALID', path: 'after' });
    }
    expect(await refusal(ann, '{ assetDuplicates(last: 1) { totalCount } }', {})).toEqual({
      code: 'INVALID',
      path: 'last',
    });
  });

  test('take one statement for the groups, one for their works and one for the total', async () => {
    for (const first of [1, 3]) expect(await world.statements(() => ann.ask(clusters, { first }))).toHaveLength(3);
  });
});

test('existing works get their keys by the migration, page by page', async () => {
  const rolledBack = new Error('rolled back');
  const migrated = world.database.transaction(async (client) => {
    await client.query('set local search_path to assets, public');
    await client.query(
      'alter table assets drop column match_title, drop column match_creator, drop column match_numbers',
    );
    await client.query(
      `insert into assets (id, universe_id, created_at, updated_at, title, creator, kind, status, owner_id, created_by)
       select 'ast_' || lpad(n::text, 5, '0'), 'old', now(), now(), 'Été, plate ' || n,
         case n % 2 when 0 then 'Unknown' else 'José' end, 'ART', 'DRAFT', 'o', 'o' from generate_series(1, 2100) n`,
    );
    await (assets006.up as (query: MigrationQuery) => Promise<void>)(
      async (sql, params) => (await client.query(sql, params)).rows as never[],
    );
    const { rows } = await client.query(
      `select match_title, match_creator, match_numbers from assets where id in ('ast_00001', 'ast_02100') order by id`,
    );
    expect(rows).toEqual([
      { match_title: '1 ete plate', match_creator: 'jose', match_numbers: '1' },
      { match_title: '2100 ete plate', match_creator: null, match_numbers: '2100' },
    ]);
    const left = await client.query('select 1 from assets where match_title is null');
    expect(left.rows).toEqual([]);
    throw rolledBack;
  });
  await expect(migrated).rejects.toBe(rolledBack);
});
