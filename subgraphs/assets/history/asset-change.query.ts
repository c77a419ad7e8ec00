import DataLoader from 'dataloader';
import { isOperator } from '../../../platform/access/permission.ts';
import type { Context } from '../../../platform/context/context.ts';
import { Invalid } from '../../../platform/errors/errors.ts';
import type { Fact } from '../../../platform/facts/fact.ts';
import { countFactsOfKeys, readFactsOfKeys } from '../../../platform/facts/log.ts';
import type { Connection } from '../../../platform/nouns/noun.ts';
import { cursorValues, pageOf, rowCursor, type PageArgs } from '../../../platform/nouns/page.ts';
import { publicStatuses, type Asset } from '../asset/asset.entity.ts';
import { ownersOf } from '../asset/asset.policy.ts';
import { assetArchived, assetPublished, assetReleased, assetReserved, assetSold, assetTransferred } from '../events.ts';
import { AssetChangeConnection, type AssetFieldChange } from './asset-change.type.ts';

/**
 * What everybody could see happen. Drafts, offers and what was written are the owner's affair, and so is to whom a draft went.
 */
const publicFacts = [
  ...[assetPublished, assetReserved, assetReleased, assetSold].map(({ type }) => ({ type, payload: {} })),
  ...publicStatuses.flatMap((status) => [
    { type: assetTransferred.type, payload: { status } },
    { type: assetArchived.type, payload: { previousStatus: status } },
  ]),
];

const order = 'number:desc';

function numberOf(cursor: string, path: string): number {
  const [number] = cursorValues(cursor, order, path);
  if (typeof number !== 'number' || !Number.isSafeInteger(number))
    throw new Invalid('This is not a cursor of this list.', { path: [path] });
  return number;
}

/** Owners, operators and auditors see all of it; everybody else what everybody could see happen. */
function factsFor(context: Context, asset: Asset): typeof publicFacts | null {
  const { actor } = context;
  const all = isOperator(actor) || actor.platformRoles.includes('AUDITOR') || ownersOf(actor).includes(asset.ownerId);
  return all || context.system ? null : publicFacts;
}

/**
 * What happened to an asset, the newest first. The histories of all assets of one turn are one statement for those that the
 * viewer owns and one for the others, and one more each for totals.
 */
export async function historyOf(context: Context, asset: Asset, args: PageArgs): Promise<Connection<Fact>> {
  const page = pageOf(args, context.actor);
  const below = page.after === null ? null : numberOf(page.after, 'after');
  const above = page.before === null ? null : numberOf(page.before, 'before');
  const only = factsFor(context, asset);
  const of = { os: context.os, universe: context.universe, only };
  const key = JSON.stringify(['history', page, only !== null]);
  const limit = page.size + 1;
  const direction = page.backward ? 'oldest' : 'newest';
  const facts = await context
    .loader<Fact[]>(
      key,
      () =>
        new DataLoader(async (keys) => {
          const range = { ...of, keys, below, above, limit, order: direction } as const;
          const found = await readFactsOfKeys(context.hub.database, range);
          return keys.map((each) => found.get(each) ?? []);
        }),
    )
    .load(asset.id);
  const more = facts.length > page.size;
  const shown = facts.slice(0, page.size);
  if (page.backward) shown.reverse();
  const edges = shown.map((node) => ({ cursor: rowCursor(order, [node.keySeq]), node }));
  const count = (): Promise<number> =>
    context
      .loader<number>(
        `${key} total`,
        () =>
          new DataLoader(async (keys) => {
            const counts = await countFactsOfKeys(context.hub.database, { ...of, keys });
            return keys.map((each) => counts.get(each) ?? 0);
          }),
      )
      .load(asset.id);
  return new AssetChangeConnection(
    edges,
    {
      hasNextPage: page.backward ? above !== null : more,
      hasPreviousPage: page.backward ? more : below !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    count,
  );
}

type Payload = Record<string, unknown>;
/** In the order of the alphabet: the log does not keep the order of names. */
const changedFields = (changed: unknown): AssetFieldChange[] =>
  Object.entries((changed ?? {}) as Record<string, { from: unknown; to: unknown }>)
    .map(([field, { from, to }]) => ({ field, from, to }))
    .sort((one, other) => (one.field < other.field ? -1 : 1));
const status = (to: string) => (payload: Payload) => [{ field: 'status', from: payload['previousStatus'] ?? null, to }];

/** The difference that each fact tells of. */
const differences: Record<string, (payload: Payload) => AssetFieldChange[]> = {
  'assets.asset.updated': ({ changed }) => changedFields(changed),
  'assets.asset.imported': ({ changed }) => changedFields(changed),
  'assets.asset.created': ({ status: to }) => [{ field: 'status', from: null, to }],
  'assets.asset.indexed': status('INDEXED'),
  'assets.asset.reopened': status('DRAFT'),
  'assets.asset.published': status('PUBLISHED'),
  'assets.asset.archived': status('ARCHIVED'),
  'assets.asset.reserved': status('ON_SALE'),
  'assets.asset.released': () => [{ field: 'status', from: 'ON_SALE', to: 'PUBLISHED' }],
  'assets.asset.sold': () => [{ field: 'status', from: 'ON_SALE', to: 'SOLD' }],
  'assets.asset.transferred': ({ fromId, toId }) => [{ field: 'owner', from: fromId, to: toId }],
  'assets.asset.arranged': ({ previousPartIds, partIds }) => [{ field: 'parts', from: previousPartIds, to: partIds }],
  'assets.assetLink.added': ({ kind, target, relation }) => [
    { field: 'links', from: null, to: { kind, target, relation } },
  ],
  'assets.assetLink.removed': ({ kind, target, relation }) => [
    { field: 'links', from: { kind, target, relation }, to: null },
  ],
};

export function changesOf({ type, payload }: Fact): AssetFieldChange[] {
  return differences[type]?.(payload as Payload) ?? [];
}
