import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { Asset, assetMoves } from '../asset/asset.entity.ts';
import { assetReleased, assetReservationRefused, assetReserved, assetSold } from '../events.ts';
import { AssetTransfer } from '../transfer/asset-transfer.entity.ts';
import { changeOwner } from '../transfer/asset-transfer.service.ts';

/** Why an asset cannot be put on sale. The selling OS learns it by a fact, and withdraws its offer. */
export const refusals = {
  NOT_FOUND: 'There is no such asset.',
  NOT_OWNER: 'The asset belongs to another owner.',
  NOT_PUBLISHED: 'Only a published asset can be put on sale.',
  ON_SALE_ELSEWHERE: 'The asset is on sale elsewhere. It can be on sale in only one place at a time.',
  TRANSFER_PENDING: 'A transfer of the asset is pending. Cancel that transfer first.',
} as const;
export type ReservationRefusal = keyof typeof refusals;

/** Locks an asset without checking visibility, for facts of other OSes. */
async function lockedAsset(tx: Transaction, id: string): Promise<Asset | null> {
  await tx.em.flush();
  return tx.em.findOne(Asset, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
}

export async function refusalOf(tx: Transaction, asset: Asset, saleId: string): Promise<ReservationRefusal | null> {
  if (asset.status === 'ON_SALE') return asset.sale === saleId ? null : 'ON_SALE_ELSEWHERE';
  if (!assetMoves[asset.status].includes('ON_SALE')) return 'NOT_PUBLISHED';
  const waiting = await tx.em.count(AssetTransfer, { assetId: asset.id, status: 'PENDING' });
  return waiting > 0 ? 'TRANSFER_PENDING' : null;
}

export function putOnSale(tx: Transaction, asset: Asset, saleId: string): void {
  if (asset.status === 'ON_SALE') return;
  const previousStatus = asset.move('ON_SALE', tx.now());
  asset.sale = saleId;
  tx.emit(assetReserved, asset.id, { assetId: asset.id, ownerId: asset.ownerId, saleId, previousStatus });
}

export function refuseSale(tx: Transaction, assetId: string, saleId: string, reason: ReservationRefusal): void {
  tx.emit(assetReservationRefused, assetId, { assetId, saleId, reason });
}

/**
 * For reactions to a listing or auction of another OS: reserves an asset for it, so that it is on sale in one place at a time. If that is
 * not possible, emits `assets.asset.reservationRefused` with the reason and returns false. Repeating it for the same sale changes
 * nothing.
 */
export async function reserveFor(
  tx: Transaction,
  sale: { assetId: string; saleId: string; sellerId: string },
): Promise<boolean> {
  const { assetId, saleId, sellerId } = sale;
  const asset = await lockedAsset(tx, assetId);
  const owned = asset && asset.ownerId === sellerId;
  const reason = !asset ? 'NOT_FOUND' : owned ? await refusalOf(tx, asset, saleId) : 'NOT_OWNER';
  if (reason) refuseSale(tx, assetId, saleId, reason);
  else if (asset) putOnSale(tx, asset, saleId);
  return reason === null;
}

/** For reactions: the sale ended without a buyer. Does nothing if the asset is not on sale there. */
export async function releaseFrom(tx: Transaction, sale: { assetId: string; saleId: string }): Promise<void> {
  const asset = await lockedAsset(tx, sale.assetId);
  if (asset?.status === 'ON_SALE' && asset.sale === sale.saleId) takeOffSale(tx, asset);
}

/** For reactions: the sale ended with a buyer, who becomes the owner. Does nothing if the asset is not on sale there. */
export async function sellTo(
  tx: Transaction,
  sale: { assetId: string; saleId: string; buyerId: string },
): Promise<void> {
  const asset = await lockedAsset(tx, sale.assetId);
  if (asset?.status === 'ON_SALE' && asset.sale === sale.saleId) await sell(tx, asset, sale.buyerId);
}

export function takeOffSale(tx: Transaction, asset: Asset): void {
  const { sale } = asset;
  asset.move('PUBLISHED', tx.now());
  asset.sale = null;
  tx.emit(assetReleased, asset.id, { assetId: asset.id, ownerId: asset.ownerId, saleId: sale ?? '' });
}

export async function sell(tx: Transaction, asset: Asset, buyerId: string | null): Promise<void> {
  asset.move('SOLD', tx.now());
  const { id: assetId, ownerId, sale } = asset;
  tx.emit(assetSold, assetId, { assetId, ownerId, buyerId, saleId: sale ?? '' });
  if (buyerId) await changeOwner(tx, asset, buyerId, null);
}
