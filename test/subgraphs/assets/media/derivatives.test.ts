import { setTimeout as sleep } from 'node:timers/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FolderStore } from '../../../../platform/objects/folder-store.ts';
import { bytesOf, contentKey } from '../../../../platform/objects/object-store.ts';
import { Derivatives } from '../../../../subgraphs/assets/media/derivatives.ts';
import { fitted } from '../../../../subgraphs/assets/media/fit.ts';
import { Turnstile } from '../../../../subgraphs/assets/media/turnstile.ts';
import { drawingOf } from '../../../../subgraphs/demo/drawing.ts';
import { allWorks } from '../../../../subgraphs/demo/works.ts';
import { temporaryParent } from '../../../testkit/config.ts';

const sha256 = 'ab'.repeat(32);
const spec = fitted({ width: 100, height: 100 }, { width: 10, height: 10, fit: 'COVER' }, 'png');
let folder: string;
let objects: FolderStore;
beforeAll(async () => {
  folder = await mkdtemp(join(temporaryParent(), 'derivatives-'));
  objects = new FolderStore(folder);
  await objects.put(contentKey(sha256), Buffer.from('an original'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('twenty who ask at once are answered by one making, and a making that failed is tried again', async () => {
  let made = 0;
  const derivatives = new Derivatives(objects, async () => {
    made += 1;
    await sleep(10);
    if (made === 1) throw new Error('out of luck');
    return Buffer.from('a picture');
  });
  const ask = async (): Promise<string> => (await bytesOf((await derivatives.open(sha256, spec)).body)).toString();
  const first = await Promise.allSettled(Array.from({ length: 20 }, ask));
  expect([made, new Set(first.map(({ status }) => status))]).toEqual([1, new Set(['rejected'])]);
  expect(new Set(await Promise.all(Array.from({ length: 20 }, ask)))).toEqual(new Set(['a picture']));
  expect(made).toBe(2);
  const part = await derivatives.open(sha256, spec, { start: 2, end: 4 });
  expect([part.size, (await bytesOf(part.body)).toString()]).toEqual([9, 'pic']);
  expect(made).toBe(2);
});

test('of work that takes a core two go on at once, some wait, and the rest are told to come again', async () => {
  const turnstile = new Turnstile(2, 3);
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    inside += 1;
    most = Math.max(most, inside);
    await sleep(5);
    inside -= 1;
  };
  const done = await Promise.allSettled(Array.from({ length: 7 }, () => turnstile.through(work)));
  expect(most).toBe(2);
  expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
  for (const each of done) if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'UNAVAILABLE' });
  await turnstile.through(work);
});

test('each work of the demonstration has a drawing of its own, which is always the same', () => {
  const drawings = allWorks().map(drawingOf);
  expect(drawings).toHaveLength(30);
  expect(new Set(drawings).size).toBe(30);
  expect(allWorks().map(drawingOf)).toEqual(drawings);
});
