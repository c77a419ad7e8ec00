import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../platform/context/context.ts';
import { on, type Reaction } from '../../platform/facts/reactions.ts';
import { assetArchived, assetPublished, importProgressed } from '../assets/events.ts';
import { Actor } from './actor/actor.entity.ts';

/** `Organization.assetCount`: the published assets it owns. */
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
  on([assetPublished], 'assetCountOnPublish', (tx, fact) => addToAssetCount(tx, fact.payload.ownerId, 1)),
  on([assetArchived], 'assetCountOnArchive', (tx, fact) =>
    addToAssetCount(tx, fact.payload.ownerId, fact.payload.previousStatus === 'PUBLISHED' ? -1 : 0),
  ),
  on([importProgressed], 'assetCountOnImport', (tx, fact) =>
    addToAssetCount(tx, fact.payload.ownerId, fact.payload.published),
  ),
];
