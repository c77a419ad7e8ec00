import DataLoader from 'dataloader';
import { isOperator } from '../../../platform/access/permission.ts';
import type { Context } from '../../../platform/context/context.ts';
import type { Fact } from '../../../platform/facts/fact.ts';
import { readFactsOfKeys, type FactSpan, type KeyedFacts } from '../../../platform/facts/history.ts';
import { publicStatuses, type Asset } from '../asset/asset.entity.ts';
import { ownersOf } from '../asset/asset.policy.ts';
import {
  assetArchived,
  assetPublished,
  assetReleased,
  assetReserved,
  assetSold,
  assetTransferCancelled,
  assetTransferDeclined,
  assetTransferOffered,
  assetTransferred,
} from '../events.ts';

type Told = NonNullable<KeyedFacts['only']>[number];

/**
 * Facts that everybody may see. Drafts, offers, edits and the receivers of drafts are private to the owner.
 */
const publicFacts: readonly Told[] = [
  ...[assetPublished, assetReserved, assetReleased, assetSold].map(({ type }) => ({ type, payload: {} })),
  ...publicStatuses.flatMap((status) => [
    { type: assetTransferred.type, payload: { status } },
    { type: assetArchived.type, payload: { previousStatus: status } },
  ]),
];

/** Transfers per asset that are considered; owners before these no longer see their facts. */
const handsAtMost = 500;

/** An asset and its owner, as a key of loaders. */
export interface Title {
  id: string;
  ownerId: string;
}

export function titleOf({ id, ownerId }: Asset): string {
  return `${id} ${ownerId}`;
}

export function readTitle(title: string): Title {
  const [id = '', ownerId = ''] = title.split(' ');
  return { id, ownerId };
}

/**
 * The facts of these assets that the viewer may see. An owner sees all facts of their ownership, and the offer by which they received
 * the asset; everybody sees the public facts. So a buyer sees neither earlier drafts nor earlier refusals, and a seller keeps the
 * history until the sale. Operators and auditors see everything.
 */
export async function visibleFacts(context: Context, titles: readonly Title[]): Promise<KeyedFacts> {
  const { actor, os, universe } = context;
  const of = { keys: titles.map(({ id }) => id), os, universe };
  if (context.system || isOperator(actor) || actor.platformRoles.includes('AUDITOR')) return { ...of, only: null };
  const owners = new Set(ownersOf(actor));
  if (owners.size === 0) return { ...of, only: publicFacts };
  const hands = await handsOf(context, titles);
  const tenures = titles.flatMap((title, n) =>
    tenuresOf(title, hands[n] ?? []).filter(({ ownerId }) => owners.has(ownerId)),
  );
  const offers = [...new Set(tenures.map(({ ownerId }) => ownerId))].flatMap((toId) =>
    [assetTransferOffered, assetTransferDeclined, assetTransferCancelled].map(({ type }) => ({
      type,
      payload: { toId },
    })),
  );
  return { ...of, only: [...publicFacts, ...offers], spans: tenures };
}

const handsKey = Symbol('hands');

/** The transfers of these assets, the newest first. One statement for all assets loaded together. */
function handsOf(context: Context, titles: readonly Title[]): Promise<Fact[][]> {
  const read = async (keys: readonly string[]): Promise<Fact[][]> => {
    const { os, universe } = context;
    const only = [{ type: assetTransferred.type, payload: {} }];
    const range = { keys, os, universe, only, limit: handsAtMost, order: 'newest' } as const;
    const found = await readFactsOfKeys(context.hub.database, range);
    return keys.map((key) => found.get(key) ?? []);
  };
  const loader = context.loader<Fact[]>(handsKey, () => new DataLoader(read));
  return Promise.all(titles.map(({ id }) => loader.load(id)));
}

/** The periods of ownership of an asset: the fact of a transfer is the last of the previous owner and the first of the new one. */
function tenuresOf({ id: key, ownerId }: Title, hands: readonly Fact[]): (FactSpan & { ownerId: string })[] {
  const payloads = hands.map(({ keySeq, payload }) => ({ keySeq, ...(payload as { fromId: string; toId: string }) }));
  const whole = hands.length < handsAtMost;
  const tenures = payloads.map(({ keySeq, toId }, n) => ({
    key,
    ownerId: toId,
    above: keySeq - 1,
    upTo: payloads[n - 1]?.keySeq ?? null,
  }));
  const first = payloads.at(-1);
  const maker = { key, ownerId: first?.fromId ?? ownerId, above: 0, upTo: first?.keySeq ?? null };
  return whole ? [...tenures, maker] : tenures;
}
