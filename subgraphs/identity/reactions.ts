import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../platform/context/context.ts';
import { on, type Reaction } from '../../platform/facts/reactions.ts';
import type { FactType } from '../../platform/facts/fact.ts';
import {
  assetArchived,
  assetCreated,
  assetIndexed,
  assetPublished,
  assetReopened,
  assetTransferred,
  importProgressed,
  mediaAttached,
  mediaDetached,
} from '../assets/events.ts';
import { Actor } from './actor/actor.entity.ts';
import { imageGone, imageUploaded } from './avatar/avatar.service.ts';

/** Statuses in which everybody sees an asset. */
const shown = new Set(['PUBLISHED', 'ON_SALE', 'SOLD']);

/** `assetCount` is the assets that everybody sees, `ownedAssetCount` those that are not archived; of organizations. */
async function addTo(
  counter: 'assetCount' | 'ownedAssetCount',
  tx: Transaction,
  ownerId: string,
  difference: number,
): Promise<void> {
  if (difference === 0) return;
  const owner = await tx.em.findOne(
    Actor,
    { id: ownerId, kind: 'ORGANIZATION' },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  if (owner) owner[counter] += difference;
}

/** What the facts about an asset's place between draft and archive say. */
interface Moved {
  ownerId: string;
  previousStatus?: string;
}

const reopened = [assetIndexed, assetPublished, assetReopened] as unknown as FactType<Moved>[];

/** One consumer for both of them, so that a medium does not come after it has gone. */
const media = [mediaAttached, mediaDetached] as unknown as FactType<{
  mediaId: string;
  kind?: string;
}>[];

export const reactions: Reaction[] = [
  on([assetPublished], 'assetCountOnPublish', (tx, fact) =>
    addTo('assetCount', tx, fact.payload.ownerId, shown.has(fact.payload.previousStatus ?? 'DRAFT') ? 0 : 1),
  ),
  on([assetArchived], 'assetCountOnArchive', (tx, fact) =>
    addTo('assetCount', tx, fact.payload.ownerId, shown.has(fact.payload.previousStatus) ? -1 : 0),
  ),
  on([assetTransferred], 'assetCountOnTransfer', async (tx, fact) => {
    const { fromId, toId, status } = fact.payload;
    if (!shown.has(status)) return;
    // In the order of their ids, as two transfers between the same two organizations would else wait for each other.
    for (const id of [fromId, toId].sort()) await addTo('assetCount', tx, id, id === toId ? 1 : -1);
  }),
  on([importProgressed], 'assetCountOnImport', (tx, fact) =>
    addTo('assetCount', tx, fact.payload.ownerId, fact.payload.published),
  ),
  on([assetCreated], 'ownedAssetCountOnCreate', (tx, { payload }) =>
    addTo('ownedAssetCount', tx, payload.ownerId, payload.status === 'ARCHIVED' ? 0 : 1),
  ),
  on([importProgressed], 'ownedAssetCountOnImport', (tx, { payload }) =>
    addTo('ownedAssetCount', tx, payload.ownerId, payload.created),
  ),
  on([assetArchived], 'ownedAssetCountOnArchive', (tx, { payload }) =>
    addTo('ownedAssetCount', tx, payload.ownerId, -1),
  ),
  on(reopened, 'ownedAssetCountOnReopen', (tx, { payload }) =>
    addTo('ownedAssetCount', tx, payload.ownerId, payload.previousStatus === 'ARCHIVED' ? 1 : 0),
  ),
  on([assetTransferred], 'ownedAssetCountOnTransfer', async (tx, { payload: { fromId, toId, status } }) => {
    if (status === 'ARCHIVED') return;
    for (const id of [fromId, toId].sort()) await addTo('ownedAssetCount', tx, id, id === toId ? 1 : -1);
  }),
  on(media, 'avatars', async (tx, { type, actor, onBehalfOf, payload: { mediaId, kind } }) => {
    // What an operator uploads in somebody's name is theirs.
    const uploadedBy = onBehalfOf ?? actor;
    if (type === mediaDetached.type) await imageGone(tx, mediaId);
    else if (kind === 'IMAGE' && uploadedBy) await imageUploaded(tx, mediaId, uploadedBy);
  }),
];
