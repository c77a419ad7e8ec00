import { batched } from '../../../platform/context/batch.ts';
import DataLoader from 'dataloader';
import type { Context } from '../../../platform/context/context.ts';
import { extend } from '../../../platform/declare/extension.ts';
import { Invalid } from '../../../platform/errors/errors.ts';
import type { Fact } from '../../../platform/facts/fact.ts';
import { countFactsOfKeys, prunedKeys, readFactsOfKeys, type KeyedFacts } from '../../../platform/facts/history.ts';
import { prefixOf } from '../../../platform/ids/ids.ts';
import type { Connection } from '../../../platform/nouns/connection.ts';
import { cursorValues, PageArgs, pageOf, rowCursor } from '../../../platform/nouns/page.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.noun.ts';
import { AssetChangeConnection } from './asset-change.type.ts';
import { readTitle, titleOf, visibleFacts } from './ownership.ts';

export const historyOfAsset = extend(assets, (f) => ({
  history: f
    .object<InstanceType<typeof AssetChangeConnection>>(
      () => AssetChangeConnection,
      'The history of the asset, newest first. An owner sees every change made during their ownership, and the offer by which they received it; a former owner sees the changes up to the transfer. Everybody else sees only when it was published, put on or taken off sale, sold, transferred or archived; this also applies to an owner for the time before their ownership. Operators and auditors see every change. Changes that the server has deleted after its retention period are missing (see `isHistoryComplete`). Errors: INVALID, EXPIRED for the cursor of a deleted change.',
    )
    .dependsOn('self')
    .with(
      () => PageArgs,
      (asset, context, args) => historyOf(context, asset, args),
    ),
  isHistoryComplete: f
    .boolean(
      'Whether all changes since the creation of the asset are stored; false if the server has deleted the oldest after its retention period. The same for every viewer.',
    )
    .from((asset, context) => isHistoryComplete(context, asset)),
}));

const order = 'history:desc';

/** The fact id in a cursor. The number of the fact would reveal how many facts are hidden from the viewer. */
function factIn(cursor: string, path: string): string {
  const [id] = cursorValues(cursor, order, path);
  if (typeof id !== 'string' || prefixOf(id) !== 'fct')
    throw new Invalid('This is not a cursor of this list.', { path: [path] });
  return id;
}

/**
 * The history of an asset, the newest first. Edits, offers and refusals under an owner stay with that owner (`ownership.ts`). For all
 * assets loaded together: one statement for histories, one for earlier owners, and one for totals.
 */
async function historyOf(context: Context, asset: Asset, args: PageArgs): Promise<Connection<Fact>> {
  const page = pageOf(args, context.actor);
  const below = page.after === null ? null : factIn(page.after, 'after');
  const above = page.before === null ? null : factIn(page.before, 'before');
  const limit = page.size + 1;
  const direction = page.backward ? 'oldest' : 'newest';
  const loaded = <V>(key: string, read: (of: KeyedFacts) => Promise<Map<string, V>>, none: V): Promise<V> =>
    context
      .loader<V>(
        key,
        () =>
          new DataLoader(async (titles) => {
            const of = await visibleFacts(context, titles.map(readTitle));
            const found = await read(of);
            return of.keys.map((id) => found.get(id) ?? none);
          }),
      )
      .load(titleOf(asset));
  const facts = await loaded<Fact[]>(
    JSON.stringify(['history', page]),
    (of) => readFactsOfKeys(context.hub.database, { ...of, below, above, limit, order: direction }),
    [],
  );
  const more = facts.length > page.size;
  const shown = facts.slice(0, page.size);
  if (page.backward) shown.reverse();
  const edges = shown.map((node) => ({ cursor: rowCursor(order, [node.id]), node }));
  return new AssetChangeConnection(
    edges,
    {
      hasNextPage: page.backward ? above !== null : more,
      hasPreviousPage: page.backward ? more : below !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    () => loaded('history total', (of) => countFactsOfKeys(context.hub.database, of), 0),
  );
}

const completeKey = Symbol('history is complete');

/** Whether no change of an asset was deleted after the retention period. One statement for all assets loaded together. */
async function isHistoryComplete(context: Context, { id }: Asset): Promise<boolean> {
  const isPruned = await batched(context, completeKey, id, async (ids) => {
    const pruned = await prunedKeys(context.hub.database, ids);
    return new Map([...pruned].map((key) => [key, true]));
  });
  return !isPruned;
}
