import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contentKey } from '../../../../platform/objects/object-store.ts';
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
import { refusal } from '../../../testkit/refusal.ts';
import type { Person, World } from '../../../testkit/world.ts';

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let media: MediaWorld;
let world: World;
let ann: Person;
let picture: Buffer;
beforeAll(async () => {
  media = await openMediaWorld({ oses: ['assets'] });
  world = media.world;
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  picture = await jpeg(640, 480);
  await attach(world, ann, await draft(), picture);
});
afterAll(() => media.close());

const draft = (): Promise<string> => draftOf(ann, ann.organizationId ?? '');

describe('expired uploads and media', () => {
  test('an expired upload cannot be attached, also before the sweep', async () => {
    const bytes = await jpeg(71, 70, { seed: 71 });
    const assetId = await draft();
    const { id, url } = await beginUpload(world, ann, assetId, bytes.length);
    await patch(url, 0, bytes);
    await world.database.query('update assets.media_uploads set expires_at = $2 where id = $1', [
      id,
      world.clock.now(),
    ]);
    expect(await refusal(ann, complete, { input: { uploadId: id } })).toEqual({
      code: 'EXPIRED',
      path: 'input.uploadId',
    });
    // One that was attached in time is returned unchanged.
    const done = await beginUpload(world, ann, assetId, bytes.length);
    await patch(done.url, 0, bytes);
    const answer = await ann.ask(complete, { input: { uploadId: done.id } });
    await world.database.query('update assets.media_uploads set expires_at = $2 where id = $1', [
      done.id,
      world.clock.now(),
    ]);
    expect((await ann.ask(complete, { input: { uploadId: done.id } })).mediaUploadComplete.media.id).toBe(
      answer.mediaUploadComplete.media.id,
    );
  });

  test('a content that is uploaded again while the sweep deletes it stays', async () => {
    const bytes = await jpeg(73, 70, { seed: 73 });
    const key = contentKey(hashOf(bytes));
    const first = await attach(world, ann, await draft(), bytes);
    await ann.ask('mutation ($input: MediaDetachInput!) { mediaDetach(input: $input) { asset { id } } }', {
      input: { mediaId: first.media.id },
    });
    const { list } = media.objects;
    try {
      world.clock.turn(8 * 24 * 3_600_000);
      // Uploaded between two steps of the sweep: its derivatives are about to be deleted.
      media.objects.list = async function* (prefix) {
        if (prefix === `derived/${hashOf(bytes)}/`) await media.objects.copy(key, key);
        yield* list.call(media.objects, prefix);
      };
      // Objects have the time of the machine, and the sweep that of the advanced clock.
      const { head } = media.objects;
      let copied = false;
      const { copy } = media.objects;
      media.objects.copy = async (from, to) => {
        copied ||= to === key;
        return copy.call(media.objects, from, to);
      };
      media.objects.head = async (of) => {
        const found = await head.call(media.objects, of);
        return found && of === key && copied ? { ...found, modifiedAt: world.clock.now() } : found;
      };
      await world.house.sweep();
      Object.assign(media.objects, { head, copy });
      expect(copied).toBe(true);
      expect(await media.objects.head(key)).not.toBeNull();
    } finally {
      media.objects.list = list;
      world.clock.reset();
    }
  });

  test('abandoned uploads are deleted with their bytes, and detached media a week later', async () => {
    const bytes = await jpeg(70, 70, { seed: 7 });
    const assetId = await draft();
    const { url } = await beginUpload(world, ann, assetId, 100);
    await patch(url, 0, Buffer.alloc(50));
    const { media: made, asset } = await attach(world, ann, assetId, bytes);
    await fetch(new URL(asset.image.url as string, world.url));
    await ann.ask('mutation ($input: MediaDetachInput!) { mediaDetach(input: $input) { asset { id } } }', {
      input: { mediaId: made.id },
    });
    const keys = async (prefix: string): Promise<string[]> => {
      const found: string[] = [];
      for await (const key of media.objects.list(prefix)) found.push(key);
      return found;
    };
    const key = contentKey(hashOf(bytes));
    await world.house.sweep();
    expect(await keys('uploads/')).not.toEqual([]);
    expect(await keys('derived/')).not.toEqual([]);
    try {
      world.clock.turn(25 * 3_600_000);
      await world.house.sweep();
      expect(await keys('uploads/')).toEqual([]);
      expect(await media.objects.head(key)).not.toBeNull();
      world.clock.turn(7 * 24 * 3_600_000);
      await world.house.sweep();
      expect(await media.objects.head(key)).toBeNull();
      expect(await keys(`derived/${hashOf(bytes)}/`)).toEqual([]);
      // Content that another medium uses stays.
      expect(await media.objects.head(contentKey(hashOf(picture)))).not.toBeNull();
    } finally {
      world.clock.reset();
    }
  });
});
