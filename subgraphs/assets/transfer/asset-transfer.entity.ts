import { defineEntity, p } from '@mikro-orm/core';
import { enumeration, type ValueOf } from '../../../platform/declare/enumeration.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';

export const AssetTransferStatus = enumeration('AssetTransferStatus', 'The status of a transfer.', {
  PENDING: 'Waiting for the receiver.',
  ACCEPTED: 'The receiver accepted and became the owner.',
  DECLINED: 'The receiver declined, or was closed.',
  CANCELLED: 'The sender cancelled it or was closed, or another actor became the owner.',
});
export type AssetTransferStatus = ValueOf<typeof AssetTransferStatus>;

export const AssetTransferSchema = defineEntity({
  name: 'AssetTransfer',
  tableName: 'asset_transfers',
  properties: {
    ...standardColumns,
    assetId: p.text().name('asset_id'),
    /** The title at the time of the offer, because the receiver may not see the asset yet. */
    assetTitle: p.text().name('asset_title'),
    senderId: p.text().name('from_id'),
    receiverId: p.text().name('to_id'),
    status: p.enum(AssetTransferStatus.values),
    note: p.text().nullable(),
    createdBy: p.text().name('created_by'),
    answeredBy: p.text().name('answered_by').nullable(),
    answeredAt: p.datetime(3).name('answered_at').nullable(),
  },
});

/** An owner's offer of an asset to another actor, who accepts or declines it. */
export class AssetTransfer extends AssetTransferSchema.class {
  /** Records the answer; throws CONFLICT if it has already been answered otherwise. */
  answer(status: Exclude<AssetTransferStatus, 'PENDING'>, by: string, now: Date): void {
    if (this.status !== 'PENDING') throw new Conflict(`This transfer was already ${this.status.toLowerCase()}.`);
    Object.assign(this, { status, answeredBy: by, answeredAt: now, updatedAt: now });
  }
}
AssetTransferSchema.setClass(AssetTransfer);
