import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jpeg, wav } from '../../../testkit/files.ts';
import { attach, draftOf, openMediaWorld, type MediaWorld } from '../../../testkit/media.ts';
import type { Person, World } from '../../../testkit/world.ts';

let media: MediaWorld;
let world: World;
let ann: Person;
let base: string;
let draftBase: string;
let soundBase: string;
let wideBase: string;
beforeAll(async () => {
  media = await openMediaWorld({ oses: ['assets'] });
  world = media.world;
  ann = await world.signUp({ displayName: 'Ann' });
  const id = await draftOf(ann, ann.id);
  const { media: picture } = await attach(world, ann, id, await jpeg(600, 400));
  const { media: sound } = await attach(world, ann, id, wav(100));
  const { media: wide } = await attach(world, ann, id, await jpeg(5000, 100));
  await ann.ask('mutation ($input: AssetPublishInput!) { assetPublish(input: $input) { asset { id } } }', {
    input: { assetId: id },
  });
  base = `${world.url}${picture.iiif}`;
  wideBase = `${world.url}${wide.iiif}`;
  soundBase = `${world.url}/iiif/${sound.id}`;
  const draft = await draftOf(ann, ann.id);
  draftBase = `${world.url}${(await attach(world, ann, draft, await jpeg(60, 40))).media.iiif}`;
});
afterAll(() => media.close());

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${base}/${path}`, { headers, redirect: 'manual' });
async function pictureAt(
  path: string,
  of = base,
): Promise<{ width: number; height: number; format: string; pixel: number[] }> {
  const answer = await fetch(`${of}/${path}`);
  expect(answer.status, await answer.clone().text()).toBe(200);
  const picture = sharp(Buffer.from(await answer.arrayBuffer()));
  const { width, height, format } = await picture.metadata();
  const { data } = await picture.removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  return { width, height, format, pixel: [...data.subarray(0, 3)] };
}

describe('info.json', () => {
  test('has the fields of the specification', async () => {
    const answer = await get('info.json', { origin: 'https://viewer.example' });
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('link')).toBe('<http://iiif.io/api/image/3/level2.json>;rel="profile"');
    expect(await answer.json()).toEqual({
      '@context': 'http://iiif.io/api/image/3/context.json',
      id: base,
      type: 'ImageService3',
      protocol: 'http://iiif.io/api/image',
      profile: 'level2',
      width: 600,
      height: 400,
      maxWidth: 600,
      maxHeight: 400,
      sizes: [
        { width: 300, height: 200 },
        { width: 600, height: 400 },
      ],
      tiles: [{ width: 512, height: 400, scaleFactors: [1, 2] }],
      preferredFormats: ['webp', 'jpg'],
      extraFormats: ['webp', 'avif'],
      extraQualities: ['color', 'gray', 'bitonal'],
      extraFeatures: ['canonicalLinkHeader', 'profileLinkHeader', 'mirroring', 'sizeUpscaling'],
    });
  });

  test('is at the path from the graph, for every picture of an asset', async () => {
    const id = await draftOf(ann, ann.id);
    for (const seed of [1, 2]) await attach(world, ann, id, await jpeg(70 + seed, 50, { seed }));
    const { asset } = await ann.ask('query ($id: ID!) { asset(id: $id) { media { iiif width } } }', { id });
    for (const { iiif, width } of asset.media as { iiif: string; width: number }[]) {
      const answer = await fetch(`${world.url}${iiif}/info.json`, {
        headers: { authorization: `Bearer ${ann.accessToken}` },
      });
      expect(await answer.json()).toMatchObject({ id: `${world.url}${iiif}`, width });
    }
  });

  test('is linked data for clients that accept it, and the bare address redirects to it', async () => {
    const linked = await get('info.json', { accept: 'application/ld+json' });
    expect(linked.headers.get('content-type')).toBe(
      'application/ld+json;profile="http://iiif.io/api/image/3/context.json"',
    );
    const bare = await fetch(base, { redirect: 'manual' });
    expect([bare.status, bare.headers.get('location')]).toEqual([303, `${base}/info.json`]);
  });

  test('pages of any origin may request it, also with a token', async () => {
    const preflight = await fetch(`${base}/info.json`, {
      method: 'OPTIONS',
      headers: { origin: 'https://viewer.example', 'access-control-request-method': 'GET' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
  });
});

describe('an image', () => {
  test.each([
    ['full/max/0/default.jpg', 600, 400, 'full/max/0/default.jpg'],
    ['full/600,400/0/color.jpg', 600, 400, 'full/max/0/default.jpg'],
    ['square/max/0/default.png', 400, 400, '100,0,400,400/max/0/default.png'],
    ['0,0,300,200/150,/0/default.jpg', 150, 100, '0,0,300,200/150,100/0/default.jpg'],
    ['500,300,300,300/max/0/default.jpg', 100, 100, '500,300,100,100/max/0/default.jpg'],
    ['pct:25,25,50,50/,100/0/default.webp', 150, 100, '150,100,300,200/150,100/0/default.webp'],
    ['full/pct:50/0/default.jpg', 300, 200, 'full/300,200/0/default.jpg'],
    ['full/!100,100/0/default.jpg', 100, 67, 'full/100,67/0/default.jpg'],
    ['full/!9000,9000/0/default.jpg', 600, 400, 'full/max/0/default.jpg'],
    ['full/90,90/0/default.jpg', 90, 90, 'full/90,90/0/default.jpg'],
    ['0,0,10,10/^40,/0/default.jpg', 40, 40, '0,0,10,10/^40,40/0/default.jpg'],
    ['0,0,300,200/^max/0/default.jpg', 600, 400, '0,0,300,200/^max/0/default.jpg'],
    ['0,0,300,200/^600,/0/default.jpg', 600, 400, '0,0,300,200/^max/0/default.jpg'],
    ['0,0,300,200/^!9000,9000/0/default.jpg', 600, 400, '0,0,300,200/^max/0/default.jpg'],
    ['0,0,300,300/^!9000,350/0/default.jpg', 350, 350, '0,0,300,300/^350,350/0/default.jpg'],
    ['full/^max/0/default.jpg', 600, 400, 'full/max/0/default.jpg'],
    ['full/^300,/0/default.jpg', 300, 200, 'full/300,200/0/default.jpg'],
    ['full/pct:33.3333333333333333333333/0/default.jpg', 200, 133, 'full/200,133/0/default.jpg'],
    [
      'pct:33.333333333333336,0,33.33333333333333333,100./max/0/default.jpg',
      200,
      400,
      '200,0,200,400/max/0/default.jpg',
    ],
    ['full/60,/90.000000000000/default.jpg', 40, 60, 'full/60,40/90/default.jpg'],
    ['full/60,/90/default.jpg', 40, 60, 'full/60,40/90/default.jpg'],
    ['full/60,/360/default.jpg', 60, 40, 'full/60,40/0/default.jpg'],
    ['full/60,/!180.0/gray.png', 60, 40, 'full/60,40/!180/gray.png'],
  ])('%s has %s × %s pixels, and is called %s', async (path, width, height, canonical) => {
    expect(await pictureAt(path)).toMatchObject({ width, height });
    expect((await get(path)).headers.get('link')).toContain(`<${base}/${canonical}>;rel="canonical"`);
  });

  test('shows the requested region, rotated and mirrored, in its colours', async () => {
    // Red grows to the right and green downward.
    const near = (pixel: number[], wanted: number[]): boolean =>
      wanted.every((value, n) => Math.abs(value - (pixel[n] ?? 0)) < 14);
    const cases: [string, number[]][] = [
      ['full/max/0/default.png', [0, 0, 0]],
      ['300,200,10,10/max/0/default.png', [127, 127, 0]],
      ['full/max/!0/default.png', [255, 0, 0]],
      ['full/max/90/default.png', [0, 255, 0]],
      ['full/max/180/default.png', [255, 255, 0]],
      ['full/max/!90/default.png', [255, 255, 0]],
      ['full/max/180/bitonal.png', [255, 255, 255]],
      ['full/max/0/bitonal.png', [0, 0, 0]],
    ];
    for (const [path, wanted] of cases) {
      const { pixel } = await pictureAt(path);
      expect(near(pixel, wanted), `${path} begins with ${String(pixel)}`).toBe(true);
    }
    const [red, green, blue] = (await pictureAt('full/max/180/gray.png')).pixel;
    expect(red).toBe(green);
    expect(green).toBe(blue);
  });

  test.each([
    ['full/max/0/default.jpg', 4096, 82, 'full/max/0/default.jpg'],
    ['full/^max/0/default.jpg', 4096, 82, 'full/max/0/default.jpg'],
    ['full/!5000,5000/0/default.jpg', 4096, 82, 'full/max/0/default.jpg'],
    ['full/^!5000,5000/0/default.jpg', 4096, 82, 'full/max/0/default.jpg'],
    ['0,0,100,100/^!5000,5000/0/default.jpg', 100, 100, '0,0,100,100/max/0/default.jpg'],
  ])('for a picture wider than the largest output, %s is as large as possible', async (path, width, height, name) => {
    expect(await pictureAt(path, wideBase)).toMatchObject({ width, height });
    const { headers } = await fetch(`${wideBase}/${path}`);
    expect(headers.get('link')).toContain(`<${wideBase}/${name}>;rel="canonical"`);
  });

  test('no size or tile in info.json exceeds the stated maximum', async () => {
    for (const of of [base, wideBase]) {
      const said = (await (await fetch(`${of}/info.json`)).json()) as {
        maxWidth: number;
        maxHeight: number;
        sizes: { width: number; height: number }[];
        tiles: { width: number; height: number }[];
      };
      for (const { width, height } of [...said.sizes, ...said.tiles]) {
        expect(width).toBeLessThanOrEqual(said.maxWidth);
        expect(height).toBeLessThanOrEqual(said.maxHeight);
      }
      for (const { width, height } of said.sizes)
        expect(await pictureAt(`full/${width},${height}/0/default.jpg`, of)).toMatchObject({ width, height });
    }
    expect(await (await fetch(`${wideBase}/info.json`)).json()).toMatchObject({ maxWidth: 4096, maxHeight: 100 });
  });

  test('is cached by a tag that equivalent requests share', async () => {
    const first = await get('full/300,/0/default.jpg');
    const second = await get('full/pct:50/0/color.jpg');
    expect(first.headers.get('etag')).toBe(second.headers.get('etag'));
    expect(first.headers.get('cache-control')).toBe('public, max-age=86400');
    const again = await get('full/300,/0/default.jpg', { 'if-none-match': first.headers.get('etag') ?? '' });
    expect(again.status).toBe(304);
  });
});

describe('requests that cannot be answered', () => {
  test.each([
    'full/max/0/default',
    'full/max/0/sepia.jpg',
    'full/max/0/toString.jpg',
    'full/max/0/default.xyz',
    'full/max/361/default.jpg',
    'full/max/-90/default.jpg',
    'full/max/x/default.jpg',
    'full/0,/0/default.jpg',
    'full/,/0/default.jpg',
    'full/!100,/0/default.jpg',
    'full/pct:0/0/default.jpg',
    'full/pct:101/0/default.jpg',
    'full/601,/0/default.jpg',
    'full/^9000,/0/default.jpg',
    'full/^4096,4096/0/default.jpg',
    'full/^601,/0/default.jpg',
    'full/^pct:100.5/0/default.jpg',
    '0,0,300,200/^601,400/0/default.jpg',
    'full/pct:100.0001/0/default.jpg',
    'full/pct:1e1/0/default.jpg',
    'full/pct:+50/0/default.jpg',
    'full/pct:./0/default.jpg',
    'full/1.5,/0/default.jpg',
    '0.5,0,10,10/max/0/default.jpg',
    'full/max/45/default.png',
    'full/max/100.25/default.avif',
    'full/max/!22.5/default.png',
    'full/max/90.0000001/default.png',
    'full/max//default.png',
    'full/full/0/default.jpg',
    '600,0,10,10/max/0/default.jpg',
    '0,0,0,10/max/0/default.jpg',
    '-1,0,10,10/max/0/default.jpg',
    'pct:0,0,0,0/max/0/default.jpg',
    '0,0,10/max/0/default.jpg',
    'whole/max/0/default.jpg',
    'full/max/0',
    'full/max/0/default.jpg/more',
    '%E0%A4%A/max/0/default.jpg',
  ])('%s is 400', async (path) => {
    expect((await get(path)).status).toBe(400);
  });

  test.each(['tif', 'gif', 'jp2', 'pdf'])('the format %s is 501', async (format) => {
    expect((await get(`full/max/0/default.${format}`)).status).toBe(501);
  });

  test('an unknown identifier is 404, and so is a draft or a recording', async () => {
    const statusOf = async (url: string, token?: string): Promise<number> =>
      (await fetch(`${url}/info.json`, { headers: token ? { authorization: `Bearer ${token}` } : {} })).status;
    expect(await statusOf(`${world.url}/iiif/med_01h455vb4pex5vsknk084sn02q`)).toBe(404);
    expect(await statusOf(`${world.url}/iiif/nonsense`)).toBe(404);
    expect(await statusOf(draftBase)).toBe(404);
    expect(await statusOf(draftBase, ann.accessToken)).toBe(200);
    expect(await statusOf(soundBase)).toBe(404);
  });

  test('a method other than reading is 405', async () => {
    expect((await fetch(`${base}/info.json`, { method: 'DELETE' })).status).toBe(405);
  });
});
