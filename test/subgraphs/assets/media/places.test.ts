import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pino } from 'pino';
import { readConfig } from '../../../../gateway/config.ts';
import { RemoteSubgraph } from '../../../../gateway/execution/remote.ts';
import { startGateway, type Gateway } from '../../../../gateway/server.ts';
import { S3Store } from '../../../../platform/objects/s3-store.ts';
import { serveSubgraph, type ServedSubgraph } from '../../../../platform/serving/http.ts';
import { routesOf } from '../../../../platform/http/routes.ts';
import { subgraphs } from '../../../../subgraphs/index.ts';
import { jpeg } from '../../../testkit/files.ts';
import {
  attach,
  beginUpload,
  complete,
  draftOf,
  openMediaWorld,
  patch,
  type MediaWorld,
} from '../../../testkit/media.ts';
import { startS3, type S3Server } from '../../../testkit/s3.ts';
import { registrySupergraph } from '../../../testkit/registry.ts';
import type { Person } from '../../../testkit/world.ts';

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('with the assets in another process and their objects in a bucket', () => {
  const secret = 'r'.repeat(32);
  let s3: S3Server;
  let media: MediaWorld;
  let served: ServedSubgraph;
  let remote: RemoteSubgraph;
  let gateway: Gateway;
  let ann: Person;
  beforeAll(async () => {
    s3 = await startS3();
    media = await openMediaWorld({ oses: ['assets'], objects: new S3Store(s3.options) });
    const log = pino({ level: 'silent' });
    const { services } = media.world.house;
    const assets = services.find(({ name }) => name === 'assets');
    if (!assets) throw new Error('there are no assets');
    served = await serveSubgraph(assets, { port: 0, host: '127.0.0.1', routerSecret: secret, log });
    remote = new RemoteSubgraph({ name: 'assets', url: served.url, routerSecret: secret });
    gateway = await startGateway({
      config: readConfig(
        { PORT: '0', CONSOLE_DIR: '/nonexistent', CORS_ORIGINS: 'https://app.example', TRUST_PROXY: '1' },
        [],
      ),
      services: [...services.filter(({ name }) => name !== 'assets'), remote],
      supergraphSdl: registrySupergraph().sdl,
      routes: routesOf(subgraphs),
      log,
    });
    ann = await media.world.signUp({ displayName: 'Ann' });
  });
  afterAll(async () => {
    await gateway.close();
    await remote.close();
    await served.close();
    await media.close();
    await s3.close();
  });
  /** The same path at the gateway, which does not run the assets OS. */
  const apart = (url: URL | string): URL => {
    const { pathname, search } = new URL(url, gateway.url);
    return new URL(pathname + search, gateway.url);
  };

  test('a file is sent in pieces, inspected and served, as in one process', async () => {
    const bytes = Buffer.concat([
      Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isommp42', 'latin1'),
      randomBytes(9 * 1_048_576),
    ]);
    const { id, url } = await beginUpload(media.world, ann, await draftOf(ann, ann.id), bytes.length);
    const cuts = [0, 100, 8_400_000, 9_000_000, bytes.length];
    for (const [n, from] of cuts.slice(0, -1).entries()) {
      const sent = await patch(apart(url), from, bytes.subarray(from, cuts[n + 1]));
      expect([sent.status, sent.headers.get('upload-offset')]).toEqual([204, String(cuts[n + 1])]);
    }
    expect(s3.attempts()).toBe(0);
    const { mediaUploadComplete } = await ann.ask(complete, { input: { uploadId: id } });
    expect(mediaUploadComplete.media).toMatchObject({ kind: 'VIDEO', sha256: hashOf(bytes) });
    const part = await fetch(apart(mediaUploadComplete.media.url as string), { headers: { range: 'bytes=100-199' } });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 100-199/${bytes.length}`]);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(100, 200));
    expect([...s3.objects.keys()].filter((key) => key.startsWith('uploads/'))).toEqual([]);
  });

  test('an abandoned upload leaves no parts in the bucket', async () => {
    const { url } = await beginUpload(media.world, ann, await draftOf(ann, ann.id), 20 * 1_048_576);
    await patch(apart(url), 0, Buffer.alloc(9 * 1_048_576));
    expect(s3.attempts()).toBe(1);
    media.world.clock.turn(25 * 3_600_000);
    await media.world.house.sweep();
    media.world.clock.reset();
    expect(s3.attempts()).toBe(0);
    expect([...s3.objects.keys()].filter((key) => key.startsWith('uploads/'))).toEqual([]);
  });

  test('pictures, their tags and their addresses are those of the gateway', async () => {
    const { media: made, asset } = await attach(media.world, ann, await draftOf(ann, ann.id), await jpeg(300, 200));
    const picture = await fetch(apart(asset.image.url as string));
    expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/webp']);
    const etag = picture.headers.get('etag') ?? '';
    const again = await fetch(apart(asset.image.url as string), { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    const authorization = `Bearer ${ann.accessToken}`;
    const head = await fetch(apart(asset.image.url as string), { method: 'HEAD' });
    expect(Number(head.headers.get('content-length'))).toBe((await picture.arrayBuffer()).byteLength);
    const service = apart(made.iiif as string);
    expect((await fetch(service)).status).toBe(404);
    const information = await fetch(`${service.href}/info.json`, { headers: { authorization } });
    expect(((await information.json()) as { id: string }).id).toBe(service.href);
    expect(information.headers.get('vary')).toBe('x-forwarded-host, x-forwarded-proto, accept');
    const moved = await fetch(service, { headers: { authorization }, redirect: 'manual' });
    expect([moved.status, moved.headers.get('location')]).toEqual([303, `${service.href}/info.json`]);
    expect((await fetch(`${service.href}/full/max/0/default.tif`, { headers: { authorization } })).status).toBe(501);
  });

  test('a sender that disconnects from the gateway in the middle continues later', async () => {
    const bytes = await jpeg(200, 200, { seed: 8 });
    const { id, url } = await beginUpload(media.world, ann, await draftOf(ann, ann.id), bytes.length);
    const leaving = new AbortController();
    const half = bytes.subarray(0, 1000);
    const sent = fetch(apart(url), {
      method: 'PATCH',
      headers: { 'tus-resumable': '1.0.0', 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
      body: new ReadableStream({ start: (controller) => controller.enqueue(half) }),
      duplex: 'half',
      signal: leaving.signal,
    } as RequestInit);
    const writing = 'select 1 from assets.media_uploads where id = $1 and writer is not null';
    await expect.poll(async () => (await media.world.database.query(writing, [id])).length).toBe(1);
    expect((await patch(apart(url), 0, bytes)).status).toBe(423);
    leaving.abort();
    await expect(sent).rejects.toThrow();
    await expect.poll(async () => (await patch(apart(url), half.length, bytes.subarray(1000))).status).toBe(204);
  });

  test('a page of another origin may send if it is configured, and read in any case', async () => {
    const preflight = (path: string, origin: string): Promise<Response> =>
      fetch(new URL(path, gateway.url), {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'PATCH' },
      });
    const named = await preflight('/uploads/x', 'https://app.example');
    expect(named.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect(named.headers.get('access-control-allow-methods')).toContain('PATCH');
    expect(named.headers.get('access-control-allow-headers')).toContain('upload-offset');
    const stranger = await preflight('/uploads/x', 'https://evil.example');
    expect(stranger.headers.get('access-control-allow-origin')).toBeNull();
    const looking = await preflight('/media/x', 'https://evil.example');
    expect(looking.headers.get('access-control-allow-origin')).toBe('*');
    expect(looking.headers.get('access-control-allow-methods')).toBe('GET, HEAD');
  });

  test('only routers may call the OS, and a missing OS is 503', async () => {
    const direct = new URL(served.url);
    const { url } = await beginUpload(media.world, ann, await draftOf(ann, ann.id), 10);
    expect((await fetch(new URL(url.pathname + url.search, direct), { method: 'HEAD' })).status).toBe(401);
    await served.close();
    const answer = await fetch(new URL('/media/x', gateway.url));
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  });
});
