import { defineEntity, p } from '@mikro-orm/core';
import { enumeration, type ValueOf } from '../../../platform/declare/enumeration.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';

export const AssetTransferStatus = enumeration(
  'AssetTransferStatus',
  'The state of a transfer. CANCELLED: the sender cancelled it, or somebody else received the asset.',
  {
    PENDING: 'Waits for the receiver.',
    ACCEPTED: 'The receiver is the owner.',
    DECLINED: 'The receiver refused.',
    CANCELLED: 'The sender took the offer back, or the asset went to somebody else.',
  },
);
export type AssetTransferStatus = ValueOf<typeof AssetTransferStatus>;

export const AssetTransferSchema = defineEntity({
  name: 'AssetTransfer',
  tableName: 'asset_transfers',
  properties: {
    ...standardColumns,
    assetId: p.text().name('asset_id'),
    /** As it was: the receiver may not see the asset yet. */
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

/** That an owner hands an asset to somebody, who accepts it or not. */
export class AssetTransfer extends AssetTransferSchema.class {
  /** Ends the waiting; whoever answered otherwise before was first. */
  answer(status: Exclude<AssetTransferStatus, 'PENDING'>, by: string, now: Date): void {
    if (this.status !== 'PENDING') throw new Conflict(`This transfer was ${this.status.toLowerCase()} already.`);
    Object.assign(this, { status, answeredBy: by, answeredAt: now, updatedAt: now });
  }
}
AssetTransferSchema.setClass(AssetTransfer);
