import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bomb, jpeg, pdf, svg } from '../../../testkit/files.ts';
import {
  askMedia,
  fetchOf,
  assetFetchAttach,
  openFetchWorld,
  progressed,
  type FetchWorld,
} from '../../../testkit/fetches.ts';
import { attach, draftOf, openMediaWorld } from '../../../testkit/media.ts';
import { refusal } from '../../../testkit/refusal.ts';
import type { Person, World } from '../../../testkit/world.ts';

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let fetching: FetchWorld;
let world: World;
let ann: Person;
let museum: string;
let viewer: Person;
let stranger: Person;
let far: Person;
let picture: Buffer;
beforeAll(async () => {
  fetching = await openFetchWorld({ oses: ['assets'] });
  world = fetching.world;
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  museum = ann.organizationId ?? '';
  viewer = await world.signUp({ displayName: 'Vera' });
  await world.grant(museum, viewer, 'VIEWER');
  stranger = await world.signUp({ displayName: 'Sam', organization: 'Elsewhere' });
  far = await world.inUniverse('other').operator();
  picture = await jpeg(64, 48);
  fetching.web.on('/front.jpg', (_request, response) => response.end(picture));
});
afterAll(() => fetching.close());

const draft = (): Promise<string> => draftOf(ann, museum);
const at = (path: string): string => fetching.web.url + path;
/** Fetches and waits for the end, or for the next attempt. */
async function fetched(url: string, assetId?: string) {
  const id = await askMedia(ann, assetId ?? (await draft()), url);
  await world.settled();
  return fetchOf(ann, id);
}

describe('assetFetchAttach', () => {
  test('is FORBIDDEN for assets of others, and NOT_FOUND for hidden ones', async () => {
    const input = { assetId: await draft(), url: at('/front.jpg') };
    expect(await refusal(world.anonymous, assetFetchAttach, { input })).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(viewer, assetFetchAttach, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(stranger, assetFetchAttach, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.assetId' });
    expect(await refusal(far, assetFetchAttach, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.assetId' });
    // A bucket is not even contacted.
    const before = fetching.s3.requests.length;
    const below = { ...input, url: 's3://test-bucket/open/' };
    expect(await refusal(viewer, assetFetchAttach, { input: below })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(stranger, assetFetchAttach, { input: below })).toEqual({
      code: 'NOT_FOUND',
      path: 'input.assetId',
    });
    expect(fetching.s3.requests).toHaveLength(before);
  });

  test.each([
    ['assetId', 'usr_01h455vb4pex5vsknk084sn02q'],
    ['url', ''],
    ['url', 'x'.repeat(2_001)],
    ['url', 'https://elsewhere.example/front.jpg'],
    ['url', 'http://169.254.169.254/latest/meta-data/'],
    ['url', 'http://2130706433/front.jpg'],
    ['url', 'file:///etc/passwd'],
    ['url', 's3://another-bucket/open/1.jpg'],
    ['url', 's3://test-bucket/open/../shut/1.jpg'],
    ['url', 's3://test-bucket/shut/'],
    ['url', 's3://test-bucket/open/nothing/'],
  ])('%s of %j is INVALID with its path', async (field, value) => {
    const input = { assetId: await draft(), url: at('/front.jpg'), [field]: value };
    expect(await refusal(ann, assetFetchAttach, { input })).toEqual({ code: 'INVALID', path: `input.${field}` });
  });

  test('without sources nothing can be fetched, with CONFLICT', async () => {
    const media = await openMediaWorld({ oses: ['assets'] });
    try {
      const ben = await media.world.signUp({ displayName: 'Ben' });
      const input = { assetId: await draftOf(ben, ben.id), url: 'https://images.example.org/front.jpg' };
      const [error] = await ben.askForErrors(assetFetchAttach, { input });
      expect(error?.extensions.code).toBe('CONFLICT');
      expect(error?.message).toContain('SOURCE_URLS');
    } finally {
      await media.close();
    }
  });

  test('returns at once, and the file becomes a medium of the asset, with a stream of progress', async () => {
    const assetId = await draft();
    const { assetFetchAttach: asked } = await ann.ask(assetFetchAttach, {
      input: { assetId, url: at('/front.jpg?size=full') },
    });
    expect(asked.fetches).toMatchObject([{ status: 'QUEUED', url: at('/front.jpg?size=full') }]);
    const [{ id, liveCursor }] = asked.fetches;
    await using live = await viewer.subscribe(progressed, { after: liveCursor, filter: { fetchId: { eq: id } } });
    const seen = [];
    for (let n = 0; n < 3; n++) seen.push((await live.next()).assetFetchProgressed);
    expect(seen.map(({ status, attempts }) => [status, attempts])).toEqual([
      ['QUEUED', 0],
      ['RUNNING', 1],
      ['DONE', 1],
    ]);
    expect(seen[2]).toMatchObject({ received: picture.length, fault: null });
    const done = await fetchOf(ann, id);
    expect(done).toMatchObject({
      kind: 'MEDIA',
      status: 'DONE',
      received: picture.length,
      attempts: 1,
      nextAttemptAt: null,
      fault: null,
      reason: null,
      owner: { id: museum },
      createdBy: { id: ann.id },
      asset: { id: assetId },
      media: { sha256: hashOf(picture), fileName: 'front.jpg', kind: 'IMAGE', createdBy: { id: ann.id } },
    });
    const { asset } = await ann.ask('query ($id: ID!) { asset(id: $id) { media { id } image(width: 10) { url } } }', {
      id: assetId,
    });
    expect(asset.media).toEqual([{ id: done.media.id }]);
    const types = (await world.facts({ key: assetId })).map(({ type, actor, onBehalfOf }) => [type, actor, onBehalfOf]);
    expect(types.at(-1)).toEqual(['assets.media.attached', 'svc_assets', ann.id]);
    // A replay from the beginning returns the same.
    await using again = await ann.subscribe(progressed, {
      after: seen[0].cursor,
      filter: { assetId: { eq: assetId } },
    });
    expect((await again.next()).assetFetchProgressed.status).toBe('RUNNING');
    await using theirs = await stranger.subscribe(progressed, { after: liveCursor });
    await fetched(at('/front.jpg'));
    expect(theirs.pending()).toEqual([]);
    expect(await fetchOf(stranger, id)).toBeNull();
    expect(await fetchOf(far, id)).toBeNull();
  });

  test('takes as many statements for fifty objects as for one', async () => {
    const objects = fetching.s3.objects as Map<string, { bytes: Buffer; at: Date }>;
    for (let n = 0; n < 50; n++) objects.set(`open/many/${n}.jpg`, { bytes: picture, at: new Date() });
    const counts: number[] = [];
    for (const url of ['s3://test-bucket/open/many/7.jpg', 's3://test-bucket/open/many/']) {
      const input = { assetId: await draft(), url };
      const statements = await world.statements(() => ann.ask(assetFetchAttach, { input }));
      counts.push(statements.filter((sql) => !/asset_fetches f\s|hashtext\('assets.fetches.take'\)/.test(sql)).length);
    }
    await world.settled();
    expect(counts[1]).toBeLessThanOrEqual((counts[0] ?? 0) + 2);
    objects.set(`open/many/too.jpg`, { bytes: picture, at: new Date() });
    const input = { assetId: await draft(), url: 's3://test-bucket/open/many/' };
    expect(await refusal(ann, assetFetchAttach, { input })).toEqual({ code: 'INVALID', path: 'input.url' });
  });

  test('fetches all objects below a prefix of a bucket, each separately', async () => {
    const objects = fetching.s3.objects as Map<string, { bytes: Buffer; at: Date }>;
    const files = await Promise.all([1, 2, 3].map((seed) => jpeg(20, 20, { seed })));
    for (const [n, bytes] of files.entries()) objects.set(`open/album/Seite ${n}+.jpg`, { bytes, at: new Date() });
    const assetId = await draft();
    const { assetFetchAttach: asked } = await ann.ask(assetFetchAttach, {
      input: { assetId, url: 's3://test-bucket/open/album/' },
    });
    expect(asked.fetches).toHaveLength(3);
    await world.settled();
    const { asset } = await ann.ask('query ($id: ID!) { asset(id: $id) { media { fileName sha256 } } }', {
      id: assetId,
    });
    expect(new Set(asset.media.map((each: { sha256: string }) => each.sha256))).toEqual(new Set(files.map(hashOf)));
    expect(asset.media.map((each: { fileName: string }) => each.fileName).sort()[0]).toBe('Seite 0+.jpg');
    fetching.s3.failNext(1, 503);
    const input = { assetId, url: 's3://test-bucket/open/album/' };
    expect(await refusal(ann, assetFetchAttach, { input })).toEqual({ code: 'UNAVAILABLE', path: 'input.url' });
  });

  test('the same address requested twice is fetched once, and the same content is one medium', async () => {
    const assetId = await draft();
    const gone: (() => void)[] = [];
    fetching.web.on('/slow.jpg', async (_request, response) => {
      await new Promise<void>((resolve) => gone.push(resolve));
      response.end(picture);
    });
    const first = await askMedia(ann, assetId, at('/slow.jpg'));
    expect(await askMedia(ann, assetId, at('/slow.jpg'))).toBe(first);
    await expect.poll(() => gone.length).toBe(1);
    gone.forEach((go) => go());
    await world.settled();
    const second = await fetched(at('/front.jpg'), assetId);
    expect(second.media.id).toBe((await fetchOf(ann, first)).media.id);
    const { media } = await attach(world, ann, assetId, picture);
    expect(media.id).toBe(second.media.id);
  });

  test('with two hundred of one account under way the next one is TOO_MANY', async () => {
    const eager = await world.signUp({ displayName: 'Eager' });
    const assetId = await draftOf(eager, eager.id);
    await world.database.query(
      `insert into assets.asset_fetches (id, universe_id, created_at, updated_at, kind, asset_id, owner_id, created_by, correlation_id,
         url, place, status, attempts, next_at, received, line, taken_bytes, rejected)
       select 'aft_' || n, 'main', now(), now(), 'MEDIA', $1, $2, $2, '', 'https://x/' || n, 'x', 'QUEUED', 0, now() + interval '1 day',
         0, 0, 0, '[]' from generate_series(1, 200) n`,
      [assetId, eager.id],
    );
    const input = { assetId, url: at('/front.jpg') };
    expect(await refusal(eager, assetFetchAttach, { input })).toEqual({ code: 'TOO_MANY' });
    await world.database.query('delete from assets.asset_fetches where created_by = $1', [eager.id]);
  });
});

describe('answers of a source', () => {
  test.each([
    [404, 'FAILED'],
    [403, 'FAILED'],
    [429, 'QUEUED'],
    [503, 'QUEUED'],
  ])('%i is reported without the body of the answer, and the fetch is %s', async (status, then) => {
    fetching.web.on('/status', (_request, response) =>
      response.writeHead(status, { 'retry-after': '100' }).end('a secret'),
    );
    const told = await fetched(at('/status'));
    expect(told).toMatchObject({ status: then, fault: 'STATUS', reason: `The source answers ${status}.`, attempts: 1 });
    expect(JSON.stringify(told)).not.toContain('secret');
    // The wait requested by the source counts if it is longer than our own.
    const wait = told.nextAttemptAt && Date.parse(told.nextAttemptAt) - Date.now();
    if (then === 'QUEUED') expect(wait).toBeGreaterThan(60_000);
    else expect(wait).toBeNull();
    await world.database.query(`delete from assets.asset_fetches where status = 'QUEUED'`);
  });

  test('temporary failures are retried with growing delays, and then succeed', async () => {
    let failures = 4;
    fetching.web.on('/shaky.jpg', (_request, response) => {
      if (failures-- > 0) response.writeHead(500).end();
      else response.end(picture);
    });
    const id = await askMedia(ann, await draft(), at('/shaky.jpg'));
    await world.settled();
    const waits: number[] = [];
    for (let n = 0; n < 4; n++) {
      const { nextAttemptAt } = await fetchOf(ann, id);
      const wait = Date.parse(nextAttemptAt) - world.clock.now().getTime();
      waits.push(wait);
      world.clock.turn(wait + 1);
      await world.settled();
    }
    world.clock.reset();
    expect(waits.map((wait) => Math.ceil(wait / 10_000))).toEqual([1, 4, 16, 64]);
    expect(await fetchOf(ann, id)).toMatchObject({ status: 'DONE', attempts: 5, fault: null });
    failures = 9;
    const never = await askMedia(ann, await draft(), at('/shaky.jpg'));
    await world.settled();
    for (let n = 0; n < 4; n++) {
      world.clock.turn(3_600_000);
      await world.settled();
    }
    world.clock.reset();
    expect(await fetchOf(ann, never)).toMatchObject({ status: 'FAILED', attempts: 5, fault: 'STATUS' });
    expect(failures).toBe(4);
  });

  test('a redirect to an internal address is not followed, and looks like a missing server', async () => {
    let inside = 0;
    fetching.web.on('/inside', (_request, response) => {
      inside += 1;
      response.end(picture);
    });
    const to = (path: string, location: string): void =>
      fetching.web.on(path, (_request, response) => response.writeHead(302, { location }).end());
    to('/to-inside', `http://localhost:${fetching.web.port}/inside`);
    to('/to-metadata', 'http://169.254.169.254/latest/meta-data/');
    to('/to-file', 'file:///etc/passwd');
    to('/to-front', '/front.jpg');
    expect(await fetched(at('/to-inside'))).toMatchObject({ status: 'QUEUED', fault: 'UNREACHABLE' });
    // A direct internal address: the same answer as without a listening server.
    const direct = await fetched(`http://localhost:${fetching.web.port}/inside`);
    expect(direct).toMatchObject({
      fault: 'UNREACHABLE',
      reason: 'The source cannot be reached, or the connection broke off.',
    });
    expect(await fetched(at('/to-metadata'))).toMatchObject({ status: 'FAILED', fault: 'REDIRECT_NOT_ALLOWED' });
    expect(await fetched(at('/to-file'))).toMatchObject({ status: 'FAILED', fault: 'REDIRECT_NOT_ALLOWED' });
    expect(await fetched(at('/to-front'))).toMatchObject({ status: 'DONE' });
    expect(inside).toBe(0);
    await world.database.query(`delete from assets.asset_fetches where status = 'QUEUED'`);
  });

  test.each<[string, () => Buffer]>([
    ['page.html', () => Buffer.from('<html>the secret of the house</html>')],
    ['front.svg', () => svg],
    ['empty.jpg', () => Buffer.alloc(0)],
    ['bomb.png', () => bomb(20_000, 20_000)],
  ])('%s is refused, without revealing its content', async (name, bytes) => {
    fetching.web.on(`/${name}`, (_request, response) => response.end(bytes()));
    const told = await fetched(at(`/${name}`));
    expect(told).toMatchObject({ status: 'FAILED', fault: 'CONTENT_REFUSED', media: null });
    expect(told.reason).toBe('The file is not of an accepted kind, is damaged, or is too large for its kind.');
  });

  test('the content determines the type of a file, whatever the server states', async () => {
    fetching.web.on('/said.jpg', (_request, response) =>
      response
        .writeHead(200, { 'content-type': 'image/jpeg', 'content-disposition': 'attachment; filename="a.jpg"' })
        .end(pdf),
    );
    expect((await fetched(at('/said.jpg'))).media).toMatchObject({ kind: 'DOCUMENT', fileName: 'said.jpg' });
  });

  test('files announced as too large are not fetched, and compressed answers are refused', async () => {
    fetching.web.on('/huge', (_request, response) => {
      response.writeHead(200, { 'content-length': String(1024 * 1_048_576 + 1) });
      response.write('x');
    });
    expect(await fetched(at('/huge'))).toMatchObject({ status: 'FAILED', fault: 'TOO_LARGE' });
    fetching.web.on('/packed', (_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
    );
    expect(await fetched(at('/packed'))).toMatchObject({ status: 'FAILED', fault: 'ENCODED' });
  });

  test('files beyond the quota are not fetched; running fetches count', async () => {
    const full = await world.signUp({ displayName: 'Full' });
    const assetId = await draftOf(full, full.id);
    const room = 1_000;
    await world.database.query(
      `insert into assets.media (id, universe_id, created_at, updated_at, asset_id, created_by, kind, file_name, content_type, size, sha256, position)
       select 'med_full' || n, 'main', now(), now(), 'ast_none', $1, 'VIDEO', 'x', 'video/mp4', 1073741824 - case n when 1 then $2::int else 0 end, n::text, n
       from generate_series(1, 20) n`,
      [full.id, room],
    );
    // Announced, and not announced: it stops where the room ends.
    fetching.web.on('/announced', (_request, response) => response.end(Buffer.alloc(room + 1)));
    fetching.web.on('/unannounced', (_request, response) => {
      response.write(Buffer.alloc(room));
      response.end(Buffer.alloc(1));
    });
    for (const path of ['/announced', '/unannounced']) {
      const id = await askMedia(full, assetId, at(path));
      await world.settled();
      expect(await fetchOf(full, id), path).toMatchObject({ status: 'FAILED', fault: 'OVER_QUOTA' });
    }
    expect(
      await world.database.query('select 1 from assets.media_uploads where created_by = $1 and expires_at > now()', [
        full.id,
      ]),
    ).toEqual([]);
    await world.database.query('delete from assets.media where created_by = $1', [full.id]);
  });
});
