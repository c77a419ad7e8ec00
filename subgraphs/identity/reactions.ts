import type { Transaction } from '../../platform/context/context.ts';
import { on, type Reaction } from '../../platform/facts/reactions.ts';
import type { FactType } from '../../platform/facts/fact.ts';
import {
  assetArchived,
  assetCreated,
  assetIndexed,
  assetPublished,
  assetReopened,
  assetTransferCancelled,
  assetTransferDeclined,
  assetTransferOffered,
  assetTransferred,
  importProgressed,
  mediaAttached,
  mediaDetached,
} from '../assets/events.ts';
import {
  auctionCancelled,
  auctionClosed,
  auctionDefaulted,
  auctionOpened,
  auctionSettled,
  bidPlaced,
  bidRetracted,
  formerAuctionCancelled,
} from '../auction/events.ts';
import { lockActor } from './actor/actor-locks.service.ts';
import { businessEnded, businessOpened } from './business/open-business.service.ts';
import { imageGone, imageUploaded } from './avatar/avatar.service.ts';

/** Statuses in which everybody sees an asset. */
const shown = new Set(['PUBLISHED', 'ON_SALE', 'SOLD']);

/** Counters of organizations: `assetCount` of assets that everybody sees, `ownedAssetCount` of assets that are not archived. */
type Counter = 'assetCount' | 'ownedAssetCount';

async function addTo(counter: Counter, tx: Transaction, ownerId: string, difference: number): Promise<void> {
  if (difference === 0) return;
  const owner = await lockActor(tx, { id: ownerId, kind: 'ORGANIZATION' });
  if (owner) owner[counter] += difference;
}

/** Changes an owner's counter with facts about assets. */
function counts<P extends { ownerId: string }>(
  name: string,
  facts: readonly FactType<P>[],
  counter: Counter,
  difference: (payload: P) => number,
): Reaction {
  return on(facts, name, (tx, { payload }) => addTo(counter, tx, payload.ownerId, difference(payload)));
}

/** Moves an asset between the counters of two owners, if it counts in its status. */
function passes(name: string, counter: Counter, isCounted: (status: string) => boolean): Reaction {
  return on([assetTransferred], name, async (tx, { payload: { fromId, toId, status } }) => {
    if (!isCounted(status)) return;
    // In the order of ids, because otherwise two transfers between the same organizations could deadlock.
    for (const id of [fromId, toId].sort()) await addTo(counter, tx, id, id === toId ? 1 : -1);
  });
}

/** One consumer for both, so that a medium is not attached after it was detached. */
const media = [mediaAttached, mediaDetached] as const;

/** One consumer for all, so that the facts of one lot arrive in order. */
const lots = [
  auctionOpened,
  auctionClosed,
  auctionCancelled,
  formerAuctionCancelled,
  auctionSettled,
  auctionDefaulted,
  bidPlaced,
  bidRetracted,
] as const;

/** One consumer for all, so that the facts of one asset arrive in order. */
const transfers = [assetTransferOffered, assetTransferDeclined, assetTransferCancelled, assetTransferred] as const;

const openBusinessReactions: Reaction[] = [
  on(lots, 'openBusinessOfLots', async (tx, { type, payload }) => {
    const { auctionId, sellerId, leaderId, winnerId, settlementDueAt } = payload;
    if (type === auctionOpened.type) return businessOpened(tx, 'SELLS_LOT', auctionId, sellerId);
    if (type === bidPlaced.type || type === bidRetracted.type) {
      if (leaderId) return businessOpened(tx, 'LEADS_LOT', auctionId, leaderId);
      return businessEnded(tx, auctionId, ['LEADS_LOT']);
    }
    await businessEnded(tx, auctionId, ['SELLS_LOT', 'LEADS_LOT', 'IS_OWED_FOR_LOT', 'OWES_FOR_LOT']);
    if (type !== auctionClosed.type || !winnerId || !settlementDueAt) return;
    await businessOpened(tx, 'IS_OWED_FOR_LOT', auctionId, sellerId);
    await businessOpened(tx, 'OWES_FOR_LOT', auctionId, winnerId);
  }),
  on(transfers, 'openBusinessOfTransfers', async (tx, { type, payload: { transferId, fromId } }) => {
    if (transferId === null) return;
    if (type === assetTransferOffered.type) await businessOpened(tx, 'OFFERS_ASSET', transferId, fromId);
    else await businessEnded(tx, transferId, ['OFFERS_ASSET']);
  }),
];

export const reactions: Reaction[] = [
  ...openBusinessReactions,
  counts('assetCountOnPublish', [assetPublished], 'assetCount', ({ previousStatus = 'DRAFT' }) =>
    shown.has(previousStatus) ? 0 : 1,
  ),
  counts('assetCountOnArchive', [assetArchived], 'assetCount', (asset) => (shown.has(asset.previousStatus) ? -1 : 0)),
  passes('assetCountOnTransfer', 'assetCount', (status) => shown.has(status)),
  counts('assetCountOnImport', [importProgressed], 'assetCount', ({ published }) => published),
  counts('ownedAssetCountOnCreate', [assetCreated], 'ownedAssetCount', ({ status }) => (status === 'ARCHIVED' ? 0 : 1)),
  counts('ownedAssetCountOnImport', [importProgressed], 'ownedAssetCount', ({ created }) => created),
  counts('ownedAssetCountOnArchive', [assetArchived], 'ownedAssetCount', () => -1),
  on([assetIndexed, assetPublished, assetReopened], 'ownedAssetCountOnReopen', (tx, { payload }) =>
    addTo('ownedAssetCount', tx, payload.ownerId, payload.previousStatus === 'ARCHIVED' ? 1 : 0),
  ),
  passes('ownedAssetCountOnTransfer', 'ownedAssetCount', (status) => status !== 'ARCHIVED'),
  on(media, 'avatars', async (tx, { type, actor, onBehalfOf, payload: { mediaId, kind } }) => {
    // An operator's upload on behalf of an actor belongs to that actor.
    const uploadedBy = onBehalfOf ?? actor;
    if (type === mediaDetached.type) await imageGone(tx, mediaId);
    else if (kind === 'IMAGE' && uploadedBy) await imageUploaded(tx, mediaId, uploadedBy);
  }),
];
