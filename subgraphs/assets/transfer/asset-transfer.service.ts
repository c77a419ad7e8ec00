import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import { Asset } from '../asset/asset.entity.ts';
import { assetTransferCancelled, assetTransferred } from '../events.ts';
import { linksChangeOwner } from '../link/asset-link.service.ts';
import { AssetTransfer } from './asset-transfer.entity.ts';
import { assetTransfers } from './asset-transfer.noun.ts';

/**
 * Changes the owner of an asset whose row is locked. A pending transfer to another receiver ends, because its sender no longer owns the
 * asset.
 */
export async function changeOwner(
  tx: Transaction,
  asset: Asset,
  toId: string,
  transferId: string | null,
): Promise<void> {
  const fromId = asset.ownerId;
  if (fromId === toId) return;
  const now = tx.now();
  const waiting = await tx.em.findOne(AssetTransfer, { assetId: asset.id, status: 'PENDING' });
  if (waiting && waiting.id !== transferId) {
    waiting.answer('CANCELLED', tx.actorId, now);
    tx.emit(assetTransferCancelled, asset.id, toldOf(waiting));
  }
  await linksChangeOwner(tx, asset, toId);
  asset.ownerId = toId;
  asset.updatedAt = now;
  tx.emit(assetTransferred, asset.id, { assetId: asset.id, fromId, toId, status: asset.status, transferId });
}

/** Facts keep their original field names. */
export const toldOf = ({ id, assetId, senderId, receiverId }: AssetTransfer) => ({
  transferId: id,
  assetId,
  fromId: senderId,
  toId: receiverId,
});

export function checkTransferable(asset: Asset): void {
  if (asset.status === 'ON_SALE')
    throw new Conflict('The asset is on sale. Take it off sale before transferring it.', {
      path: ['input', 'assetId'],
    });
}

export async function acceptTransfer(tx: Transaction, transfer: AssetTransfer, asset: Asset): Promise<void> {
  transfer.answer('ACCEPTED', tx.actorId, tx.now());
  await changeOwner(tx, asset, transfer.receiverId, transfer.id);
}

/** Locks a transfer and its asset, the asset first as everywhere. The receiver may not see the asset. */
export async function lockedTransfer(
  tx: Transaction,
  transferId: string,
): Promise<{ transfer: AssetTransfer; asset: Asset }> {
  const path = ['input', 'transferId'];
  const seen = tx.found(await assetTransfers.load(tx, transferId), path);
  const asset = tx.found(
    await tx.em.findOne(Asset, { id: seen.assetId }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true }),
    path,
  );
  return { transfer: tx.found(await assetTransfers.lock(tx, transferId), path), asset };
}
