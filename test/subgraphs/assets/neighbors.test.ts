import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { EmbeddingRefused, type Embedder } from '../../../platform/embeddings/embedder.ts';
import { hashingEmbedder } from '../../../platform/embeddings/hashing.ts';
import { openHouse } from '../../../platform/house/house.ts';
import { createLog } from '../../../platform/telemetry/log.ts';
import { subgraphs } from '../../../subgraphs/index.ts';
import { makeNearIndex } from '../../../subgraphs/assets/neighbors/asset-embedding.service.ts';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Client, type Person, type World } from '../../testkit/world.ts';

const similar = `query ($id: ID!, $first: Int) {
  asset(id: $id) { similar(first: $first) { similarity asset { id title } } }
}`;
const likeText = `query ($text: String!, $first: Int, $filter: AssetFilter) {
  assetsLike(text: $text, first: $first, filter: $filter) { similarity asset { id title } }
}`;
const create = 'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id } } }';
const update = 'mutation ($input: AssetUpdateInput!) { assetUpdate(input: $input) { asset { id } } }';
const imports = `mutation ($input: AssetImportInput!) { assetImport(input: $input) { created } }`;

const titles = [
  'Ships in a storm',
  'A ship in the storm at night',
  'Storms and shipwrecks',
  'Portrait of a lady',
  'Portrait of a lady in red',
  'Quartet in G minor',
];

/** The embedder without a model; it keeps what it was asked, can fail, and can be given another name. */
const inner = hashingEmbedder();
const asked: string[][] = [];
let failure: ((texts: readonly string[]) => Error | null) | null = null;
const embedder = {
  model: inner.model as string,
  dimensions: inner.dimensions,
  async embed(texts: readonly string[], signal?: AbortSignal) {
    asked.push([...texts]);
    const error = failure?.(texts);
    if (error) throw error;
    return inner.embed(texts, signal);
  },
} satisfies Embedder;

let world: World;
let ann: Person;
let bob: Person;
const byTitle = new Map<string, string>();
beforeAll(async () => {
  world = await openWorld({ oses: ['assets'], embedder });
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  bob = await world.signUp({ displayName: 'Bob', organization: 'Library' });
  const lines = titles.map((title, n) => ({ line: n + 1, sourceId: `w${n}`, kind: 'ART', title }));
  await ann.ask(imports, { input: { source: 'test', run: '1', lines, ownerId: ann.organizationId } });
  await world.settled();
  const { assets } = await world.anonymous.ask('{ assets(first: 50) { nodes { id title } } }');
  for (const { id, title } of assets.nodes) byTitle.set(title, id);
});
afterAll(() => world.close());

interface Found {
  similarity: number;
  asset: { id: string; title: string };
}
const near = async (client: Client, id: string | undefined, first?: number): Promise<Found[]> =>
  (await client.ask(similar, { id, first })).asset.similar;
const titlesOf = (found: Found[]): string[] => found.map(({ asset }) => asset.title);

describe('Asset.similar', () => {
  test('are other assets with the most similar texts, the nearest first, up to the requested number', async () => {
    const found = await near(world.anonymous, byTitle.get('Ships in a storm'), 2);
    expect(titlesOf(found)).toEqual(['A ship in the storm at night', 'Storms and shipwrecks']);
    expect(found[0]!.similarity).toBeGreaterThan(found[1]!.similarity);
    expect(found[0]!.similarity).toBeLessThan(1);
    expect(titlesOf(await near(world.anonymous, byTitle.get('Portrait of a lady'), 1))).toEqual([
      'Portrait of a lady in red',
    ]);
    for (const [title, id] of byTitle) expect(titlesOf(await near(world.anonymous, id))).not.toContain(title);
  });

  test('exclude hidden assets, and other universes', async () => {
    const input = { title: 'Portrait of a lady', kind: 'ART' };
    const draft = (await ann.ask(create, { input })).assetCreate.asset.id as string;
    await world.settled();
    const portrait = byTitle.get('Portrait of a lady');
    expect((await near(ann, portrait))[0]).toMatchObject({ similarity: 1, asset: { id: draft } });
    for (const client of [bob, world.anonymous])
      expect(titlesOf(await near(client, portrait, 1))).toEqual(['Portrait of a lady in red']);
    const elsewhere = world.inUniverse('other');
    const stranger = await elsewhere.signUp({ displayName: 'Eve' });
    const same = (await stranger.ask(create, { input })).assetCreate.asset.id as string;
    await world.settled();
    expect(await near(stranger, same)).toEqual([]);
    expect((await near(ann, portrait)).map(({ asset }) => asset.id)).not.toContain(same);
    await ann.ask('mutation ($id: ID!) { assetPublish(input: { assetId: $id }) { asset { id } } }', { id: draft });
    expect((await near(bob, portrait))[0]).toMatchObject({ asset: { id: draft } });
  });

  test('follow a change of the title; the model is asked once for a text, and not when something else changed', async () => {
    const { assetCreate } = await ann.ask(create, { input: { title: 'Wooden chair', kind: 'ART' } });
    const { id: assetId } = assetCreate.asset;
    await world.settled();
    expect(titlesOf(await near(ann, assetId, 1))).not.toContain('Quartet in G minor');
    asked.length = 0;
    await ann.ask(update, { input: { assetId, title: 'Quartet in D minor' } });
    await world.settled();
    expect(titlesOf(await near(ann, assetId, 1))).toEqual(['Quartet in G minor']);
    await ann.ask('mutation ($id: ID!) { assetPublish(input: { assetId: $id }) { asset { id } } }', { id: assetId });
    await ann.ask('mutation ($id: ID!) { assetArchive(input: { assetId: $id }) { asset { id } } }', { id: assetId });
    await ann.ask(update, { input: { assetId, title: 'Quartet in E minor' } });
    await ann.ask(update, { input: { assetId, title: 'Quartet in D minor' } });
    await world.settled();
    expect(asked.flat().filter((text) => text === 'Quartet in D minor').length).toBeLessThanOrEqual(2);
    const [kept] = await world.database.query<{ asset_version: number }>(
      'select asset_version from assets.asset_embeddings where id = $1',
      [assetId],
    );
    const [{ left } = { left: -1 }] = await world.database.query<{ left: number }>(
      'select count(*)::int as left from assets.asset_embedding_queue',
    );
    expect([kept === undefined, left]).toEqual([false, 0]);
  });

  test('take one statement and one for their assets for a page of assets, whatever its length', async () => {
    const page = 'query ($n: Int) { assets(first: $n) { nodes { similar(first: 3) { asset { title } } } } }';
    for (const n of [2, 6]) expect(await world.statements(() => ann.ask(page, { n }))).toHaveLength(3);
  });

  test('more than fifty, or less than none, are INVALID', async () => {
    const id = byTitle.get('Ships in a storm');
    for (const first of [51, -1]) expect((await refusal(ann, similar, { id, first })).code).toBe('INVALID');
    expect(await near(ann, id, 0)).toEqual([]);
  });
});

describe('assetsLike', () => {
  const found = async (client: Client, variables: Record<string, unknown>): Promise<Found[]> =>
    (await client.ask(likeText, variables)).assetsLike;

  test('finds the assets nearest to a text, whatever its spelling, among those that match the filter', async () => {
    expect(titlesOf(await found(bob, { text: 'shipwreck stormy', first: 1 }))).toEqual(['Storms and shipwrecks']);
    const filter = { title: { startsWith: 'Portrait' } };
    for (const { asset } of await found(bob, { text: 'a ship in the storm', filter }))
      expect(asset.title).toMatch(/^Portrait/);
    expect(await world.statements(() => ann.ask(likeText, { text: 'storm' }))).toHaveLength(2);
  });

  test('shows no hidden assets, and none of another universe', async () => {
    const { assetCreate } = await ann.ask(create, { input: { title: 'Zephyr manuscript', kind: 'DOCUMENT' } });
    await world.settled();
    const search = { text: 'zephyr manuscript', first: 1 };
    expect((await found(ann, search))[0]).toMatchObject({ similarity: 1, asset: { id: assetCreate.asset.id } });
    expect(titlesOf(await found(bob, search))).not.toContain('Zephyr manuscript');
    expect(await found(await world.inUniverse('third').operator(), search)).toEqual([]);
  });

  test('is UNAUTHENTICATED for anonymous viewers, without a call of the model', async () => {
    failure = () => new Error('the model was asked');
    expect((await refusal(world.anonymous, likeText, { text: 'storm' })).code).toBe('UNAUTHENTICATED');
    failure = null;
  });

  test('an empty or endless text is INVALID, and a model that does not answer UNAVAILABLE', async () => {
    for (const text of [' ', 'x'.repeat(1001)]) expect((await refusal(ann, likeText, { text })).code).toBe('INVALID');
    failure = () => new Error('the model is away');
    expect((await refusal(ann, likeText, { text: 'storm' })).code).toBe('UNAVAILABLE');
    failure = () => new EmbeddingRefused('not this');
    expect(await refusal(ann, likeText, { text: 'storm' })).toEqual({ code: 'INVALID', path: 'text' });
    failure = null;
  });
});

describe('a new asset', () => {
  const indexed = `query ($id: ID!, $filter: AssetFilter) {
    asset(id: $id) {
      tags category { path } duplicates(minSimilarity: 0.7) { reason asset { id } } similar(first: 1) { similarity asset { id } }
    }
    assets(filter: $filter) { totalCount }
  }`;

  test('is indexed by fingerprint, vector, tags and category', async () => {
    const lines = ['Loom, with weaver', 'weaver with loom'].map((title, n) => ({
      line: n + 1,
      sourceId: `l${n}`,
      kind: 'ART',
      title,
      creators: ['Mary Loomis'],
      createdEarliest: '1901-01-01',
      tags: ['Textile Craft'],
      category: 'art/prints',
    }));
    await ann.ask(imports, { input: { source: 'looms', run: '1', lines, ownerId: ann.organizationId } });
    await world.settled();
    const filter = { tags: { hasAny: ['textile craft'] } };
    const { assets } = await ann.ask('query ($filter: AssetFilter) { assets(filter: $filter) { nodes { id } } }', {
      filter,
    });
    const [one, other] = assets.nodes.map(({ id }: { id: string }) => id);
    const found = await ann.ask(indexed, { id: one, filter });
    expect(found).toEqual({
      asset: {
        tags: ['textile craft'],
        category: { path: 'art/prints' },
        duplicates: [{ reason: 'FINGERPRINT', asset: { id: other } }],
        similar: [{ similarity: 1, asset: { id: other } }],
      },
      assets: { totalCount: 2 },
    });
  });

  test('is found by words, by a filter, and by similarity', async () => {
    const { assets, assetsLike } = await ann.ask(
      `{ assets(search: "weaver", filter: { title: { startsWith: "Loom" } }) { nodes { title } }
         assetsLike(text: "weavers at looms", first: 2, filter: { title: { contains: "loom" } }) { similarity asset { title } } }`,
    );
    expect(assets.nodes).toEqual([{ title: 'Loom, with weaver' }]);
    expect(titlesOf(assetsLike)).toContain('weaver with loom');
  });
});

describe('embedding', () => {
  const rows = () =>
    world.database.query<{ model: string; n: number }>(
      'select model, count(*)::int as n from assets.asset_embeddings group by model order by model',
    );

  test('a text that the model refuses fails alone, and failures are retried', async () => {
    failure = (texts) => (texts.some((text) => text.includes('poison')) ? new EmbeddingRefused('poison') : null);
    const lines = ['Cup of poison', 'Cup of tea', 'Cup of coffee'].map((title, n) => ({
      line: n + 1,
      sourceId: `c${n}`,
      kind: 'ART',
      title,
    }));
    await ann.ask(imports, { input: { source: 'cups', run: '1', lines, ownerId: ann.organizationId } });
    await world.settled();
    expect(titlesOf((await ann.ask(likeText, { text: 'cup', first: 3 })).assetsLike)).not.toContain('Cup of poison');
    expect((await ann.ask(likeText, { text: 'cup of tea', first: 1 })).assetsLike[0].similarity).toBe(1);
    failure = () => new Error('away');
    const { assetCreate } = await ann.ask(create, { input: { title: 'Late harvest', kind: 'ART' } });
    await world.settled();
    expect(await near(ann, assetCreate.asset.id)).toEqual([]);
    failure = null;
    await world.database.query('update assets.asset_embedding_queue set due_at = now()');
    await world.settled();
    expect((await near(ann, assetCreate.asset.id)).length).toBeGreaterThan(0);
  });

  test('a batch is as many statements for a hundred assets as for one', async () => {
    const sent: string[] = [];
    const { query, transaction } = world.database;
    vi.spyOn(world.database, 'query').mockImplementation((sql, params) => {
      sent.push(sql);
      return query(sql, params);
    });
    vi.spyOn(world.database, 'transaction').mockImplementation((fn, options) =>
      transaction((client) => {
        const counted = (sql: string, params?: unknown[]) => (sent.push(sql), client.query(sql, params));
        return fn({ ...client, query: counted } as typeof client);
      }, options),
    );
    const ofBatches =
      /left join assets.asset_embeddings|insert into assets.asset_embeddings|delete from assets.asset_emb/;
    const counts: number[] = [];
    for (const n of [1, 100]) {
      const lines = Array.from({ length: n }, (_, k) => ({
        line: k + 1,
        sourceId: `b${n}-${k}`,
        kind: 'ART',
        title: `Batch ${n} ${k}`,
      }));
      await ann.ask(imports, { input: { source: `batch${n}`, run: '1', lines, ownerId: ann.organizationId } });
      await world.settled();
      await world.database.query(`update assets.asset_embeddings set content_hash = 'old' where id in
        (select id from assets.assets where source = 'batch${n}')`);
      await world.database.query(
        `insert into assets.asset_embedding_queue (id, universe_id, created_at, updated_at, asset_id, attempts, due_at)
         select 'again_' || id, universe_id, now(), now(), id, 0, now() from assets.assets where source = 'batch${n}'`,
      );
      sent.length = 0;
      await world.settled();
      counts.push(sent.filter((sql) => ofBatches.test(sql)).length);
    }
    vi.restoreAllMocks();
    expect(counts).toEqual([3, 3]);
  });

  test('an index of the model does not change results, and is dropped with the last vector of its model', async () => {
    const id = byTitle.get('Ships in a storm');
    const before = await near(world.anonymous, id, 3);
    const names = () =>
      world.database.query<{ name: string }>(
        `select indexname as name from pg_indexes where indexname like 'asset\\_embeddings\\_near\\_%'`,
      );
    await makeNearIndex(world.database, embedder);
    await makeNearIndex(world.database, embedder);
    expect(await names()).toHaveLength(1);
    await world.database.query('set enable_seqscan = off; set enable_sort = off; set enable_bitmapscan = off');
    expect(await near(world.anonymous, id, 3)).toEqual(before);
    await world.database.query('reset enable_seqscan; reset enable_sort; reset enable_bitmapscan');
    const wide = { model: 'wide@2500', dimensions: 2500 };
    await makeNearIndex(world.database, { ...embedder, ...wide });
    expect(await names()).toHaveLength(2);
    await makeNearIndex(world.database, embedder);
    expect(await names()).toHaveLength(1);
  });

  test('a start embeds assets of another model, of a backup, and from before pgvector', async () => {
    const restarted = async (model: string): Promise<void> => {
      const house = await openHouse({
        subgraphs: subgraphs.filter(({ name }) => name === 'assets'),
        database: world.database,
        secrets: { sealingKey: new Uint8Array(32) },
        log: createLog({ level: 'silent' }),
        migrate: false,
        embedder: { ...embedder, model },
      });
      await house.settled();
      await house.close();
    };
    const [{ n } = { n: 0 }] = await world.database.query<{ n: number }>(
      'select count(*)::int as n from assets.assets',
    );
    await restarted('other-1@384');
    expect(await rows()).toEqual([{ model: 'other-1@384', n }]);
    await world.database.query('truncate assets.asset_embeddings');
    await restarted(embedder.model);
    expect(await rows()).toEqual([{ model: embedder.model, n }]);
    // As a database is that never had the extension.
    await world.database.query(
      `drop table assets.asset_embeddings, assets.asset_embedding_queue;
       drop trigger asset_embedding_new on assets.assets; drop trigger asset_embedding_changed on assets.assets;
       drop function assets.asset_embedding_queue_new, assets.asset_embedding_queue_changed; drop extension vector;
       delete from platform.migrations where name = '008-embeddings'`,
    );
    await restarted(embedder.model);
    expect(await rows()).toEqual([{ model: embedder.model, n }]);
    expect(titlesOf(await near(world.anonymous, byTitle.get('Portrait of a lady'), 2))).toContain(
      'Portrait of a lady in red',
    );
  });
});
