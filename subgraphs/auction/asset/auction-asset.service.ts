import type { Transaction } from '../../../platform/context/context.ts';
import { AuctionAsset, type AuctionAssetStatus } from './auction-asset.entity.ts';

/** Keeps what a fact told of an asset. A status that it does not tell stays as it was. */
export async function auctionAssetKnown(
  tx: Transaction,
  assetId: string,
  told: { ownerId: string; status?: AuctionAssetStatus | undefined },
): Promise<void> {
  const now = tx.now();
  const known = await tx.em.findOne(AuctionAsset, { id: assetId });
  const asset =
    known ??
    tx.em.create(AuctionAsset, {
      id: assetId,
      universeId: tx.universe,
      createdAt: now,
      updatedAt: now,
      ownerId: told.ownerId,
      status: null,
    });
  asset.ownerId = told.ownerId;
  if (told.status) asset.status = told.status;
  asset.updatedAt = now;
  tx.em.persist(asset);
}
