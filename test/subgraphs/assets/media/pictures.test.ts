import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contentKey } from '../../../../platform/objects/object-store.ts';
import { jpeg, pdf, wav } from '../../../testkit/files.ts';
import { attach, draftOf, openMediaWorld, type MediaWorld } from '../../../testkit/media.ts';
import { refusal } from '../../../testkit/refusal.ts';
import type { Person, World } from '../../../testkit/world.ts';

const publish = 'mutation ($input: AssetPublishInput!) { assetPublish(input: $input) { asset { id } } }';
const pictures = `query ($id: ID!, $width: Int, $height: Int, $fit: ImageFit, $format: ImageFormat) {
  asset(id: $id) {
    image(width: $width, height: $height, fit: $fit, format: $format) { url width height contentType placeholder }
    media { id kind url iiif width height sha256 asset { id } image(width: 50) { url width height } }
  }
}`;
const reorder = 'mutation ($input: MediaReorderInput!) { mediaReorder(input: $input) { asset { media { id } } } }';
const primary =
  'mutation ($input: MediaPrimarySetInput!) { mediaPrimarySet(input: $input) { asset { media { id } image { width } } } }';
const detach =
  'mutation ($input: MediaDetachInput!) { mediaDetach(input: $input) { media { id } asset { media { id } } } }';

let media: MediaWorld;
let world: World;
let ann: Person;
let museum: string;
let viewer: Person;
let stranger: Person;
let far: Person;
beforeAll(async () => {
  media = await openMediaWorld();
  world = media.world;
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  museum = ann.organizationId ?? '';
  viewer = await world.signUp({ displayName: 'Vera' });
  await world.grant(museum, viewer, 'VIEWER');
  stranger = await world.signUp({ displayName: 'Sam', organization: 'Elsewhere' });
  far = await world.inUniverse('other').operator();
});
afterAll(() => media.close());

const draft = (): Promise<string> => draftOf(ann, museum);
const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(new URL(path, world.url), { headers });
const bytesAt = async (path: string): Promise<Buffer> => Buffer.from(await (await get(path)).arrayBuffer());

/** A public asset with one picture. */
async function shown(width = 640, height = 480, seed = 1): Promise<{ id: string; mediaId: string; sha256: string }> {
  const id = await draft();
  const { media: made } = await attach(world, ann, id, await jpeg(width, height, { seed }));
  await ann.ask(publish, { input: { assetId: id } });
  return { id, mediaId: made.id as string, sha256: made.sha256 as string };
}

describe('Asset.image', () => {
  test.each([
    ['COVER', 200, 200, 200, 200],
    ['COVER', 4000, 1000, 640, 160],
    ['CONTAIN', 200, 200, 200, 150],
    ['CONTAIN', 4000, 4000, 640, 480],
    ['FILL', 300, 100, 300, 100],
    ['FILL', 4000, 4000, 480, 480],
    ['COVER', 320, null, 320, 240],
    ['COVER', null, 120, 160, 120],
    ['COVER', null, null, 640, 480],
  ])('%s in %s × %s has %s × %s pixels, both stated and actual', async (fit, width, height, wide, high) => {
    const { id } = await shown();
    const { asset } = await world.anonymous.ask(pictures, { id, width, height, fit });
    expect(asset.image).toMatchObject({ width: wide, height: high, contentType: 'image/webp' });
    const { format, ...size } = await sharp(await bytesAt(asset.image.url as string)).metadata();
    expect({ format, width: size.width, height: size.height }).toEqual({ format: 'webp', width: wide, height: high });
  });

  test.each([
    ['JPEG', 'jpeg', 'image/jpeg'],
    ['WEBP', 'webp', 'image/webp'],
    ['AVIF', 'heif', 'image/avif'],
    ['PNG', 'png', 'image/png'],
  ])('is rendered as %s', async (format, made, type) => {
    const { id } = await shown();
    const { asset } = await world.anonymous.ask(pictures, { id, width: 60, format });
    const answer = await get(asset.image.url as string);
    expect(answer.headers.get('content-type')).toBe(type);
    expect((await sharp(Buffer.from(await answer.arrayBuffer())).metadata()).format).toBe(made);
  });

  test('is rotated by the camera’s orientation, and contains no location', async () => {
    const id = await draft();
    const original = await jpeg(300, 200, { camera: true });
    expect((await sharp(original).metadata()).exif).toBeDefined();
    const { media: made } = await attach(world, ann, id, original);
    const { asset } = await ann.ask(pictures, { id, width: 100, format: 'JPEG' });
    const { width, height, exif, orientation } = await sharp(await bytesAt(asset.image.url as string)).metadata();
    expect({ width, height, exif, orientation }).toEqual({
      width: 100,
      height: 150,
      exif: undefined,
      orientation: undefined,
    });
    expect(await bytesAt(made.url as string)).toEqual(original);
  });

  test('comes with a placeholder that is a picture', async () => {
    const { id } = await shown();
    const { asset } = await world.anonymous.ask(pictures, { id });
    const [, data = ''] = (asset.image.placeholder as string).split('data:image/webp;base64,');
    expect((await sharp(Buffer.from(data, 'base64')).metadata()).width).toBe(16);
    expect(asset.image.placeholder.length).toBeLessThan(400);
  });

  test('is null without a picture, and a side has 1 to 4,096 pixels', async () => {
    const id = await draft();
    await attach(world, ann, id, wav(100));
    const { asset } = await ann.ask(pictures, { id, width: 100 });
    expect([asset.image, asset.media[0].image, asset.media[0].iiif]).toEqual([null, null, null]);
    for (const width of [0, 4097])
      expect(await refusal(ann, pictures, { id, width })).toEqual({ code: 'INVALID', path: 'width' });
  });

  test('costs two statements for one asset and for ten', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, async () => (await shown()).id));
    const ask = (some: string[]): string =>
      `{ ${some.map((id, n) => `a${n}: asset(id: "${id}") { image(width: 9) { url } media { url } }`).join(' ')} }`;
    expect(await world.statements(() => ann.ask(ask(ids.slice(0, 1))))).toHaveLength(2);
    expect(await world.statements(() => ann.ask(ask(ids)))).toHaveLength(2);
  });
});

describe('files and pictures', () => {
  test('of published assets are cached for ever, without revalidation', async () => {
    const { id } = await shown();
    const { asset } = await world.anonymous.ask(pictures, { id, width: 80 });
    for (const path of [asset.image.url, asset.media[0].url] as string[]) {
      const answer = await get(path, { origin: 'https://elsewhere.example' });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(answer.headers.get('access-control-allow-origin')).toBe('*');
      expect(answer.headers.get('content-security-policy')).toContain('sandbox');
      const etag = answer.headers.get('etag') ?? '';
      const size = (await answer.arrayBuffer()).byteLength;
      expect((await get(path, { 'if-none-match': `W/${etag}` })).status).toBe(304);
      const part = await get(path, { range: 'bytes=2-5', 'if-range': etag });
      expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 2-5/${size}`]);
      expect((await part.arrayBuffer()).byteLength).toBe(4);
      expect((await get(path, { range: 'bytes=2-5', 'if-range': '"old"' })).status).toBe(200);
      expect((await get(path, { range: `bytes=${size}-` })).status).toBe(416);
      const head = await fetch(new URL(path, world.url), { method: 'HEAD' });
      expect([head.status, head.headers.get('content-length')]).toEqual([200, String(size)]);
    }
  });

  test('of assets on sale or sold have the same URL as when published', async () => {
    const { id } = await shown(90, 60, 9);
    const { asset: published } = await world.anonymous.ask(pictures, { id, width: 80 });
    for (const step of ['assetReserve(input: { assetId: $id, place: "Fair" })', 'assetSell(input: { assetId: $id })']) {
      await ann.ask(`mutation ($id: ID!) { ${step} { asset { id } } }`, { id });
      const { asset } = await world.anonymous.ask(pictures, { id, width: 80 });
      expect(asset).toEqual(published);
      const answer = await get(asset.image.url as string);
      expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    }
  });

  test('of a draft are visible to its owners and by an expiring URL; for others they do not exist', async () => {
    const id = await draft();
    await attach(world, ann, id, await jpeg(100, 100, { seed: 4 }));
    const { asset } = await viewer.ask(pictures, { id, width: 80 });
    for (const path of [asset.image.url, asset.media[0].url] as string[]) {
      expect((await get(path)).headers.get('cache-control')).toBe('private, max-age=3600');
      const [bare = ''] = path.split('?');
      expect((await get(bare)).status).toBe(404);
      const as = (person: Person): Promise<Response> => get(bare, { authorization: `Bearer ${person.accessToken}` });
      expect((await as(viewer)).status).toBe(200);
      expect((await as(stranger)).status).toBe(404);
      expect((await get(bare, { authorization: 'Bearer nonsense' })).status).toBe(401);
      expect((await get(path.replace(/signature=...../, 'signature=AAAAA'))).status).toBe(401);
      expect((await get(`${path}&universe=other`)).status).not.toBe(200);
      world.clock.turn(2 * 3_600_000 + 1);
      expect((await get(path)).status).toBe(401);
      world.clock.reset();
    }
  });

  test('in another universe the URL contains the universe', async () => {
    const id = await draftOf(far, far.id);
    const { media: made } = await attach(world, far, id, await jpeg(50, 50, { seed: 5 }));
    expect(made.url).toContain('universe=other');
    expect((await get(made.url as string)).status).toBe(200);
    await far.ask(publish, { input: { assetId: id } });
    const { asset } = await far.ask(pictures, { id });
    expect((await get(asset.image.url as string)).status).toBe(200);
    expect((await get((asset.image.url as string).replace('universe=other', ''))).status).toBe(404);
  });

  test('that a browser should not display are downloaded under their file name', async () => {
    const id = await draft();
    const { media: made } = await attach(world, ann, id, pdf, { fileName: 'Ä "b".pdf' });
    expect((await get(made.url as string)).headers.get('content-disposition')).toBe(
      `attachment; filename*=UTF-8''%C3%84%20%22b%22.pdf`,
    );
  });

  test.each([
    '',
    'x',
    'med_x/y/original',
    'usr_01h455vb4pex5vsknk084sn02q/y/original',
    'med_01h455vb4pex5vsknk084sn02q/y/z',
  ])('/media/%s is 404', async (path) => {
    expect((await get(`/media/${path}`)).status).toBe(404);
  });

  test.each([
    '0x10-cover.webp',
    '5000x10-cover.webp',
    '10x10-crop.webp',
    '10x10-cover.gif',
    '10-cover.webp',
    'original/x',
  ])('the picture %s is 404', async (name) => {
    const { mediaId, sha256 } = await shown();
    expect((await get(`/media/${mediaId}/${sha256.slice(0, 16)}/${name}`)).status).toBe(404);
    expect((await get(`/media/${mediaId}/${'0'.repeat(16)}/10x10-cover.webp`)).status).toBe(404);
  });

  test('twenty simultaneous requests wait for one rendering, and later ones for none', async () => {
    const { id, sha256 } = await shown(1200, 900, 77);
    const { asset } = await world.anonymous.ask(pictures, { id, width: 333, height: 222 });
    const made = (): number => media.written.filter((key) => key.startsWith(`derived/${sha256}/`)).length;
    const answers = await Promise.all(Array.from({ length: 20 }, () => bytesAt(asset.image.url as string)));
    expect(new Set(answers.map((each) => each.toString('base64'))).size).toBe(1);
    expect(made()).toBe(1);
    await bytesAt(asset.image.url as string);
    expect(made()).toBe(1);
  });

  test('without the original they are 404', async () => {
    const { id, sha256 } = await shown(60, 60, 99);
    const { asset } = await world.anonymous.ask(pictures, { id, width: 10 });
    await media.objects.delete(contentKey(sha256));
    expect((await get(asset.image.url as string)).status).toBe(404);
    expect((await get(asset.media[0].url as string)).status).toBe(404);
  });
});

describe('the order of media', () => {
  const orderOf = async (id: string): Promise<string[]> =>
    (await ann.ask(pictures, { id })).asset.media.map((each: { id: string }) => each.id);

  async function three(): Promise<{ id: string; ids: [string, string, string] }> {
    const id = await draft();
    const ids: string[] = [];
    for (const bytes of [await jpeg(40, 40, { seed: 11 }), await jpeg(50, 40, { seed: 12 }), wav(200)])
      ids.push((await attach(world, ann, id, bytes)).media.id as string);
    return { id, ids: ids as [string, string, string] };
  }

  test('is that of arrival until another one is set, which is published once', async () => {
    const { id, ids } = await three();
    expect(await orderOf(id)).toEqual(ids);
    const turned = [...ids].reverse();
    await ann.ask(reorder, { input: { assetId: id, mediaIds: turned } });
    await ann.ask(reorder, { input: { assetId: id, mediaIds: turned } });
    expect(await orderOf(id)).toEqual(turned);
    const facts = (await world.facts({ key: id })).filter(({ type }) => type === 'assets.media.reordered');
    expect(facts.map(({ payload }) => payload.mediaIds)).toEqual([turned]);
    const mediaIds = ids;
    const statements = await world.statements(() =>
      ann.ask('mutation ($input: MediaReorderInput!) { mediaReorder(input: $input) { asset { id } } }', {
        input: { assetId: id, mediaIds },
      }),
    );
    expect(statements).toHaveLength(4);
  });

  test('names each of them once', async () => {
    const { id, ids } = await three();
    const [first, second] = ids;
    for (const mediaIds of [[first], [first, second, second]])
      expect(await refusal(ann, reorder, { input: { assetId: id, mediaIds } })).toEqual({
        code: 'INVALID',
        path: 'input.mediaIds',
      });
    const { mediaId } = await shown();
    expect(await refusal(ann, reorder, { input: { assetId: id, mediaIds: [first, second, mediaId] } })).toEqual({
      code: 'NOT_FOUND',
      path: 'input.mediaIds.2',
    });
  });

  test('the chosen picture represents the asset', async () => {
    const { id, ids } = await three();
    const [first, second, sound] = ids;
    const { mediaPrimarySet } = await ann.ask(primary, { input: { mediaId: second } });
    expect(mediaPrimarySet.asset.image.width).toBe(50);
    expect(await orderOf(id)).toEqual([second, first, sound]);
    expect(await refusal(ann, primary, { input: { mediaId: sound } })).toEqual({
      code: 'INVALID',
      path: 'input.mediaId',
    });
  });

  test('a detached medium is hidden, and can be attached again', async () => {
    const { id, ids } = await three();
    const [first, second, sound] = ids;
    const { asset } = await ann.ask(pictures, { id });
    const { mediaDetach } = await ann.ask(detach, { input: { mediaId: first } });
    expect(mediaDetach.asset.media.map((each: { id: string }) => each.id)).toEqual([second, sound]);
    expect((await get(asset.media[0].url as string)).status).toBe(404);
    expect((await ann.ask('query ($id: ID!) { node(id: $id) { id } }', { id: first })).node).toBeNull();
    expect((await ann.ask('query ($id: ID!) { node(id: $id) { id } }', { id: second })).node.id).toBe(second);
    expect(mediaDetach.media).toEqual({ id: first });
    expect((await ann.ask(detach, { input: { mediaId: first } })).mediaDetach).toEqual(mediaDetach);
    // Others do not learn that it existed, although they see the asset.
    expect(await refusal(viewer, detach, { input: { mediaId: first } })).toEqual({
      code: 'NOT_FOUND',
      path: 'input.mediaId',
    });
    expect(await refusal(viewer, detach, { input: { mediaId: second } })).toEqual({ code: 'FORBIDDEN' });
    const facts = await world.facts({ key: id });
    expect(facts.filter(({ type }) => type === 'assets.media.detached')).toHaveLength(1);
    const again = await attach(world, ann, id, await jpeg(40, 40, { seed: 11 }));
    expect(await orderOf(id)).toEqual([second, sound, again.media.id]);
  });

  test.each([
    ['mediaReorder', reorder, ({ id, ids }: Awaited<ReturnType<typeof three>>) => ({ assetId: id, mediaIds: ids })],
    ['mediaPrimarySet', primary, ({ ids }: Awaited<ReturnType<typeof three>>) => ({ mediaId: ids[1] })],
    ['mediaDetach', detach, ({ ids }: Awaited<ReturnType<typeof three>>) => ({ mediaId: ids[0] })],
  ])('%s is for editors of the owner', async (_name, operation, inputOf) => {
    const made = await three();
    const input = inputOf(made);
    const [path] = Object.keys(input);
    expect(await refusal(world.anonymous, operation, { input })).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await refusal(viewer, operation, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await refusal(stranger, operation, { input })).toEqual({ code: 'NOT_FOUND', path: `input.${path}` });
    expect(await refusal(far, operation, { input })).toEqual({ code: 'NOT_FOUND', path: `input.${path}` });
    await ann.ask(publish, { input: { assetId: made.id } });
    expect(await refusal(stranger, operation, { input })).toEqual({ code: 'FORBIDDEN' });
  });
});
