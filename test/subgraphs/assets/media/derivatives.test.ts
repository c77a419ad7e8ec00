import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOrm } from '../../../../platform/database/orm.ts';
import { FolderStore } from '../../../../platform/objects/folder-store.ts';
import { bytesOf, contentKey } from '../../../../platform/objects/object-store.ts';
import {
  derivedPrefix,
  type ShelfContext,
  type ShelfLimits,
} from '../../../../subgraphs/assets/media/derivative-shelf.ts';
import { derivativeName, Derivatives } from '../../../../subgraphs/assets/media/derivatives.ts';
import { fitted } from '../../../../platform/pictures/fit.ts';
import type { PictureSpec } from '../../../../platform/pictures/picture.ts';
import { assetsSubgraph } from '../../../../subgraphs/assets/subgraph.ts';
import { drawingOf } from '../../../../subgraphs/demo/drawing.ts';
import { allWorks } from '../../../../subgraphs/demo/works.ts';
import { subgraphs } from '../../../../subgraphs/index.ts';
import { temporaryParent } from '../../../testkit/config.ts';
import { freshDatabase, type FreshDatabase } from '../../../testkit/template.ts';

const viewer = { network: '192.0.2.1' };
const hour = 3_600_000;
let folder: string;
let objects: FolderStore;
let fresh: FreshDatabase;
let orm: ReturnType<typeof createOrm>;
beforeAll(async () => {
  folder = await mkdtemp(join(temporaryParent(), 'derivatives-'));
  objects = new FolderStore(folder);
  fresh = await freshDatabase('embedded', subgraphs);
  orm = createOrm(fresh.database, { schema: 'assets', entities: [...assetsSubgraph.entities] as never[] });
});
afterAll(async () => {
  await orm.close();
  await fresh.close();
  await rm(folder, { recursive: true, force: true });
});

let at = Date.UTC(2026, 0, 1);
const context = (): ShelfContext => ({ em: orm.em.fork() as never, now: () => new Date(at), universe: 'main' });
/** A separate original for a test. */
async function original(): Promise<string> {
  const sha256 = randomUUID().replaceAll('-', '').repeat(2);
  await objects.put(contentKey(sha256), Buffer.from('an original'));
  return sha256;
}
/** A derivative with as many bytes as its width. */
const wide = (width: number): PictureSpec =>
  fitted({ width: 1000, height: 1 }, { width, height: null, fit: 'COVER' }, 'png');
const drawn = (_original: unknown, spec: PictureSpec): Promise<Buffer> =>
  Promise.resolve(Buffer.alloc(spec.size.width));
const keysOf = async (sha256 = ''): Promise<string[]> => {
  const found: string[] = [];
  for await (const key of objects.list(sha256 ? derivedPrefix(sha256) : 'derived/')) found.push(key);
  return found;
};
const widthsOf = async (sha256: string): Promise<number[]> =>
  (await keysOf(sha256)).map((key) => Number(/_(\d+),/.exec(key)?.[1])).sort((a, b) => a - b);
/** The objects, the rows and the counted bytes. */
async function bytes(): Promise<{ there: number; rows: number; counted: number }> {
  let there = 0;
  for (const key of await keysOf()) there += (await objects.head(key))?.size ?? 0;
  const [found] = await fresh.database.query<{ rows: string; counted: string }>(
    `select (select coalesce(sum(bytes), 0) from assets.derivatives) as rows,
       coalesce((select bytes from assets.derivative_shelf), 0) as counted`,
  );
  return { there, rows: Number(found?.rows), counted: Number(found?.counted) };
}
const shelfOf = (limits: Partial<ShelfLimits>): Derivatives =>
  new Derivatives(objects, { draw: drawn, limits: { bytesEach: 1e9, countEach: 1e9, bytes: 1e9, ...limits } });

test('twenty simultaneous requests share one rendering, and a failed one is repeated', async () => {
  const sha256 = await original();
  const spec = fitted({ width: 100, height: 100 }, { width: 10, height: 10, fit: 'COVER' }, 'png');
  let made = 0;
  const derivatives = new Derivatives(objects, {
    draw: async () => {
      made += 1;
      await new Promise((resolve) => setImmediate(resolve));
      if (made === 1) throw new Error('out of luck');
      return Buffer.from('a picture');
    },
  });
  const ask = async (): Promise<string> =>
    (await bytesOf((await derivatives.open(context(), sha256, spec, viewer)).body)).toString();
  const first = await Promise.allSettled(Array.from({ length: 20 }, ask));
  expect([made, new Set(first.map(({ status }) => status))]).toEqual([1, new Set(['rejected'])]);
  expect(new Set(await Promise.all(Array.from({ length: 20 }, ask)))).toEqual(new Set(['a picture']));
  expect(made).toBe(2);
  const part = await derivatives.open(context(), sha256, spec, viewer, { start: 2, end: 4 });
  expect([part.size, (await bytesOf(part.body)).toString()]).toEqual([9, 'pic']);
  expect(made).toBe(2);
});

test('a thumbnail does not wait for large pictures, nor for those of others', async () => {
  const sha256 = await original();
  const ends: (() => void)[] = [];
  const begun: number[] = [];
  const derivatives = new Derivatives(objects, {
    draw: (_original, spec) => {
      begun.push(spec.size.width);
      return new Promise((resolve) => ends.push(() => resolve(Buffer.from('made'))));
    },
  });
  const large = (side: number): PictureSpec => ({ ...wide(1), size: { width: side, height: 4000 }, format: 'avif' });
  const asked = [derivatives.open(context(), sha256, large(4000), viewer)];
  await expect.poll(() => derivatives.size).toEqual({ waiting: 0, running: 1 });
  asked.push(...[3999, 3998].map((side) => derivatives.open(context(), sha256, large(side), viewer)));
  await expect.poll(() => derivatives.size).toEqual({ waiting: 2, running: 1 });
  const thumbnail = derivatives.open(context(), sha256, wide(10), { network: '198.51.100.7' });
  await expect.poll(() => begun).toEqual([4000, 10]);
  ends[1]?.();
  expect((await thumbnail).size).toBe(4);
  for (let n = 0; n < 3; n++) {
    await expect.poll(() => begun.length).toBe(n + 2);
    ends[n === 0 ? 0 : n + 1]?.();
  }
  await Promise.all(asked);
  // The order of two simultaneous requests does not matter.
  expect(begun.toSorted((a, b) => a - b)).toEqual([10, 3998, 3999, 4000]);
});

describe('the stored derivatives', () => {
  test('are bounded for each original, and the least recently used are evicted first', async () => {
    const [sha256, other] = [await original(), await original()];
    const derivatives = shelfOf({ bytesEach: 1000 });
    const ask = async (width: number, of = sha256): Promise<void> => {
      at += hour;
      (await derivatives.open(context(), of, wide(width), viewer)).body.destroy();
    };
    await ask(500, other);
    for (const width of [300, 301, 302]) await ask(width);
    expect(await widthsOf(sha256)).toEqual([300, 301, 302]);
    // The first is requested again, on another day.
    at += 24 * hour;
    await ask(300);
    await ask(303);
    expect(await widthsOf(sha256)).toEqual([300, 302, 303]);
    await ask(690);
    expect(await widthsOf(sha256)).toEqual([303, 690]);
    expect(await widthsOf(other)).toEqual([500]);
    expect((await bytes()).counted).toBe((await bytes()).there);
  });

  test('are bounded in number', async () => {
    const sha256 = await original();
    const derivatives = shelfOf({ countEach: 3 });
    for (const width of [1, 2, 3, 4, 5]) {
      at += hour;
      (await derivatives.open(context(), sha256, wide(width), viewer)).body.destroy();
    }
    expect(await widthsOf(sha256)).toEqual([3, 4, 5]);
  });

  test('are bounded in total', async () => {
    const [first, second] = [await original(), await original()];
    const before = (await bytes()).counted;
    const derivatives = shelfOf({ bytes: before + 1000 });
    for (const width of [400, 401]) {
      at += hour;
      (await derivatives.open(context(), first, wide(width), viewer)).body.destroy();
    }
    at += hour;
    (await derivatives.open(context(), second, wide(900), viewer)).body.destroy();
    const { there, rows, counted } = await bytes();
    expect([there, rows]).toEqual([counted, counted]);
    expect(there).toBeLessThanOrEqual(before + 1000);
    expect(await widthsOf(second)).toEqual([900]);
    const tiny = shelfOf({ bytes: 10 });
    expect((await tiny.open(context(), second, wide(11), viewer)).size).toBe(11);
    expect(await widthsOf(second)).toEqual([900]);
  });

  test('stay bounded and counted with many simultaneous requests', async () => {
    const sha256 = await original();
    const derivatives = shelfOf({ bytesEach: 2000 });
    const widths = Array.from({ length: 30 }, (_, n) => 100 + n);
    await Promise.all(
      widths.map(async (width, n) => {
        const network = `192.0.2.${n}`;
        (await derivatives.open(context(), sha256, wide(width), { network })).body.destroy();
      }),
    );
    const kept = await widthsOf(sha256);
    expect(kept.reduce((sum, width) => sum + width, 0)).toBeLessThanOrEqual(2000);
    const { there, rows, counted } = await bytes();
    expect([there, rows]).toEqual([counted, counted]);
  });

  test.each(['put', 'delete'] as const)('are never more than counted, wherever a process ends (%s)', async (point) => {
    const sha256 = await original();
    const limits = { bytesEach: 1000, countEach: 1e9, bytes: 1e9 };
    const ending = new FolderStore(folder);
    const doomed = new Derivatives(ending, { draw: drawn, limits });
    at += hour;
    (await doomed.open(context(), sha256, wide(600), viewer)).body.destroy();
    at += hour;
    ending[point] = () => Promise.reject(new Error('the process has ended'));
    await expect(doomed.open(context(), sha256, wide(700), viewer)).rejects.toThrow('has ended');
    const { there, rows, counted } = await bytes();
    expect(rows).toBe(counted);
    expect(there).toBeLessThan(counted);
    // The next process renders it, as if nothing had happened.
    const next = shelfOf({ bytesEach: 1000 });
    at += hour;
    (await next.open(context(), sha256, wide(700), viewer)).body.destroy();
    expect(await widthsOf(sha256)).toEqual([700]);
    expect((await bytes()).there).toBe((await bytes()).counted);
  });

  test('are counted later if they were not, and are deleted with their original', async () => {
    const sha256 = await original();
    const before = await bytes();
    for (const width of [20, 30])
      await objects.put(derivedPrefix(sha256) + derivativeName(wide(width)), Buffer.alloc(width));
    const derivatives = shelfOf({});
    (await derivatives.open(context(), sha256, wide(20), viewer)).body.destroy();
    expect((await bytes()).counted).toBe(before.counted + 20);
    await derivatives.shelf.countStrays(context());
    expect((await bytes()).counted).toBe(before.counted + 50);
    await derivatives.shelf.countStrays(context());
    expect((await bytes()).counted).toBe(before.counted + 50);
    await derivatives.shelf.forget(context(), sha256);
    expect(await bytes()).toEqual(before);
    expect(await keysOf(sha256)).toEqual([]);
  });
});

test('each work of the demonstration has its own drawing, which is always the same', () => {
  const drawings = allWorks().map(drawingOf);
  expect(drawings).toHaveLength(30);
  expect(new Set(drawings).size).toBe(30);
  expect(allWorks().map(drawingOf)).toEqual(drawings);
});
