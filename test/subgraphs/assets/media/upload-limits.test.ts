import { afterAll, beforeAll, expect, test } from 'vitest';
import { jpeg } from '../../../testkit/files.ts';
import { attach, begin, beginUpload, draftOf, openMediaWorld, patch, type MediaWorld } from '../../../testkit/media.ts';
import { refusal } from '../../../testkit/refusal.ts';
import type { Person, World } from '../../../testkit/world.ts';

let media: MediaWorld;
let world: World;
let ann: Person;
let picture: Buffer;
beforeAll(async () => {
  media = await openMediaWorld({ oses: ['assets'] });
  world = media.world;
  ann = await world.signUp({ displayName: 'Ann' });
  picture = await jpeg(640, 480);
});
afterAll(() => media.close());

const draft = (): Promise<string> => draftOf(ann, ann.id);
const offsetOf = async (url: URL): Promise<number> => {
  const answer = await fetch(url, { method: 'HEAD', headers: { 'tus-resumable': '1.0.0' } });
  return Number(answer.headers.get('upload-offset'));
};
/** How many uploads of an account somebody writes now. */
const writtenBy = async ({ id }: Person): Promise<number> => {
  const sql = 'select count(*) as n from assets.media_uploads where created_by = $1 and writer is not null';
  return Number((await world.database.query<{ n: string }>(sql, [id]))[0]?.n);
};

test('an account may have 20 GiB in uploads and media, and deleting frees quota', async () => {
  const full = await world.signUp({ organization: 'Full' });
  const assetId = await draftOf(full, full.organizationId ?? '');
  const gibibyte = 1024 * 1_048_576;
  const field = (n: number): string => `u${n}: mediaUploadBegin(input: $input) { upload { id url } }`;
  const fields = Array.from({ length: 20 }, (_, n) => field(n)).join(' ');
  const begun = await full.ask(`mutation ($input: MediaUploadBeginInput!) { ${fields} }`, {
    input: { assetId, fileName: 'film.mp4', size: gibibyte },
  });
  const input = { assetId, fileName: 'a.jpg', size: picture.length };
  expect(await refusal(full, begin, { input })).toEqual({ code: 'CONFLICT', path: 'input.size' });
  // Another account is not concerned.
  await beginUpload(world, ann, await draft(), gibibyte);
  const url = new URL(begun.u0.upload.url as string, world.url);
  expect((await fetch(url, { method: 'DELETE', headers: { 'tus-resumable': '1.0.0' } })).status).toBe(204);
  const { media: made } = await attach(world, full, assetId, picture);
  const rest = { ...input, size: gibibyte - picture.length };
  expect(await refusal(full, begin, { input: { ...rest, size: rest.size + 1 } })).toEqual({
    code: 'CONFLICT',
    path: 'input.size',
  });
  await full.ask('mutation ($input: MediaDetachInput!) { mediaDetach(input: $input) { asset { id } } }', {
    input: { mediaId: made.id },
  });
  // It counts until it is deleted.
  expect(await refusal(full, begin, { input: { ...rest, size: rest.size + 1 } })).toEqual({
    code: 'CONFLICT',
    path: 'input.size',
  });
  try {
    world.clock.turn(8 * 24 * 3_600_000);
    await world.house.sweep();
    await beginUpload(world, full, assetId, gibibyte);
  } finally {
    world.clock.reset();
  }
});

test('slow connections do not keep others from sending', async () => {
  const dripper = await world.signUp({ organization: 'Dripper' });
  const assetId = await draftOf(dripper, dripper.organizationId ?? '');
  const leaving = new AbortController();
  const open = async (): Promise<URL> => {
    const { url } = await beginUpload(world, dripper, assetId, 1000);
    fetch(url, {
      method: 'PATCH',
      headers: { 'tus-resumable': '1.0.0', 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
      body: new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('a')) }),
      duplex: 'half',
      signal: leaving.signal,
    } as RequestInit).catch(() => undefined);
    return url;
  };
  const urls = await Promise.all(Array.from({ length: 12 }, open));
  await expect.poll(() => writtenBy(dripper)).toBe(12);
  const { url } = await beginUpload(world, dripper, assetId, 1000);
  const refused = await patch(url, 0, Buffer.from('b'));
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '2']);
  const assetOfAnn = await draft();
  expect((await attach(world, ann, assetOfAnn, picture)).media.kind).toBe('IMAGE');
  leaving.abort();
  for (const each of urls) await expect.poll(() => offsetOf(each)).toBe(1);
  await expect.poll(async () => (await patch(url, 0, Buffer.alloc(1000))).status).toBe(422);
});
