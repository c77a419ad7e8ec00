import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { Conflict, Invalid } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { Asset } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.query.ts';
import { assetTransferCancelled, assetTransferDeclined, assetTransferOffered, assetTransferred } from '../events.ts';
import { linksChangeOwner } from '../link/asset-link.service.ts';
import { AssetTransfer } from './asset-transfer.entity.ts';
import { assetTransfers } from './asset-transfer.query.ts';

/**
 * Makes somebody else the owner of an asset whose row is locked. A transfer that waits for another receiver's answer ends:
 * who offered it has it no more.
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

/** Facts keep the names of their first day. */
const toldOf = ({ id, assetId, senderId, receiverId }: AssetTransfer) => ({
  transferId: id,
  assetId,
  fromId: senderId,
  toId: receiverId,
});

export interface TransferResult {
  transfer: AssetTransfer;
  asset: Asset;
}

/**
 * Hands an asset to somebody: at once where the actor could accept for the receiver as well, else when the receiver accepts.
 * Offering it to the same receiver again answers the offer that waits.
 */
export async function assetTransfer(
  tx: Transaction,
  input: { assetId: string; receiverId: string; note?: string | null },
): Promise<TransferResult> {
  const asset = tx.found(await assets.lock(tx, input.assetId), ['input', 'assetId']);
  tx.must('assets.asset.transfer', asset.ownerId);
  const { receiverId } = input;
  if (receiverId === asset.ownerId)
    throw new Invalid('It belongs to this receiver already.', { path: ['input', 'receiverId'] });
  checkTransferable(asset);
  const waiting = await tx.em.findOne(AssetTransfer, { assetId: asset.id, status: 'PENDING' });
  if (waiting?.receiverId === receiverId) return { transfer: waiting, asset };
  if (waiting)
    throw new Conflict('It is offered to somebody else: take that offer back first.', { path: ['input', 'assetId'] });
  const now = tx.now();
  const transfer = tx.em.create(AssetTransfer, {
    id: newId('atr'),
    universeId: tx.universe,
    createdAt: now,
    updatedAt: now,
    assetId: asset.id,
    assetTitle: asset.title,
    senderId: asset.ownerId,
    receiverId,
    status: 'PENDING',
    note: input.note ?? null,
    createdBy: tx.actorId,
  });
  tx.em.persist(transfer);
  tx.emit(assetTransferOffered, asset.id, toldOf(transfer));
  if (tx.can('assets.assetTransfer.accept', receiverId)) await accept(tx, transfer, asset);
  return { transfer, asset };
}

function checkTransferable(asset: Asset): void {
  if (asset.status === 'ON_SALE')
    throw new Conflict('It is on sale: take it off sale before it goes to somebody else.', {
      path: ['input', 'assetId'],
    });
}

async function accept(tx: Transaction, transfer: AssetTransfer, asset: Asset): Promise<void> {
  transfer.answer('ACCEPTED', tx.actorId, tx.now());
  await changeOwner(tx, asset, transfer.receiverId, transfer.id);
}

/** The transfer and its asset, both locked: the asset first, as everybody locks them. The receiver need not see the asset. */
async function locked(tx: Transaction, transferId: string): Promise<TransferResult> {
  const path = ['input', 'transferId'];
  const seen = tx.found(await assetTransfers.load(tx, transferId), path);
  const asset = tx.found(
    await tx.em.findOne(Asset, { id: seen.assetId }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true }),
    path,
  );
  return { transfer: tx.found(await assetTransfers.lock(tx, transferId), path), asset };
}

export async function assetTransferAccept(tx: Transaction, input: { transferId: string }): Promise<TransferResult> {
  const { transfer, asset } = await locked(tx, input.transferId);
  tx.must('assets.assetTransfer.accept', transfer.receiverId);
  if (transfer.status === 'ACCEPTED') return { transfer, asset };
  if (transfer.status === 'PENDING') checkTransferable(asset);
  await accept(tx, transfer, asset);
  return { transfer, asset };
}

export async function assetTransferDecline(tx: Transaction, input: { transferId: string }): Promise<AssetTransfer> {
  const { transfer } = await locked(tx, input.transferId);
  tx.must('assets.assetTransfer.decline', transfer.receiverId);
  if (transfer.status === 'DECLINED') return transfer;
  transfer.answer('DECLINED', tx.actorId, tx.now());
  tx.emit(assetTransferDeclined, transfer.assetId, toldOf(transfer));
  return transfer;
}

export async function assetTransferCancel(tx: Transaction, input: { transferId: string }): Promise<AssetTransfer> {
  const { transfer } = await locked(tx, input.transferId);
  tx.must('assets.assetTransfer.cancel', transfer.senderId);
  if (transfer.status === 'CANCELLED') return transfer;
  transfer.answer('CANCELLED', tx.actorId, tx.now());
  tx.emit(assetTransferCancelled, transfer.assetId, toldOf(transfer));
  return transfer;
}
