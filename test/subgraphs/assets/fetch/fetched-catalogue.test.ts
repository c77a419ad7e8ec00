import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cancelFetch, fetchOf, importFetch, openFetchWorld, type FetchWorld } from '../../../testkit/fetches.ts';
import { refusal } from '../../../testkit/refusal.ts';
import type { Person, World } from '../../../testkit/world.ts';

let fetching: FetchWorld;
let world: World;
let ann: Person;
let museum: string;
let viewer: Person;
let stranger: Person;
beforeAll(async () => {
  fetching = await openFetchWorld({ oses: ['assets'] });
  world = fetching.world;
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  museum = ann.organizationId ?? '';
  viewer = await world.signUp({ displayName: 'Vera' });
  await world.grant(museum, viewer, 'VIEWER');
  stranger = await world.signUp({ displayName: 'Sam' });
});
afterAll(() => fetching.close());

const work = (n: number, more: object = {}): string =>
  JSON.stringify({ sourceId: `w${n}`, title: `Work ${n}`, kind: 'ART', ...more });
const works = (count: number, from = 0): string[] => Array.from({ length: count }, (_, n) => work(from + n));
const inputOf = (path: string, more: object = {}) => ({
  input: { url: fetching.web.url + path, source: `catalogue ${path}`, run: '1', ownerId: museum, ...more },
});
const serve = (path: string, body: string | Buffer): void =>
  fetching.web.on(path, (_request, response) => response.end(body));

async function imported(path: string, more: object = {}) {
  const { assetFetchImport } = await ann.ask(importFetch, inputOf(path, more));
  await world.settled();
  return fetchOf(ann, assetFetchImport.fetch.id);
}
const count = async (path: string): Promise<number> => {
  const [row] = await world.database.query<{ n: string }>('select count(*) as n from assets.assets where source = $1', [
    `catalogue ${path}`,
  ]);
  return Number(row?.n);
};

describe('assetFetchImport', () => {
  test('is refused without the permission to import, and for addresses at no source', async () => {
    expect(await refusal(world.anonymous, importFetch, inputOf('/a'))).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(viewer, importFetch, inputOf('/a'))).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(stranger, importFetch, inputOf('/a'))).toEqual({ code: 'FORBIDDEN' });
    for (const url of ['https://elsewhere.example/works.ndjson', 's3://test-bucket/open/', 'works.ndjson'])
      expect(await refusal(ann, importFetch, inputOf('/a', { url }))).toEqual({ code: 'INVALID', path: 'input.url' });
    for (const field of ['source', 'run'])
      expect(await refusal(ann, importFetch, inputOf('/a', { [field]: '' }))).toEqual({
        code: 'INVALID',
        path: `input.${field}`,
      });
  });

  test('imports a catalogue in batches with a stream of progress, and repeating it changes nothing', async () => {
    serve('/works', works(1_203).join('\n'));
    const live = await ann.subscribe(
      'subscription ($filter: AssetImportProgressedFilter) { assetImportProgressed(filter: $filter) { lastLine created } }',
      { filter: { source: { eq: 'catalogue /works' } } },
    );
    const done = await imported('/works');
    expect(done).toMatchObject({
      kind: 'CATALOGUE',
      status: 'DONE',
      line: 1_203,
      rejected: [],
      asset: null,
      owner: { id: museum },
      import: { total: 1_203, lastLine: 1_203, created: 1_203, rejected: 0 },
    });
    const batches = [];
    for (let n = 0; n < 3; n++) batches.push((await live.next()).assetImportProgressed);
    expect(batches).toEqual([
      { lastLine: 500, created: 500 },
      { lastLine: 1_000, created: 500 },
      { lastLine: 1_203, created: 203 },
    ]);
    await live.close();
    const again = await imported('/works', { run: '2' });
    expect(again.import).toMatchObject({ created: 0, updated: 0, unchanged: 1_203 });
    expect(await count('/works')).toBe(1_203);
    // The file is not stored any more, and does not count for the account.
    const uploads = 'select 1 from assets.media_uploads where created_by = $1 and expires_at > $2';
    expect(await world.database.query(uploads, [ann.id, world.clock.now()])).toEqual([]);
  });

  test('creator and owner of the assets are those of the request', async () => {
    serve('/whose', works(1).join('\n'));
    await imported('/whose', { publish: false });
    const sql = 'select owner_id, created_by, status from assets.assets where source = $1';
    expect(await world.database.query(sql, ['catalogue /whose'])).toEqual([
      { owner_id: museum, created_by: ann.id, status: 'DRAFT' },
    ]);
  });

  test('an invalid line is reported by number and fails nothing else', async () => {
    const deep = `${'{"a":'.repeat(21)}1${'}'.repeat(21)}`;
    const lines = [
      `\uFEFF${work(1)}`,
      '',
      'not JSON',
      '[1]',
      JSON.stringify({ sourceId: 'w2' }),
      work(3, { colour: 'red' }),
      work(4, { details: JSON.parse(deep) as unknown }),
      work(5, { title: 'x\u0000' }),
      work(6, { title: 'x'.repeat(1_100_000) }),
      work(7, { title: 'Cafe\u0301' }),
      work(7),
      '   ',
      work(8),
    ];
    const bytes = Buffer.concat([
      Buffer.from(lines.join('\r\n')),
      Buffer.from([0x0a, 0xff, 0x0a]),
      Buffer.from(work(9)),
    ]);
    serve('/faulty', bytes);
    const done = await imported('/faulty');
    const faults = done.rejected.map(({ line, field, code }: Record<string, unknown>) => [line, field, code]);
    expect(done).toMatchObject({ status: 'DONE', line: 15, import: { created: 4, rejected: 9 } });
    expect(faults.sort((a: number[], b: number[]) => (a[0] ?? 0) - (b[0] ?? 0))).toEqual([
      [3, null, 'invalid_format'],
      [4, null, 'invalid_type'],
      [5, 'title', 'invalid_type'],
      [6, 'colour', 'unrecognized_keys'],
      [7, 'details', 'invalid_format'],
      [8, 'title', 'invalid_format'],
      [9, null, 'too_big'],
      [11, 'sourceId', 'duplicate_line'],
      [14, null, 'invalid_format'],
    ]);
    const [{ title }] = (await world.database.query<{ title: string }>(
      `select title from assets.assets where source = 'catalogue /faulty' and source_id = 'w7'`,
    )) as [{ title: string }];
    expect(title).toBe('Caf\u00e9');
  });

  test('an empty file is done, and has no run', async () => {
    serve('/empty', '\n\n');
    expect(await imported('/empty')).toMatchObject({ status: 'DONE', line: 2, import: null });
    serve('/nothing', '');
    expect(await imported('/nothing')).toMatchObject({ status: 'DONE', line: 0, import: null });
  });

  test('works from a bucket, and keeps imported lines after cancelling', async () => {
    const objects = fetching.s3.objects as Map<string, { bytes: Buffer; at: Date }>;
    objects.set('open/works.ndjson', { bytes: Buffer.from(works(3).join('\n')), at: new Date() });
    const url = 's3://test-bucket/open/works.ndjson';
    expect(await imported('/bucket', { url })).toMatchObject({ status: 'DONE', import: { created: 3 } });
    fetching.web.on('/hanging', (_request, response) => response.write(work(1)));
    const { assetFetchImport } = await ann.ask(importFetch, inputOf('/hanging'));
    const { id } = assetFetchImport.fetch;
    await expect.poll(async () => (await fetchOf(ann, id)).status).toBe('RUNNING');
    await ann.ask(cancelFetch, { input: { fetchId: id } });
    await world.settled();
    expect(await fetchOf(ann, id)).toMatchObject({ status: 'CANCELLED', line: 0 });
    expect(await count('/hanging')).toBe(0);
  });

  test('more than 256 MiB are refused before they are sent', async () => {
    fetching.web.on('/huge', (_request, response) => {
      response.writeHead(200, { 'content-length': String(256 * 1_048_576 + 1) });
      response.write('{');
    });
    expect(await imported('/huge')).toMatchObject({ status: 'FAILED', fault: 'TOO_LARGE' });
  });

  test('field names that cannot be stored, or are as long as their line, are reported and fail nothing else', async () => {
    const token = { kind: 'NFT', structureType: 'TOKEN' };
    const caip19 = `eip155:1/erc721:0x${'a'.repeat(40)}/1`;
    const long = 'x'.repeat(500_000);
    const lines = [
      JSON.stringify({ '\0': 1 }),
      String.raw`{"\ud800":1}`,
      JSON.stringify({ [`${'a'.repeat(199)}😀`]: 1 }),
      work(1, { ...token, structure: { caip19, [long]: 1 } }),
      work(2),
    ];
    serve('/names', lines.join('\n'));
    const done = await imported('/names');
    expect(done).toMatchObject({ status: 'DONE', line: 5, import: { created: 1, rejected: 4 } });
    expect(done.rejected.map(({ line, code }: { line: number; code: string }) => [line, code])).toEqual([
      [1, 'unrecognized_keys'],
      [2, 'unrecognized_keys'],
      [3, 'unrecognized_keys'],
      [4, 'additionalProperties'],
    ]);
    expect(done.rejected.slice(0, 3).map(({ field }: { field: string }) => field)).toEqual([
      '\ufffd',
      '\ufffd',
      'a'.repeat(199),
    ]);
    // Twice a name of half a megabyte would be kept with the fetch otherwise, in each of a hundred faults.
    expect(JSON.stringify(done.rejected).length).toBeLessThan(2_000);
  });
});
