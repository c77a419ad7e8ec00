import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  askMedia,
  assetFetchAttach,
  cancelFetch,
  fetchOf,
  openFetchWorld,
  type FetchWorld,
} from '../../../testkit/fetches.ts';
import { jpeg } from '../../../testkit/files.ts';
import { draftOf } from '../../../testkit/media.ts';
import { refusal } from '../../../testkit/refusal.ts';
import type { Person, World } from '../../../testkit/world.ts';

let fetching: FetchWorld;
let world: World;
let ann: Person;
let museum: string;
let viewer: Person;
let stranger: Person;
let picture: Buffer;
beforeAll(async () => {
  fetching = await openFetchWorld({ oses: ['assets'] });
  world = fetching.world;
  ann = await world.signUp({ displayName: 'Ann', organization: 'Museum' });
  museum = ann.organizationId ?? '';
  viewer = await world.signUp({ displayName: 'Vera' });
  await world.grant(museum, viewer, 'VIEWER');
  stranger = await world.signUp({ displayName: 'Sam', organization: 'Elsewhere' });
  picture = await jpeg(64, 48);
  fetching.web.on('/front.jpg', (_request, response) => response.end(picture));
});
afterAll(() => fetching.close());

const draft = (): Promise<string> => draftOf(ann, museum);
const at = (path: string): string => fetching.web.url + path;
/** Fetches and waits for the end, or for the next attempt. */
async function fetched(url: string) {
  const id = await askMedia(ann, await draft(), url);
  await world.settled();
  return fetchOf(ann, id);
}

describe('while a file is being fetched', () => {
  /** A file that is sent when it is released. */
  function held(path: string): { asked: () => boolean; left: Promise<void>; go: () => void } {
    let asked = false;
    let go = (): void => {};
    let leave = (): void => {};
    const left = new Promise<void>((resolve) => (leave = resolve));
    fetching.web.on(path, (_request, response) => {
      asked = true;
      response.on('close', leave);
      response.writeHead(200).write(picture.subarray(0, 100));
      go = () => response.end(picture.subarray(100));
    });
    return { asked: () => asked, left, go: () => go() };
  }
  const isRunning = async (id: string): Promise<boolean> => {
    const [row] = await world.database.query<{ state: string }>(
      'select u.state from assets.asset_fetches f join assets.media_uploads u on u.id = f.upload_id where f.id = $1',
      [id],
    );
    return row?.state === 'OPEN';
  };

  test('it can be cancelled by those who may edit the asset, and has no effect then', async () => {
    const file = held('/cancelled.jpg');
    const assetId = await draft();
    const id = await askMedia(ann, assetId, at('/cancelled.jpg'));
    await expect.poll(() => isRunning(id)).toBe(true);
    const input = { fetchId: id };
    expect(await refusal(stranger, cancelFetch, { input })).toEqual({ code: 'NOT_FOUND', path: 'input.fetchId' });
    expect(await refusal(viewer, cancelFetch, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await ann.ask(cancelFetch, { input })).toEqual({ assetFetchCancel: { fetch: { id, status: 'CANCELLED' } } });
    // The reader is stopped at once, and disconnects from the server.
    await file.left;
    await world.settled();
    await ann.ask(cancelFetch, { input });
    expect(await fetchOf(ann, id)).toMatchObject({ status: 'CANCELLED', media: null, fault: null });
    const facts = (await world.facts({ key: id })).map(({ payload }) => payload.status);
    expect(facts).toEqual(['QUEUED', 'RUNNING', 'CANCELLED']);
    const done = await fetched(at('/front.jpg'));
    expect(await refusal(ann, cancelFetch, { input: { fetchId: done.id } })).toEqual({
      code: 'CONFLICT',
      path: 'input.fetchId',
    });
  });

  test.each([
    [
      'archived',
      'ASSET_ARCHIVED',
      (assetId: string) =>
        ann.ask('mutation ($input: AssetArchiveInput!) { assetArchive(input: $input) { asset { id } } }', {
          input: { assetId },
        }),
    ],
    [
      'transferred',
      'ASSET_TRANSFERRED',
      (assetId: string) =>
        ann.ask('mutation ($input: AssetTransferInput!) { assetTransfer(input: $input) { transfer { status } } }', {
          input: { assetId, receiverId: ann.id },
        }),
    ],
  ])('an asset that is %s meanwhile gets no medium', async (name, fault, change) => {
    const file = held(`/${name}.jpg`);
    const assetId = await draft();
    const id = await askMedia(ann, assetId, at(`/${name}.jpg`));
    await expect.poll(() => isRunning(id)).toBe(true);
    await change(assetId);
    file.go();
    await world.settled();
    expect(await fetchOf(ann, id)).toMatchObject({ status: 'FAILED', fault, media: null });
    const media = await world.database.query('select 1 from assets.media where asset_id = $1', [assetId]);
    expect(media).toEqual([]);
    if (name === 'archived') {
      const input = { assetId, url: at('/front.jpg') };
      expect(await refusal(ann, assetFetchAttach, { input })).toEqual({ code: 'CONFLICT', path: 'input.assetId' });
    }
  });

  test('fetches end with the account of their requester', async () => {
    const leaver = await world.signUp({ displayName: 'Lea', password: 'a long enough password' });
    const file = held('/closed.jpg');
    const assetId = await draftOf(leaver, leaver.id);
    const id = await askMedia(leaver, assetId, at('/closed.jpg'));
    await expect.poll(() => isRunning(id)).toBe(true);
    await leaver.ask('mutation { userClose(input: {}) { user { id } } }');
    await file.left;
    await world.settled();
    const [row] = await world.database.query('select status, upload_id from assets.asset_fetches where id = $1', [id]);
    expect(row).toEqual({ status: 'CANCELLED', upload_id: null });
  });

  test('ended fetches are deleted after thirty days, and the medium stays', async () => {
    const done = await fetched(at('/front.jpg'));
    world.clock.turn(29 * 24 * 3_600_000);
    await world.house.sweep();
    expect(await fetchOf(ann, done.id)).not.toBeNull();
    world.clock.turn(2 * 24 * 3_600_000);
    await world.house.sweep();
    world.clock.reset();
    expect(await fetchOf(ann, done.id)).toBeNull();
    expect((await ann.ask('query ($id: ID!) { media(id: $id) { id } }', { id: done.media.id })).media).not.toBeNull();
  });
});
