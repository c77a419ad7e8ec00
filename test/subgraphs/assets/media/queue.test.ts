import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FolderStore } from '../../../../platform/objects/folder-store.ts';
import { contentKey } from '../../../../platform/objects/object-store.ts';
import { derivativesIn } from '../../../../subgraphs/assets/media/derivatives.ts';
import { temporaryParent } from '../../../testkit/config.ts';
import { jpeg } from '../../../testkit/files.ts';
import { attach, draftOf, openMediaWorld, type MediaWorld } from '../../../testkit/media.ts';
import type { Person } from '../../../testkit/world.ts';

/** A store that withholds some originals, so that rendering them takes as long as a test needs. */
class HeldStore extends FolderStore {
  readonly held = new Set<string>();
  release: () => void = () => undefined;
  #released = Promise.resolve();

  hold(shas: readonly string[]): void {
    for (const sha256 of shas) this.held.add(contentKey(sha256));
    this.#released = new Promise((resolve) => {
      this.release = resolve;
    });
  }

  override async head(key: string): ReturnType<FolderStore['head']> {
    if (this.held.has(key)) await this.#released;
    return super.head(key);
  }
}

let folder: string;
let objects: HeldStore;
let media: MediaWorld;
let ann: Person;
beforeAll(async () => {
  folder = await mkdtemp(join(temporaryParent(), 'held-'));
  objects = new HeldStore(folder);
  media = await openMediaWorld({ oses: ['assets'], objects });
  ann = await media.world.signUp({ displayName: 'Ann' });
});
afterAll(async () => {
  await media.close();
  await rm(folder, { recursive: true, force: true });
});

test('renderings without waiting viewers are dropped, both queued and about to start', async () => {
  const assetId = await draftOf(ann, ann.id);
  const pictures: { url: string; sha256: string }[] = [];
  for (const seed of [1, 2, 3, 4]) {
    const { media: made } = await attach(media.world, ann, assetId, await jpeg(60, 40, { seed }));
    pictures.push({ url: `${media.world.url}${made.iiif}/full/30,/0/default.png`, sha256: made.sha256 as string });
  }
  await ann.ask('mutation ($input: AssetPublishInput!) { assetPublish(input: $input) { asset { id } } }', {
    input: { assetId },
  });
  objects.hold(pictures.map(({ sha256 }) => sha256));
  const size = () => derivativesIn(objects).size;
  const leaving = new AbortController();
  const ask = (n: number, signal?: AbortSignal): Promise<Response> => {
    const asked = fetch(pictures[n]?.url ?? '', signal ? { signal } : {});
    asked.catch(() => undefined);
    return asked;
  };
  const left = [ask(0, leaving.signal)];
  await expect.poll(size).toEqual({ waiting: 0, running: 1 });
  const stays = [ask(1)];
  await expect.poll(size).toEqual({ waiting: 0, running: 2 });
  left.push(ask(2, leaving.signal));
  await expect.poll(size).toEqual({ waiting: 1, running: 2 });
  stays.push(ask(3));
  await expect.poll(size).toEqual({ waiting: 2, running: 2 });
  leaving.abort();
  for (const each of left) await expect(each).rejects.toThrow();
  await expect.poll(size).toEqual({ waiting: 1, running: 2 });
  objects.release();
  for (const each of stays) expect((await each).status).toBe(200);
  await expect.poll(size).toEqual({ waiting: 0, running: 0 });
  const drawn = pictures.map(({ sha256 }) => media.written.some((key) => key.startsWith(`derived/${sha256}/`)));
  expect(drawn).toEqual([false, true, false, true]);
});

test('an upload is inspected while rendering is at its limit and many pictures wait', async () => {
  const assetId = await draftOf(ann, ann.id);
  const { media: made } = await attach(media.world, ann, assetId, await jpeg(60, 40, { seed: 5 }));
  await ann.ask('mutation ($input: AssetPublishInput!) { assetPublish(input: $input) { asset { id } } }', {
    input: { assetId },
  });
  objects.hold([made.sha256 as string]);
  const asked = Array.from({ length: 20 }, (_, n) =>
    fetch(`${media.world.url}${made.iiif}/full/${n + 10},/0/default.png`),
  );
  await expect.poll(() => derivativesIn(objects).size).toEqual({ waiting: 18, running: 2 });
  const another = await attach(media.world, ann, await draftOf(ann, ann.id), await jpeg(60, 40, { seed: 6 }));
  expect(another.media).toMatchObject({ kind: 'IMAGE', width: 60 });
  expect(derivativesIn(objects).size).toEqual({ waiting: 18, running: 2 });
  objects.release();
  for (const each of asked) expect((await each).status).toBe(200);
});
