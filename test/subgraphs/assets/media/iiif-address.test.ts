import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jpeg } from '../../../testkit/files.ts';
import { attach, draftOf, openMediaWorld, type MediaWorld } from '../../../testkit/media.ts';

/** A public picture; returns its path below /iiif/. */
async function shown(media: MediaWorld): Promise<string> {
  const ann = await media.world.signUp({ displayName: 'Ann' });
  const assetId = await draftOf(ann, ann.id);
  const { media: made } = await attach(media.world, ann, assetId, await jpeg(60, 40));
  await ann.ask('mutation ($input: AssetPublishInput!) { assetPublish(input: $input) { asset { id } } }', {
    input: { assetId },
  });
  return made.iiif as string;
}

describe.each([
  ['https://pictures.example', 'https://pictures.example'],
  ['https://example.org/graph/', 'https://example.org/graph'],
])('with PUBLIC_URL %s', (publicUrl, seen) => {
  let media: MediaWorld;
  let path: string;
  beforeAll(async () => {
    media = await openMediaWorld({ oses: ['assets'], env: { PUBLIC_URL: publicUrl, TRUST_PROXY: '1' } });
    path = await shown(media);
  });
  afterAll(() => media.close());

  test('an id has the configured address, independent of the request', async () => {
    const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
    const information = await fetch(`${media.world.url}${path}/info.json`, { headers });
    expect(((await information.json()) as { id: string }).id).toBe(`${seen}${path}`);
    expect(information.headers.get('vary')).toBe('accept');
    const image = await fetch(`${media.world.url}${path}/full/30,/0/default.jpg`, { headers });
    expect(image.headers.get('link')).toContain(`<${seen}${path}/full/30,20/0/default.jpg>;rel="canonical"`);
    const bare = await fetch(`${media.world.url}${path}`, { headers, redirect: 'manual' });
    expect(bare.headers.get('location')).toBe(`${seen}${path}/info.json`);
  });
});

describe('behind a proxy of ours and without PUBLIC_URL', () => {
  let media: MediaWorld;
  let path: string;
  beforeAll(async () => {
    media = await openMediaWorld({ oses: ['assets'], env: { TRUST_PROXY: '1' } });
    path = await shown(media);
  });
  afterAll(() => media.close());

  test('a cache learns that an id depends on the host stated by the proxy', async () => {
    const headers = { 'x-forwarded-host': 'pictures.example', 'x-forwarded-proto': 'https' };
    for (const [file, vary] of [
      ['info.json', 'x-forwarded-host, x-forwarded-proto, accept'],
      ['full/30,/0/default.jpg', 'x-forwarded-host, x-forwarded-proto'],
    ]) {
      const answer = await fetch(`${media.world.url}${path}/${file}`, { headers });
      expect(answer.headers.get('cache-control')).toBe('public, max-age=86400');
      expect(answer.headers.get('vary')).toBe(vary);
      await answer.arrayBuffer();
    }
  });
});
