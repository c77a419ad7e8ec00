import type { Transaction } from '../../../platform/context/context.ts';
import { Auction } from '../auction/auction.entity.ts';
import { wordsOf } from '../auction/words.service.ts';
import { AuctionAsset } from './auction-asset.entity.ts';

/** What a fact told of an asset; what it did not is undefined. */
export interface ToldAsset {
  ownerId?: string | undefined;
  status?: string | undefined;
  title?: string | undefined;
}

/** Keeps what a fact told of an asset; what it does not tell stays as it was. Whose it is the first fact about it says. */
export async function auctionAssetKnown(tx: Transaction, assetId: string, told: ToldAsset): Promise<void> {
  const { ownerId, status, title } = told;
  const now = tx.now();
  const known = await tx.em.findOne(AuctionAsset, { id: assetId });
  if (!known) {
    if (!ownerId) return;
    const asset = { id: assetId, universeId: tx.universe, createdAt: now, updatedAt: now, ownerId };
    tx.em.persist(tx.em.create(AuctionAsset, { ...asset, status: status ?? null, title: title ?? null }));
    return;
  }
  const before = known.shownTitle();
  if (ownerId) known.ownerId = ownerId;
  if (status) known.status = status;
  if (title) known.title = title;
  known.updatedAt = now;
  // Lots are found by what everybody may read of their asset, and by nothing else.
  const shown = known.shownTitle();
  if (shown === before) return;
  for (const auction of await tx.em.find(Auction, { assetId })) {
    auction.title = shown;
    auction.words = wordsOf(auction);
  }
}
