import type { Transaction } from '../../../platform/context/context.ts';
import { closedActors } from '../../../platform/work/closed-actors.ts';
import { LockMode } from '@mikro-orm/core';
import { Asset } from '../asset/asset.entity.ts';
import { assetArchived, assetReleased, assetTransferCancelled, assetTransferDeclined } from '../events.ts';
import { AssetFetch, openStatuses } from '../fetch/asset-fetch.entity.ts';
import { letUploadsGo, tellProgress } from '../fetch/asset-fetch.service.ts';
import { AssetTransfer } from '../transfer/asset-transfer.entity.ts';

/** Assets and transfers per transaction, which may take two seconds; the rest follow in the next one. */
const atOnce = 200;

/**
 * Archives the assets of a closed actor, and ends their transfers and fetches. Assets on sale are released first: an earlier sale would
 * have kept the account from being closed, so this one began during the closing. Returns whether there may be more.
 */
export async function archiveOwned(tx: Transaction, ownerId: string): Promise<boolean> {
  const now = tx.now();
  const oldest = { orderBy: { id: 'asc' }, limit: atOnce } as const;
  const toOrFrom = { status: 'PENDING' as const, $or: [{ senderId: ownerId }, { receiverId: ownerId }] };
  const waiting = await tx.em.find(AssetTransfer, toOrFrom, { fields: ['id', 'assetId'], ...oldest });
  const found = await tx.em.find(Asset, { ownerId, status: { $ne: 'ARCHIVED' } }, { fields: ['id'], ...oldest });
  // Assets before their transfers and in the order of ids, the order of locks everywhere.
  const locked = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true, orderBy: { id: 'asc' } } as const;
  const ids = [...found.map(({ id }) => id), ...waiting.map(({ assetId }) => assetId)];
  const assets = await tx.em.find(Asset, { id: { $in: [...new Set(ids)] } }, locked);
  const transfers = await tx.em.find(AssetTransfer, { id: { $in: waiting.map(({ id }) => id) }, ...toOrFrom }, locked);
  const owned = assets.filter((asset) => asset.ownerId === ownerId && asset.status !== 'ARCHIVED');
  for (const transfer of transfers) {
    const { id: transferId, assetId, senderId: fromId, receiverId: toId } = transfer;
    const declined = toId === ownerId;
    transfer.answer(declined ? 'DECLINED' : 'CANCELLED', ownerId, now);
    tx.emit(declined ? assetTransferDeclined : assetTransferCancelled, assetId, { transferId, assetId, fromId, toId });
  }
  for (const asset of owned) {
    if (asset.status === 'ON_SALE') {
      const { sale } = asset;
      asset.move('PUBLISHED', now);
      asset.sale = null;
      tx.emit(assetReleased, asset.id, { assetId: asset.id, ownerId, saleId: sale ?? '' });
    }
    const previousStatus = asset.move('ARCHIVED', now);
    tx.emit(assetArchived, asset.id, { assetId: asset.id, ownerId, previousStatus });
  }
  const fetches = await tx.em.find(
    AssetFetch,
    { status: { $in: [...openStatuses] }, $or: [{ ownerId }, { createdBy: ownerId }] },
    { ...locked, limit: atOnce },
  );
  await letUploadsGo(tx, fetches);
  for (const fetch of fetches) {
    fetch.end('CANCELLED', now);
    tellProgress(tx, fetch);
  }
  return [waiting, found, fetches].some(({ length }) => length === atOnce);
}

export const closedOwners = closedActors({
  name: 'assets.closedOwners',
  table: 'assets.closed_owners',
  end: archiveOwned,
});
