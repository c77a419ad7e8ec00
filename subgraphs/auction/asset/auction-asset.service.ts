import type { Transaction } from '../../../platform/context/context.ts';
import { AuctionAsset } from './auction-asset.entity.ts';

/** Keeps what a fact told of an asset; what it does not tell stays as it was. Whose it is the first fact about it says. */
export async function auctionAssetKnown(
  tx: Transaction,
  assetId: string,
  { ownerId, status }: { ownerId?: string | undefined; status?: string | undefined },
): Promise<void> {
  const now = tx.now();
  const known = await tx.em.findOne(AuctionAsset, { id: assetId });
  if (known) {
    if (ownerId) known.ownerId = ownerId;
    if (status) known.status = status;
    known.updatedAt = now;
  } else if (ownerId) {
    const asset = { id: assetId, universeId: tx.universe, createdAt: now, updatedAt: now, ownerId };
    tx.em.persist(tx.em.create(AuctionAsset, { ...asset, status: status ?? null }));
  }
}
