import { afterAll, beforeAll, expect, test } from 'vitest';
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
import type { Person } from '../../../testkit/world.ts';

let media: MediaWorld;
let ann: Person;
beforeAll(async () => {
  media = await openMediaWorld({ oses: ['assets'], database: 'postgres' });
  ann = await media.world.signUp({ displayName: 'Ann' });
});
afterAll(() => media.close());

test('four simultaneous completions of one upload return one medium, published once', async () => {
  const bytes = await jpeg(60, 60);
  const assetId = await draftOf(ann, ann.id);
  const { id, url } = await beginUpload(media.world, ann, assetId, bytes.length);
  await patch(url, 0, bytes);
  const answers = await Promise.all(Array.from({ length: 4 }, () => ann.ask(complete, { input: { uploadId: id } })));
  expect(new Set(answers.map(({ mediaUploadComplete }) => mediaUploadComplete.media.id)).size).toBe(1);
  const facts = await media.world.facts({ key: assetId });
  expect(facts.filter(({ type }) => type === 'assets.media.attached')).toHaveLength(1);
});

test('files that arrive at the same time get different positions', async () => {
  const assetId = await draftOf(ann, ann.id);
  const files = await Promise.all(Array.from({ length: 8 }, (_, seed) => jpeg(50, 50, { seed })));
  await Promise.all(files.map((bytes) => attach(media.world, ann, assetId, bytes)));
  const rows = await media.world.database.query<{ position: number }>(
    'select position from assets.media where asset_id = $1 order by position',
    [assetId],
  );
  expect(rows.map(({ position }) => position)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test('a hundred of 120 uploads that one account begins at once succeed', async () => {
  const eager = await media.world.signUp({ displayName: 'Eager' });
  const input = { assetId: await draftOf(eager, eager.id), fileName: 'a.jpg', size: 10 };
  const begin = 'mutation ($input: MediaUploadBeginInput!) { mediaUploadBegin(input: $input) { upload { id } } }';
  const fields = Array.from({ length: 10 }, (_, n) => `u${n}: mediaUploadBegin(input: $input) { upload { id } }`);
  // Nine tenths one after the other; the rest at once, with twenty more.
  for (let round = 0; round < 9; round++)
    await eager.ask(`mutation ($input: MediaUploadBeginInput!) { ${fields.join(' ')} }`, { input });
  const answers = await Promise.allSettled(Array.from({ length: 30 }, () => eager.ask(begin, { input })));
  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  const [row] = await media.world.database.query<{ n: string }>(
    'select count(*) as n from assets.media_uploads where created_by = $1',
    [eager.id],
  );
  expect(Number(row?.n)).toBe(100);
});

test('one of ten writers at the same offset of one upload succeeds', async () => {
  const bytes = await jpeg(60, 60, { seed: 60 });
  const { url } = await beginUpload(media.world, ann, await draftOf(ann, ann.id), bytes.length);
  const answers = await Promise.all(Array.from({ length: 10 }, () => patch(url, 0, bytes.subarray(0, 500))));
  const heard = answers.filter(({ status }) => status === 204);
  expect(heard).toHaveLength(1);
  for (const { status } of answers) expect([204, 409, 423]).toContain(status);
  expect((await patch(url, 500, bytes.subarray(500))).status).toBe(204);
});

test('one of two simultaneous orders applies as a whole', async () => {
  const assetId = await draftOf(ann, ann.id);
  const ids: string[] = [];
  for (const seed of [1, 2, 3])
    ids.push((await attach(media.world, ann, assetId, await jpeg(30, 30, { seed }))).media.id);
  const orders = [ids, [...ids].reverse()];
  const reorder = 'mutation ($input: MediaReorderInput!) { mediaReorder(input: $input) { asset { media { id } } } }';
  await Promise.all(
    Array.from({ length: 6 }, (_, n) => ann.ask(reorder, { input: { assetId, mediaIds: orders[n % 2] } })),
  );
  const { asset } = await ann.ask('query ($id: ID!) { asset(id: $id) { media { id } } }', { id: assetId });
  expect(orders).toContainEqual(asset.media.map((each: { id: string }) => each.id));
});
