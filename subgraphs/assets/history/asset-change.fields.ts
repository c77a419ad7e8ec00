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
      'The history of the asset, newest first. An owner sees every change made during their ownership, and the offer by which they received it; a former owner sees the changes up to the transfer. Everybody else sees only when it was published, sold, transferred or archived; so does an owner for the time before. Changes older than the server keeps them are left out (`isHistoryComplete`); a cursor of one of them is EXPIRED.',
    )
    .with(
      () => PageArgs,
      (asset, context, args) => historyOf(context, asset, args),
    ),
  isHistoryComplete: f
    .boolean(
      'True if every change of the asset since it was made is kept; false if the oldest were deleted after the time for which the server keeps changes. It is the same for every viewer.',
    )
    .from((asset, context) => isHistoryComplete(context, asset)),
}));

const order = 'history:desc';

/** The fact behind a cursor. Its number would tell how many there are that the viewer may not see. */
function factIn(cursor: string, path: string): string {
  const [id] = cursorValues(cursor, order, path);
  if (typeof id !== 'string' || prefixOf(id) !== 'fct')
    throw new Invalid('This is not a cursor of this list.', { path: [path] });
  return id;
}

/**
 * What happened to an asset, the newest first. What was written, offered and declined under an owner stays with that owner
 * (`ownership.ts`). The histories of all assets of one turn are one statement, one more for who had them when, and one for totals.
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

/** Whether no change of an asset was deleted after the time for which changes are kept; all assets of one turn are one statement. */
async function isHistoryComplete(context: Context, { id }: Asset): Promise<boolean> {
  const isPruned = await context.lookUp(completeKey, id, async (ids) => {
    const pruned = await prunedKeys(context.hub.database, ids);
    return new Map([...pruned].map((key) => [key, true]));
  });
  return !isPruned;
}
