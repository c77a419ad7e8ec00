import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EmbeddingRefused, EmbeddingUnavailable, type Embedder } from '../../../platform/embeddings/embedder.ts';
import { hashingEmbedder } from '../../../platform/embeddings/hashing.ts';
import { refusal } from '../../testkit/refusal.ts';
import { openWorld, type Client, type Person, type World } from '../../testkit/world.ts';

const create = 'mutation ($input: AssetCreateInput!) { assetCreate(input: $input) { asset { id version } } }';
const update = 'mutation ($input: AssetUpdateInput!) { assetUpdate(input: $input) { asset { id version } } }';
const index = `mutation ($id: ID!) {
  assetIndex(input: { assetId: $id }) { asset { status version indexing { requestedBy { id } checkedAt problems { code } } } }
}`;
const reopen = 'mutation ($id: ID!) { assetReopen(input: { assetId: $id }) { asset { status } } }';
const publish = 'mutation ($id: ID!) { assetPublish(input: { assetId: $id }) { asset { status } } }';
const imports = 'mutation ($input: AssetImportInput!) { assetImport(input: $input) { created } }';
const read = `query ($id: ID!) {
  asset(id: $id) { status version indexing { requestedBy { id } checkedAt problems { code path message } } }
}`;

let failure: Error | null = null;
const inner = hashingEmbedder();
const embedder: Embedder = {
  ...inner,
  embed: (texts, signal) => (failure ? Promise.reject(failure) : inner.embed(texts, signal)),
};

let world: World;
let ann: Person;
let museum: string;
let bea: Person;
beforeAll(async () => {
  world = await openWorld({ oses: ['assets'], embedder });
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  museum = ann.organizationId ?? '';
  bea = await world.signUp({ displayName: 'Bea', organization: 'Gallery' });
});
afterAll(() => world.close());
beforeEach(() => (failure = null) as never);

const draft = async (more: Record<string, unknown> = {}): Promise<string> =>
  (await ann.ask(create, { input: { title: 'Work', kind: 'ART', ownerId: museum, ...more } })).assetCreate.asset.id;
const shown = async (id: string, client: Client = ann) => (await client.ask(read, { id })).asset;
const typesOf = async (key: string) =>
  (await world.facts({ key })).map(({ type }) => type.replace('assets.asset.', ''));
const left = () => world.database.query('select id from assets.asset_indexings');

describe('assetIndex', () => {
  test('requests it, and the worker sets the status as the OS itself, without a new version', async () => {
    const id = await draft();
    const { assetIndex } = await ann.ask(index, { id });
    expect(assetIndex.asset).toMatchObject({ version: 1, indexing: { requestedBy: { id: ann.id }, problems: [] } });
    await world.settled();
    expect(await shown(id)).toEqual({ status: 'INDEXED', version: 1, indexing: null });
    const [, requested, indexed] = await world.facts({ key: id });
    expect(requested).toMatchObject({ type: 'assets.asset.indexRequested', actor: ann.id });
    expect(indexed).toMatchObject({
      type: 'assets.asset.indexed',
      actor: 'svc_assets',
      payload: { assetId: id, ownerId: museum, previousStatus: 'DRAFT' },
    });
    expect(await left()).toEqual([]);
    await ann.ask(update, { input: { assetId: id, title: 'Work II', ifVersion: 1 } });
    await ann.ask(index, { id });
    await world.settled();
    expect(await typesOf(id)).toEqual(['created', 'indexRequested', 'indexed', 'updated']);
    expect((await shown(id)).status).toBe('INDEXED');
  });

  test('a draft without a request stays one, however it was added', async () => {
    const id = await draft();
    const lines = [{ line: 1, sourceId: 'quiet', title: 'Quiet', kind: 'ART' }];
    await ann.ask(imports, { input: { source: 'test', run: 'q', publish: false, ownerId: museum, lines } });
    await world.settled();
    expect((await shown(id)).status).toBe('DRAFT');
    const { assets } = await ann.ask('{ assets(filter: { title: { eq: "Quiet" } }) { nodes { status } } }');
    expect(assets.nodes).toEqual([{ status: 'DRAFT' }]);
  });

  test('writes the words and the duplicate keys that an earlier version left out', async () => {
    const id = await draft({ title: 'Zinnia plate IV', creators: ['Maria Roe'] });
    await world.settled();
    await world.database.query(
      'update assets.assets set words = null, match_title = null, match_creator = null, match_numbers = null where id = $1',
      [id],
    );
    const found = () => ann.ask('{ assets(search: "zinnia") { nodes { id } } }');
    expect((await found()).assets.nodes).toEqual([]);
    await ann.ask(index, { id });
    await world.settled();
    expect((await found()).assets.nodes).toEqual([{ id }]);
    const keys = 'select match_title, match_creator, match_numbers from assets.assets where id = $1';
    expect(await world.database.query(keys, [id])).toEqual([
      { match_title: 'iv plate zinnia', match_creator: 'maria roe', match_numbers: 'iv' },
    ]);
  });

  test('a structure refused by the newest schema is reported with its path, and indexed once it is corrected', async () => {
    const id = await draft({ structureType: 'ARTWORK', structure: { signed: true } });
    await world.settled();
    await world.database.query(`update assets.assets set structure = '{"signed": "yes", "colour": 1}' where id = $1`, [
      id,
    ]);
    await ann.ask(index, { id });
    await world.settled();
    const { status, indexing } = await shown(id);
    expect(status).toBe('DRAFT');
    expect(indexing.problems.map(({ code, path }: { code: string; path: string[] }) => [code, path.join('.')])).toEqual(
      [
        ['STRUCTURE_INVALID', 'structure.colour'],
        ['STRUCTURE_INVALID', 'structure.signed'],
      ],
    );
    // Visible to its owners only, also after publishing.
    await ann.ask(index, { id });
    await world.settled();
    expect(await typesOf(id)).toEqual(['created', 'indexRequested', 'indexRefused']);
    await ann.ask(update, { input: { assetId: id, structure: { signed: false } } });
    await world.settled();
    expect(await shown(id)).toMatchObject({ status: 'INDEXED', indexing: null });
    expect(await typesOf(id)).toEqual(['created', 'indexRequested', 'indexRefused', 'updated', 'indexed']);
  });

  test('waits for an upload under way, until it is attached or expires', async () => {
    const id = await draft();
    const far = new Date(Date.now() + 3_600_000);
    await world.database.query(
      `insert into assets.media_uploads (id, universe_id, created_at, updated_at, asset_id, created_by, file_name, size, expires_at, state,
         received, parts, tail)
       values ('mup_1', 'main', now(), now(), $1, $2, 'a.png', 10, $3, 'OPEN', 0, '[]', 0)`,
      [id, ann.id, far],
    );
    await ann.ask(index, { id });
    await world.settled();
    expect((await shown(id)).indexing.problems).toMatchObject([{ code: 'UPLOAD_UNFINISHED', path: [] }]);
    expect(await typesOf(id)).toEqual(['created', 'indexRequested']);
    await world.database.query(`delete from assets.media_uploads where id = 'mup_1'`);
    await world.database.query('update assets.asset_indexings set due_at = now() where id = $1', [id]);
    await world.settled();
    expect((await shown(id)).status).toBe('INDEXED');
  });

  test('waits for a file that is being fetched', async () => {
    const id = await draft();
    const far = new Date(Date.now() + 3_600_000);
    await world.database.query(
      `insert into assets.asset_fetches (id, universe_id, created_at, updated_at, kind, asset_id, owner_id, created_by, correlation_id, url,
         place, status, attempts, next_at, received, line, taken_bytes, rejected)
       values ('aft_1', 'main', now(), now(), 'MEDIA', $1, $2, $2, 'test', 'https://source.invalid/a.png', 'source.invalid', 'QUEUED', 1,
         $3, 0, 0, 0, '[]')`,
      [id, ann.id, far],
    );
    await ann.ask(index, { id });
    await world.settled();
    expect((await shown(id)).indexing.problems).toMatchObject([{ code: 'UPLOAD_UNFINISHED', path: [] }]);
    await world.database.query(`update assets.asset_fetches set status = 'DONE' where id = 'aft_1'`);
    await world.database.query('update assets.asset_indexings set due_at = now() where id = $1', [id]);
    await world.settled();
    expect((await shown(id)).status).toBe('INDEXED');
  });

  test('waits for its vector, and reports if the model refuses the texts', async () => {
    failure = new EmbeddingUnavailable('away');
    const waits = await draft({ title: 'Waits' });
    await ann.ask(index, { id: waits });
    await world.settled();
    expect((await shown(waits)).indexing.problems).toMatchObject([{ code: 'VECTOR_PENDING' }]);
    failure = null;
    await world.database.query('update assets.asset_embedding_queue set due_at = now()');
    await world.settled();
    expect((await shown(waits)).status).toBe('INDEXED');
    failure = new EmbeddingRefused('no');
    const refused = await draft({ title: 'Refused' });
    await ann.ask(index, { id: refused });
    await world.settled();
    expect((await shown(refused)).indexing.problems).toMatchObject([{ code: 'VECTOR_MISSING' }]);
    failure = null;
    await ann.ask(update, { input: { assetId: refused, title: 'Taken' } });
    await world.settled();
    expect((await shown(refused)).status).toBe('INDEXED');
  });

  test('is withdrawn by assetReopen, by publishing and by transferring the draft', async () => {
    failure = new EmbeddingUnavailable('away');
    const reopened = await draft();
    const published = await draft();
    const given = await draft();
    for (const id of [reopened, published, given]) await ann.ask(index, { id });
    await world.settled();
    expect(await left()).toHaveLength(3);
    expect((await ann.ask(reopen, { id: reopened })).assetReopen.asset.status).toBe('DRAFT');
    await ann.ask(reopen, { id: reopened });
    await ann.ask(publish, { id: published });
    await world.grant(bea.organizationId ?? '', ann, 'ADMIN');
    const give = 'mutation ($input: AssetTransferInput!) { assetTransfer(input: $input) { asset { id } } }';
    await ann.ask(give, { input: { assetId: given, receiverId: bea.organizationId } });
    expect((await shown(given, bea)).indexing).toBeNull();
    failure = null;
    await world.database.query('update assets.asset_embedding_queue set due_at = now()');
    await world.settled();
    expect(await left()).toEqual([]);
    expect(await typesOf(reopened)).toEqual(['created', 'indexRequested', 'reopened']);
    expect((await shown(reopened)).status).toBe('DRAFT');
    const history =
      'query ($id: ID!) { asset(id: $id) { history(first: 1) { nodes { factType changes { field } } } } }';
    expect((await ann.ask(history, { id: reopened })).asset.history.nodes).toEqual([
      { factType: 'assets.asset.reopened', changes: [] },
    ]);
    expect((await shown(published)).status).toBe('PUBLISHED');
    expect((await shown(given, bea)).status).toBe('DRAFT');
  });

  test('only the owners see what is missing, and get the outcome', async () => {
    failure = new EmbeddingUnavailable('away');
    const id = await draft();
    await ann.ask(index, { id });
    const others = await world.signUp();
    expect((await others.ask(read, { id })).asset).toBeNull();
    const stream =
      'subscription ($filter: AssetIndexedFilter) { assetIndexed(filter: $filter) { indexed asset { id } } }';
    expect((await refusal(world.anonymous, index, { id })).code).toBe('UNAUTHENTICATED');
    await using heard = await ann.subscribe(stream, { filter: { assetId: { eq: id } } });
    await using deaf = await bea.subscribe(stream);
    failure = null;
    await world.database.query('update assets.asset_embedding_queue set due_at = now()');
    await world.settled();
    expect((await heard.next()).assetIndexed).toEqual({ indexed: true, asset: { id } });
    const own = (await bea.ask(create, { input: { title: 'Own', kind: 'ART' } })).assetCreate.asset.id;
    await bea.ask(index, { id: own });
    await world.settled();
    expect((await deaf.next()).assetIndexed).toEqual({ indexed: true, asset: { id: own } });
  });

  test('takes as many statements for a batch of drafts as for one, and an import requests all of its drafts at once', async () => {
    const batch = (n: number, run: string) => ({
      source: 'many',
      run,
      publish: false,
      index: true,
      ownerId: museum,
      lines: Array.from({ length: n }, (_, at) => ({
        line: at + 1,
        sourceId: `${run}${at}`,
        title: `${run} ${at}`,
        kind: 'ART',
      })),
    });
    const counts: number[] = [];
    for (const [n, run] of [
      [1, 'a'],
      [40, 'b'],
    ] as const)
      counts.push((await world.statements(() => ann.ask(imports, { input: batch(n, run) }))).length);
    expect(counts[0]).toBe(counts[1]);
    await world.settled();
    const { assets } = await ann.ask(
      '{ assets(filter: { source: { eq: "many" }, status: { eq: INDEXED } }) { totalCount } }',
    );
    expect(assets.totalCount).toBe(41);
    const many = '{ assets(filter: { source: { eq: "many" } }, first: N) { nodes { indexing { checkedAt } } } }';
    for (const n of ['2', '30']) expect(await world.statements(() => ann.ask(many.replace('N', n)))).toHaveLength(1);
  });
});
