import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../platform/context/context.ts';
import { on, type Reaction } from '../../platform/facts/reactions.ts';
import { assetArchived, assetPublished, assetTransferred, importProgressed } from '../assets/events.ts';
import { Actor } from './actor/actor.entity.ts';

/** Statuses in which everybody sees an asset. */
const shown = new Set(['PUBLISHED', 'ON_SALE', 'SOLD']);

/** `Organization.assetCount`: the assets it owns that everybody sees. */
async function addToAssetCount(tx: Transaction, ownerId: string, difference: number): Promise<void> {
  if (difference === 0) return;
  const owner = await tx.em.findOne(
    Actor,
    { id: ownerId, kind: 'ORGANIZATION' },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  if (owner) owner.assetCount += difference;
}

export const reactions: Reaction[] = [
  on([assetPublished], 'assetCountOnPublish', (tx, fact) =>
    addToAssetCount(tx, fact.payload.ownerId, shown.has(fact.payload.previousStatus ?? 'DRAFT') ? 0 : 1),
  ),
  on([assetArchived], 'assetCountOnArchive', (tx, fact) =>
    addToAssetCount(tx, fact.payload.ownerId, shown.has(fact.payload.previousStatus) ? -1 : 0),
  ),
  on([assetTransferred], 'assetCountOnTransfer', async (tx, fact) => {
    const { fromId, toId, status } = fact.payload;
    if (!shown.has(status)) return;
    // In the order of their ids, as two transfers between the same two organizations would else wait for each other.
    for (const id of [fromId, toId].sort()) await addToAssetCount(tx, id, id === toId ? 1 : -1);
  }),
  on([importProgressed], 'assetCountOnImport', (tx, fact) =>
    addToAssetCount(tx, fact.payload.ownerId, fact.payload.published),
  ),
];
