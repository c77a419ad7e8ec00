import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../../../gateway/config.ts';
import { FolderStore } from '../../../../platform/objects/folder-store.ts';
import type { ByteRange } from '../../../../platform/objects/object-store.ts';
import { openHouse, type House } from '../../../../platform/house/house.ts';
import { createLog } from '../../../../platform/telemetry/log.ts';
import { subgraphs } from '../../../../subgraphs/index.ts';
import { temporaryParent } from '../../../testkit/config.ts';
import { askMedia, assetFetchAttach, fetchOf, importFetch } from '../../../testkit/fetches.ts';
import { jpeg } from '../../../testkit/files.ts';
import { draftOf } from '../../../testkit/media.ts';
import { openWeb, type Web } from '../../../testkit/web.ts';
import { openWorld, type Person, type World } from '../../../testkit/world.ts';

/** A store in which one process stops at a named point, as if it had died there, until it is released. */
class StoppingStore extends FolderStore {
  stopsAt: 'put' | 'get' | null = null;
  stopped = false;
  go = (): void => {};

  async #stop(): Promise<void> {
    this.stopped = true;
    await new Promise<void>((resolve) => (this.go = resolve));
  }

  override async put(key: string, bytes: Uint8Array): Promise<void> {
    if (this.stopsAt === 'put') await this.#stop();
    return super.put(key, bytes);
  }

  override async get(key: string, range?: ByteRange) {
    const found = await super.get(key, range);
    if (this.stopsAt !== 'get' || !found) return found;
    const { body, size } = found;
    const stop = (): Promise<void> => this.#stop();
    async function* some(): AsyncGenerator<Buffer> {
      const all: Buffer[] = [];
      for await (const piece of body as AsyncIterable<Buffer>) all.push(piece);
      const whole = Buffer.concat(all);
      // Six hundred lines, of which a batch of five hundred is imported.
      const half = [...whole.entries()].filter(([, byte]) => byte === 0x0a)[599]?.[0] ?? 0;
      yield whole.subarray(0, half + 1);
      await stop();
      yield whole.subarray(half + 1);
    }
    return { size, body: Readable.from(some()) };
  }
}

let folder: string;
let web: Web;
let store: StoppingStore;
let world: World;
let ann: Person;
let picture: Buffer;
beforeAll(async () => {
  folder = await mkdtemp(join(temporaryParent(), 'fetches-'));
  web = await openWeb();
  store = new StoppingStore(folder);
  world = await openWorld({
    database: 'postgres',
    objects: store,
    env: { SOURCE_URLS: `${web.url}?internal` },
  });
  ann = await world.signUp({ displayName: 'Ann' });
  picture = await jpeg(40, 30);
});
afterAll(async () => {
  store.go();
  await world.close();
  await web[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Another process of the same database, this number of milliseconds ahead. */
function another(ahead = 0, database = world.database): Promise<House> {
  return openHouse({
    subgraphs,
    database,
    secrets: { sealingKey: new Uint8Array(32).fill(7) },
    log: createLog({ level: 'silent' }),
    clock: { now: () => new Date(Date.now() + ahead) },
    migrate: false,
    objects: new FolderStore(folder),
    sources: readConfig({ SOURCE_URLS: `${web.url}?internal` }, []).sources,
  });
}

test('a request is taken by one of two workers, and both together fetch two files of a server at once', async () => {
  const other = await another();
  let now = 0;
  let most = 0;
  const paths = Array.from({ length: 12 }, (_, n) => `/race/${n}.jpg`);
  for (const path of paths)
    web.on(path, (_request, response) => {
      most = Math.max(most, ++now);
      setImmediate(() => {
        now -= 1;
        response.end(picture);
      });
    });
  const ids: string[] = [];
  for (const path of paths) ids.push(await askMedia(ann, await draftOf(ann, ann.id), web.url + path));
  await Promise.all([world.settled(), other.settled()]);
  await Promise.all([world.settled(), other.settled()]);
  for (const id of ids) expect(await fetchOf(ann, id)).toMatchObject({ status: 'DONE', attempts: 1 });
  for (const path of paths)
    expect(
      web.requests.filter(({ url }) => url === path),
      path,
    ).toHaveLength(1);
  expect(most).toBeLessThanOrEqual(2);
  await other.close();
});

test('simultaneous requests for one file return one fetch', async () => {
  web.on('/once.jpg', (_request, response) => response.end(picture));
  const input = { assetId: await draftOf(ann, ann.id), url: `${web.url}/once.jpg` };
  store.stopsAt = 'put';
  const answers = await Promise.all(Array.from({ length: 8 }, () => ann.ask(assetFetchAttach, { input })));
  expect(new Set(answers.map((answer) => answer.assetFetchAttach.fetches[0].id)).size).toBe(1);
  store.stopsAt = null;
  store.go();
  await world.settled();
});

test('a file whose worker died before storing it is fetched by another one, and the dead one changes nothing', async () => {
  web.on('/dead.jpg', (_request, response) => response.end(picture));
  const assetId = await draftOf(ann, ann.id);
  store.stopped = false;
  store.stopsAt = 'put';
  const id = await askMedia(ann, assetId, `${web.url}/dead.jpg`);
  await expect.poll(() => store.stopped).toBe(true);
  store.stopsAt = null;
  // Within its lease it is left alone.
  const early = await another();
  await early.settled();
  expect(await fetchOf(ann, id)).toMatchObject({ status: 'RUNNING', attempts: 1 });
  await early.close();
  const other = await another(120_000);
  await other.settled();
  const done = await fetchOf(ann, id);
  expect(done).toMatchObject({ status: 'DONE', attempts: 2 });
  store.go();
  await world.settled();
  expect(await fetchOf(ann, id)).toEqual(done);
  const facts = await world.facts();
  expect(facts.filter(({ key, type }) => key === assetId && type === 'assets.media.attached')).toHaveLength(1);
  expect(facts.filter(({ key }) => key === id).map(({ payload }) => payload.status)).toEqual([
    'QUEUED',
    'RUNNING',
    'RUNNING',
    'DONE',
  ]);
  await other.close();
});

test('a catalogue continues at the line of a dead worker, without being fetched again', async () => {
  const lines = Array.from({ length: 1_100 }, (_, n) => JSON.stringify({ sourceId: `d${n}`, title: `Work ${n}` }));
  web.on('/dead.ndjson', (_request, response) => response.end(lines.join('\n')));
  store.stopped = false;
  store.stopsAt = 'get';
  const input = { url: `${web.url}/dead.ndjson`, source: 'dead', run: '1', ownerId: ann.id };
  const { assetFetchImport } = await ann.ask(importFetch, { input });
  const { id } = assetFetchImport.fetch;
  await expect.poll(() => store.stopped).toBe(true);
  await expect.poll(async () => (await fetchOf(ann, id)).line).toBe(500);
  const other = await another(120_000);
  await other.settled();
  const done = await fetchOf(ann, id);
  expect(done).toMatchObject({
    status: 'DONE',
    attempts: 2,
    line: 1_100,
    import: { total: 1_100, lastLine: 1_100, created: 1_100, updated: 0, unchanged: 0 },
  });
  expect(web.requests.filter(({ url }) => url === '/dead.ndjson')).toHaveLength(1);
  store.stopsAt = null;
  store.go();
  await world.settled();
  expect(await fetchOf(ann, id)).toEqual(done);
  const batches = (await world.facts({ types: ['assets.import.progressed'] })).filter(
    ({ payload }) => payload.source === 'dead',
  );
  expect(batches.map(({ payload }) => payload.lastLine)).toEqual([500, 1_000, 1_100]);
  await other.close();
});

test('a fetch cancelled while a worker takes it stays cancelled', async () => {
  // The world's own process keeps no objects, and so leaves fetches to those that do.
  await using quiet = await openWorld({ database: 'postgres', env: { SOURCE_URLS: `${web.url}?internal` } });
  const eve = await quiet.signUp({ displayName: 'Eve' });
  web.on('/cancelled.jpg', (_request, response) => response.end(picture));
  const id = await askMedia(eve, await draftOf(eve, eve.id), `${web.url}/cancelled.jpg`);
  // The cancelling transaction has locked the row and not committed yet.
  let commit = (): void => {};
  const wait = new Promise<void>((resolve) => (commit = resolve));
  const cancelling = quiet.database.transaction(async (client) => {
    await client.query(`update assets.asset_fetches set status = 'CANCELLED', ended_at = now() where id = $1`, [id]);
    await wait;
  });
  const other = await another(0, quiet.database);
  const settled = other.settled();
  const reaching = `select 1 from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query like '%at_places%'`;
  await expect.poll(async () => (await quiet.database.query(reaching)).length).toBe(1);
  commit();
  await Promise.all([cancelling, settled]);
  expect(await fetchOf(eve, id)).toMatchObject({ status: 'CANCELLED', attempts: 0 });
  expect(web.requests.filter(({ url }) => url === '/cancelled.jpg')).toEqual([]);
  await other.close();
});

test('a process that ends leaves its fetches to the next one, without counting an attempt', async () => {
  // The world's own process keeps no objects, and so leaves fetches to those that do.
  await using quiet = await openWorld({ database: 'postgres', env: { SOURCE_URLS: `${web.url}?internal` } });
  const eve = await quiet.signUp({ displayName: 'Eve' });
  let asked = 0;
  web.on('/leaving.jpg', (_request, response) => {
    asked += 1;
    if (asked > 1) response.end(picture);
    else response.writeHead(200).write(picture.subarray(0, 10));
  });
  const id = await askMedia(eve, await draftOf(eve, eve.id), `${web.url}/leaving.jpg`);
  await quiet.settled();
  expect(await fetchOf(eve, id)).toMatchObject({ status: 'QUEUED', attempts: 0 });
  const first = await another(0, quiet.database);
  await expect.poll(() => asked).toBe(1);
  await first.close();
  expect(await fetchOf(eve, id)).toMatchObject({ status: 'QUEUED', attempts: 0, fault: null });
  const next = await another(0, quiet.database);
  await next.settled();
  expect(await fetchOf(eve, id)).toMatchObject({ status: 'DONE', attempts: 1 });
  await next.close();
});

test('slow sources of one account do not delay others', async () => {
  await using slow = await openWeb();
  await using slower = await openWeb();
  await using prompt = await openWeb();
  const sources = [slow, slower, prompt].map(({ url }) => `${url}?internal`).join(',');
  const place = await openWorld({
    database: 'postgres',
    objects: new FolderStore(folder),
    env: { SOURCE_URLS: sources },
  });
  try {
    const [cal, dee] = [await place.signUp({ displayName: 'Cal' }), await place.signUp({ displayName: 'Dee' })];
    const held: (() => void)[] = [];
    let isOver = false;
    const mine: string[] = [];
    for (const [n, web] of [slow, slower, slow, slower].entries()) {
      web.on(`/${n}.jpg`, (_request, response) => {
        const answer = (): void => void response.end(picture);
        if (isOver) answer();
        else held.push(answer);
      });
      mine.push(await askMedia(cal, await draftOf(cal, cal.id), `${web.url}/${n}.jpg`));
    }
    await expect.poll(() => held.length, { timeout: 20_000 }).toBe(2);
    prompt.on('/dee.jpg', (_request, response) => response.end(picture));
    const hers = await askMedia(dee, await draftOf(dee, dee.id), `${prompt.url}/dee.jpg`);
    await expect.poll(async () => (await fetchOf(dee, hers)).status, { timeout: 20_000 }).toBe('DONE');
    expect(held).toHaveLength(2);
    isOver = true;
    for (const answer of held) answer();
    await place.settled();
    for (const id of mine) expect(await fetchOf(cal, id)).toMatchObject({ status: 'DONE' });
  } finally {
    await place.close();
  }
}, 60_000);
