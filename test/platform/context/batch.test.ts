import type DataLoader from 'dataloader';
import { expect, test } from 'vitest';
import { batched, grouped } from '../../../platform/context/batch.ts';
import type { Context } from '../../../platform/context/context.ts';

/** A context with only the loaders. */
function contextWithLoaders(): Context {
  const loaders = new Map<unknown, unknown>();
  const loader = (key: unknown, make: () => DataLoader<string, unknown>): unknown => {
    if (!loaders.has(key)) loaders.set(key, make());
    return loaders.get(key);
  };
  return { loader } as unknown as Context;
}

test('all lookups of one turn under one key share a call, and an unknown id has no value', async () => {
  const context = contextWithLoaders();
  const calls: string[][] = [];
  const load = (ids: readonly string[]): Promise<Map<string, number>> => {
    calls.push([...ids]);
    return Promise.resolve(new Map(ids.filter((id) => id !== 'none').map((id) => [id, id.length])));
  };
  const found = await Promise.all(['a', 'bb', 'none', 'a'].map((id) => batched(context, 'length', id, load)));
  expect(found).toEqual([1, 2, undefined, 1]);
  expect(calls).toEqual([['a', 'bb', 'none']]);
  await Promise.all([batched(context, 'length', 'a', load), batched(context, 'another', 'a', load)]);
  expect(calls).toEqual([['a', 'bb', 'none'], ['a']]);
});

test('rows are grouped by parent in order; a parent without rows has an empty list', async () => {
  const context = contextWithLoaders();
  const rows = [
    { id: 1, of: 'b' },
    { id: 2, of: 'a' },
    { id: 3, of: 'b' },
    { id: 4, of: 'unasked' },
  ];
  const of = (id: string) =>
    grouped(
      context,
      'rows',
      id,
      () => Promise.resolve(rows),
      (row) => row.of,
    );
  const [a, b, c] = await Promise.all([of('a'), of('b'), of('c')]);
  expect([a, b, c]).toEqual([[rows[1]], [rows[0], rows[2]], []]);
});
