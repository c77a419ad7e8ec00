import DataLoader from 'dataloader';
import type { Context } from './context.ts';

/** Ids of one call of `load` at most: a statement with more parameters is slow to plan. */
const batchAtMost = 1_000;

/**
 * The value that `load` finds for an id. All look-ups of one tick under the same key are one call, and so one statement; a request
 * loads each id once.
 */
export async function batched<V>(
  context: Context,
  key: unknown,
  id: string,
  load: (ids: readonly string[]) => Promise<ReadonlyMap<string, V>>,
): Promise<V | undefined> {
  const each = async (ids: readonly string[]): Promise<(V | undefined)[]> => {
    const found = await load(ids);
    return ids.map((one) => found.get(one));
  };
  return context.loader<V | undefined>(key, () => new DataLoader(each, { maxBatchSize: batchAtMost })).load(id);
}

/** The rows whose `by` is the id, in the order in which `load` returns them; batched as by `batched`. */
export async function grouped<R>(
  context: Context,
  key: unknown,
  id: string,
  load: (ids: readonly string[]) => Promise<readonly R[]>,
  by: (row: R) => string,
): Promise<R[]> {
  const rows = await batched(context, key, id, async (ids) => {
    const groups = new Map<string, R[]>(ids.map((each) => [each, []]));
    for (const row of await load(ids)) groups.get(by(row))?.push(row);
    return groups;
  });
  return rows ?? [];
}
