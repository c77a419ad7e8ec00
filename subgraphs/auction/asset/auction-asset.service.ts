import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { createRow } from '../../../platform/nouns/row.ts';
import { AuctionAsset } from './auction-asset.entity.ts';
import { titleLots } from './lot-titles.service.ts';

/** The values of an asset in a fact. */
export interface ToldAsset {
  ownerId?: string | undefined;
  status?: string | undefined;
  title?: string | undefined;
}

/** Stores the values of an asset from a fact; the others stay unchanged. The first fact about an asset names its owner. */
export async function auctionAssetKnown(tx: Transaction, assetId: string, told: ToldAsset): Promise<void> {
  const { ownerId, status, title } = told;
  // Waits for the worker that writes titles of lots, or makes it wait.
  const known = await tx.em.findOne(AuctionAsset, { id: assetId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!known) {
    if (!ownerId) return;
    createRow(tx, AuctionAsset, assetId, { ownerId, status: status ?? null, title: title ?? null });
    return;
  }
  const before = known.shownTitle();
  if (ownerId) known.ownerId = ownerId;
  if (status) known.status = status;
  if (title) known.title = title;
  known.updatedAt = tx.now();
  if (known.shownTitle() !== before) await titleLots(tx, known);
}
