import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Upload } from 'tus-js-client';
import { contentKey } from '../../../../platform/objects/object-store.ts';
import { bomb, glb, jpeg, pdf, svg, wav } from '../../../testkit/files.ts';
import {
  attach,
  begin,
  beginUpload,
  complete,
  draftOf,
  openMediaWorld,
  patch,
  type MediaWorld,
} from '../../../testkit/media.ts';
import { refusal } from '../../../testkit/refusal.ts';
import type { Person, World } from '../../../testkit/world.ts';

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const head = (url: URL): Promise<Response> => fetch(url, { method: 'HEAD', headers: { 'tus-resumable': '1.0.0' } });
const offsetOf = async (url: URL): Promise<number> => Number((await head(url)).headers.get('upload-offset'));

let media: MediaWorld;
let world: World;
let ann: Person;
let museum: string;
let viewer: Person;
let stranger: Person;
let far: Person;
let picture: Buffer;
beforeAll(async () => {
  media = await openMediaWorld({ oses: ['assets'], env: { CORS_ORIGINS: 'https://app.example' } });
  world = media.world;
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  museum = ann.organizationId ?? '';
  viewer = await world.signUp({ displayName: 'Vera' });
  await world.grant(museum, viewer, 'VIEWER');
  stranger = await world.signUp({ displayName: 'Sam', organization: 'Elsewhere' });
  far = await world.inUniverse('other').operator();
  picture = await jpeg(640, 480);
});
afterAll(() => media.close());

const draft = (): Promise<string> => draftOf(ann, museum);
/** Whether somebody writes this upload now. */
const isWritten = async (id: string): Promise<boolean> => {
  const sql = 'select 1 from assets.media_uploads where id = $1 and writer is not null';
  return (await world.database.query(sql, [id])).length === 1;
};

describe('mediaUploadBegin', () => {
  test('is FORBIDDEN for assets of others, and NOT_FOUND for hidden ones', async () => {
    const input = { assetId: await draft(), fileName: 'a.jpg', size: 10 };
    expect(await refusal(world.anonymous, begin, { input })).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(viewer, begin, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(stranger, begin, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.assetId' });
    expect(await refusal(far, begin, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.assetId' });
  });

  test.each([
    ['size', 0],
    ['size', 1024 * 1_048_576 + 1],
    ['fileName', ' '],
    ['fileName', 'x'.repeat(256)],
    ['sha256', 'ABC'],
    ['assetId', 'usr_01h455vb4pex5vsknk084sn02q'],
  ])('an invalid %s is INVALID with its path (%#)', async (field, value) => {
    const input = { assetId: await draft(), fileName: 'a.jpg', size: 10, [field]: value };
    expect(await refusal(ann, begin, { input })).toEqual({ code: 'INVALID', path: `input.${field}` });
  });

  test('a name loses folders and direction characters, and takes four statements', async () => {
    const input = { assetId: await draft(), fileName: '../../etc/\u202epass\nwd.jpg', size: 10 };
    let answer: { mediaUploadBegin: { upload: { fileName: string } } } | undefined;
    const statements = await world.statements(async () => {
      answer = await ann.ask(begin, { input });
    });
    expect(answer?.mediaUploadBegin.upload.fileName).toBe('passwd.jpg');
    expect(statements).toHaveLength(4);
  });

  test('with a hundred under way the next one is TOO_MANY', async () => {
    const eager = await world.signUp({ organization: 'Eager' });
    const input = { assetId: await draftOf(eager, eager.organizationId ?? ''), fileName: 'a.jpg', size: 10 };
    const fields = Array.from({ length: 20 }, (_, n) => `u${n}: mediaUploadBegin(input: $input) { upload { id } }`);
    for (let round = 0; round < 5; round++)
      await eager.ask(`mutation ($input: MediaUploadBeginInput!) { ${fields.join(' ')} }`, { input });
    expect(await refusal(eager, begin, { input })).toEqual({ code: 'TOO_MANY' });
  });
});

describe('the address of an upload', () => {
  test('accepts bytes in pieces, and returns how many have arrived', async () => {
    const { id, url } = await beginUpload(world, ann, await draft(), picture.length);
    expect((await patch(url, 0, picture.subarray(0, 1000))).headers.get('upload-offset')).toBe('1000');
    expect((await patch(url, 500, picture.subarray(500))).status).toBe(409);
    expect((await patch(url, 1000, picture.subarray(1000, 1500))).status).toBe(204);
    expect(await offsetOf(url)).toBe(1500);
    expect(await refusal(ann, complete, { input: { uploadId: id } })).toEqual({
      code: 'CONFLICT',
      path: 'input.uploadId',
    });
    expect((await patch(url, 1500, picture.subarray(1500))).status).toBe(204);
    const { mediaUploadComplete } = await ann.ask(complete, { input: { uploadId: id } });
    expect(mediaUploadComplete.media.sha256).toBe(hashOf(picture));
    expect((await patch(url, 1500, picture.subarray(1500))).status).toBe(409);
    expect((await patch(url, picture.length, Buffer.alloc(0))).status).toBe(204);
  });

  test('a sender that disconnects in the middle continues from the received bytes', async () => {
    const bytes = await jpeg(400, 300, { seed: 3 });
    const { id, url } = await beginUpload(world, ann, await draft(), bytes.length);
    const leaving = new AbortController();
    const half = bytes.subarray(0, bytes.length >> 1);
    const slow = new ReadableStream({
      start: (controller) => controller.enqueue(half),
      cancel: () => undefined,
    });
    const sent = fetch(url, {
      method: 'PATCH',
      headers: { 'tus-resumable': '1.0.0', 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
      body: slow,
      duplex: 'half',
      signal: leaving.signal,
    } as RequestInit);
    await expect.poll(() => isWritten(id)).toBe(true);
    expect((await patch(url, 0, bytes)).status).toBe(423);
    leaving.abort();
    await expect(sent).rejects.toThrow();
    await expect.poll(() => offsetOf(url)).toBe(half.length);
    expect((await patch(url, half.length, bytes.subarray(half.length))).status).toBe(204);
    const { mediaUploadComplete } = await ann.ask(complete, { input: { uploadId: id } });
    expect(mediaUploadComplete.media.sha256).toBe(hashOf(bytes));
  });

  test('a client that speaks tus sends a film of several parts, and resumes it', async () => {
    // The header of an MP4, and 20 MiB without content.
    const film = Buffer.concat([
      Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isommp42', 'latin1'),
      randomBytes(20 * 1_048_576),
    ]);
    const { id, url } = await beginUpload(world, ann, await draft(), film.length, { sha256: hashOf(film) });
    const send = (stopAt: number): Promise<string> =>
      new Promise((resolve, reject) => {
        const upload = new Upload(film, {
          uploadUrl: url.href,
          chunkSize: 6 * 1_048_576,
          retryDelays: [100],
          onError: reject,
          onSuccess: () => resolve('sent'),
          onChunkComplete: (_size, sent) => {
            if (sent >= stopAt) void upload.abort().then(() => resolve('stopped'), reject);
          },
        });
        upload.start();
      });
    expect(await send(7 * 1_048_576)).toBe('stopped');
    expect(await offsetOf(url)).toBe(12 * 1_048_576);
    expect(await send(Infinity)).toBe('sent');
    const { mediaUploadComplete } = await ann.ask(complete, { input: { uploadId: id } });
    expect(mediaUploadComplete.media).toMatchObject({ kind: 'VIDEO', size: film.length, sha256: hashOf(film) });
    const { media: made } = mediaUploadComplete;
    const end = await fetch(new URL(made.url as string, world.url), { headers: { range: 'bytes=-16' } });
    expect(end.status).toBe(206);
    expect(Buffer.from(await end.arrayBuffer())).toEqual(film.subarray(-16));
  });

  test('supports clients that create uploads', async () => {
    const { url } = await beginUpload(world, ann, await draft(), 10);
    const post = (length: number): Promise<Response> =>
      fetch(url, { method: 'POST', headers: { 'tus-resumable': '1.0.0', 'upload-length': String(length) } });
    const created = await post(10);
    expect([created.status, new URL(created.headers.get('location') ?? '', url).href]).toEqual([201, url.href]);
    expect((await post(11)).status).toBe(400);
    const options = await fetch(url, { method: 'OPTIONS' });
    expect(options.headers.get('tus-extension')).toBe('creation,expiration,termination');
  });

  test('accepts POST with the method in a header, for networks that block other methods', async () => {
    const { id, url } = await beginUpload(world, ann, await draft(), picture.length);
    const post = (override: string, headers: Record<string, string> = {}, body: Uint8Array | null = null) =>
      fetch(url, {
        method: 'POST',
        headers: { 'tus-resumable': '1.0.0', 'x-http-method-override': override, ...headers },
        body: body as Uint8Array<ArrayBuffer> | null,
      });
    const bytes = { 'content-type': 'application/offset+octet-stream' };
    const first = await post('PATCH', { ...bytes, 'upload-offset': '0' }, picture.subarray(0, 900));
    expect([first.status, first.headers.get('upload-offset')]).toEqual([204, '900']);
    const asked = await post('head');
    expect([asked.status, asked.headers.get('upload-offset')]).toEqual([200, '900']);
    expect((await post('PATCH', { ...bytes, 'upload-offset': '900' }, picture.subarray(900))).status).toBe(204);
    const { mediaUploadComplete } = await ann.ask(complete, { input: { uploadId: id } });
    expect(mediaUploadComplete.media.sha256).toBe(hashOf(picture));
    expect((await post('GET')).status).toBe(405);
    expect((await post('POST')).status).toBe(405);
    const { url: other } = await beginUpload(world, ann, await draft(), 10);
    const headers = { 'tus-resumable': '1.0.0', 'x-http-method-override': 'DELETE' };
    expect((await fetch(other, { method: 'POST', headers })).status).toBe(204);
    expect((await head(other)).status).toBe(404);
    const preflight = await fetch(other, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.headers.get('access-control-allow-headers')).toContain('x-http-method-override');
  });

  test('refuses more bytes than announced, other protocol versions, and requests without the signature', async () => {
    const { url } = await beginUpload(world, ann, await draft(), 10);
    expect((await patch(url, 0, Buffer.alloc(11))).status).toBe(413);
    expect((await fetch(url, { method: 'PATCH', body: 'x' })).status).toBe(412);
    const typed = { 'tus-resumable': '1.0.0', 'upload-offset': '0', 'content-type': 'text/plain' };
    expect((await fetch(url, { method: 'PATCH', headers: typed, body: 'x' })).status).toBe(415);
    const bare = new URL(url.pathname, url);
    expect((await head(bare)).status).toBe(401);
    const forged = new URL(url);
    forged.searchParams.set('until', '9999999999');
    expect((await head(forged)).status).toBe(401);
    const foreign = new URL(url);
    foreign.searchParams.set('universe', 'other');
    expect((await head(foreign)).status).toBe(401);
    const { url: another } = await beginUpload(world, ann, await draft(), 10);
    another.search = url.search;
    expect((await head(another)).status).toBe(401);
    expect((await fetch(url, { method: 'GET' })).status).toBe(405);
  });

  test('is terminated, and is 404 then', async () => {
    const { url } = await beginUpload(world, ann, await draft(), 10);
    await patch(url, 0, Buffer.alloc(5));
    expect((await fetch(url, { method: 'DELETE', headers: { 'tus-resumable': '1.0.0' } })).status).toBe(204);
    expect((await head(url)).status).toBe(404);
  });
});

describe('what a file is', () => {
  const typeOf = async (bytes: Buffer, more: object = {}) =>
    (await attach(world, ann, await draft(), bytes, more)).media;

  test('is determined by its content and not by its name', async () => {
    expect(await typeOf(picture, { fileName: 'song.mp3' })).toMatchObject({
      kind: 'IMAGE',
      contentType: 'image/jpeg',
      width: 640,
      height: 480,
      durationMs: null,
      size: picture.length,
    });
    expect(await typeOf(wav(1500))).toMatchObject({
      kind: 'AUDIO',
      contentType: 'audio/wav',
      durationMs: 1500,
      width: null,
    });
    expect(await typeOf(pdf)).toMatchObject({ kind: 'DOCUMENT', contentType: 'application/pdf' });
    expect(await typeOf(glb())).toMatchObject({ kind: 'MODEL', contentType: 'model/gltf-binary' });
  });

  test('a picture has its displayed size, in every orientation of the camera', async () => {
    expect(await typeOf(await jpeg(300, 200, { camera: true }))).toMatchObject({ width: 200, height: 300 });
  });

  test.each([
    ['an SVG', () => svg, 'Accepted are JPEG'],
    ['an unknown format', () => Buffer.from('just words'), 'cannot be determined'],
    ['a page', () => Buffer.from('<!doctype html><script>1</script>'), 'Accepted are JPEG'],
    ['a picture with too many pixels', () => bomb(20_000, 20_000), 'pixels'],
    [
      'a ZIP',
      () => Buffer.concat([Buffer.from('PK\x03\x04\x14\0', 'latin1'), Buffer.alloc(60)]),
      'application/zip are not accepted',
    ],
    ['half of a picture', () => picture.subarray(0, 3000), 'cannot be rendered'],
  ])('%s is refused with the reason after its last byte, and when it is completed', async (_name, bytesOf, words) => {
    const bytes = bytesOf();
    const { id, url } = await beginUpload(world, ann, await draft(), bytes.length);
    const sent = await patch(url, 0, bytes);
    expect(sent.status).toBe(422);
    expect(((await sent.json()) as { error: string }).error).toContain(words);
    expect(await refusal(ann, complete, { input: { uploadId: id } })).toEqual({
      code: 'INVALID',
      path: 'input.uploadId',
    });
  });

  test('content other than announced is refused', async () => {
    const { url } = await beginUpload(world, ann, await draft(), picture.length, { sha256: 'ab'.repeat(32) });
    expect((await patch(url, 0, picture)).status).toBe(422);
  });
});

describe('mediaUploadComplete', () => {
  test('creates the medium once, and publishes it', async () => {
    const assetId = await draft();
    const { id, url } = await beginUpload(world, ann, assetId, picture.length);
    await patch(url, 0, picture);
    const answer = await ann.ask(complete, { input: { uploadId: id } });
    expect(answer.mediaUploadComplete.media).toMatchObject({
      kind: 'IMAGE',
      fileName: 'front.jpg',
      sha256: hashOf(picture),
      createdBy: { id: ann.id },
    });
    expect(await ann.ask(complete, { input: { uploadId: id } })).toEqual(answer);
    const facts = (await world.facts({ key: assetId })).filter(({ type }) => type === 'assets.media.attached');
    expect(facts).toMatchObject([
      { actor: ann.id, payload: { mediaId: answer.mediaUploadComplete.media.id, kind: 'IMAGE', position: 0 } },
    ]);
  });

  test('the same file again is the same medium of the asset, and one object for all', async () => {
    const assetId = await draft();
    const first = await attach(world, ann, assetId, picture);
    const again = await attach(world, ann, assetId, picture, { fileName: 'copy.jpg' });
    expect(again.media.id).toBe(first.media.id);
    expect(again.asset.media).toHaveLength(1);
    const other = await attach(world, stranger, await draftOf(stranger, stranger.organizationId ?? ''), picture);
    expect(other.media.id).not.toBe(first.media.id);
    expect(await media.objects.head(contentKey(hashOf(picture)))).toMatchObject({ size: picture.length });
  });

  test('is refused to others, by their visibility', async () => {
    const { id, url } = await beginUpload(world, ann, await draft(), picture.length);
    await patch(url, 0, picture);
    const input = { uploadId: id };
    expect(await refusal(world.anonymous, complete, { input })).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(viewer, complete, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(stranger, complete, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.uploadId' });
    expect(await refusal(far, complete, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.uploadId' });
    expect(await refusal(ann, complete, { input: { uploadId: museum } })).toEqual({
      code: 'INVALID',
      path: 'input.uploadId',
    });
  });

  test('continues after the process that received the last byte has died', async () => {
    const bytes = await jpeg(90, 90, { seed: 9 });
    const { id, url } = await beginUpload(world, ann, await draft(), bytes.length);
    await patch(url, 0, bytes);
    // As if it had died before inspecting: the bytes are stored, and nothing is known about them.
    await media.objects.put(`uploads/${id.replace('_', '-')}/whole`, bytes);
    await world.database.query(
      `update assets.media_uploads set state = 'RECEIVED', kind = null, sha256 = null where id = $1`,
      [id],
    );
    const { mediaUploadComplete } = await ann.ask(complete, { input: { uploadId: id } });
    expect(mediaUploadComplete.media).toMatchObject({ kind: 'IMAGE', width: 90 });
  });
});
