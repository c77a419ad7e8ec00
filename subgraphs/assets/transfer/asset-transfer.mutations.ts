import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import type { OutputFields } from '../../../platform/declare/output.ts';
import { Conflict, Invalid } from '../../../platform/errors/errors.ts';
import { assets } from '../asset/asset.noun.ts';
import {
  assetLinkRemoved,
  assetTransferCancelled,
  assetTransferDeclined,
  assetTransferOffered,
  assetTransferred,
} from '../events.ts';
import { AssetTransfer } from './asset-transfer.entity.ts';
import { assetTransfers } from './asset-transfer.noun.ts';
import { acceptTransfer, checkTransferable, lockedTransfer, toldOf } from './asset-transfer.service.ts';

const transferId = arg.id('atr', 'The transfer, as `Viewer.assetTransfers` lists it.');

type Fields = OutputFields<Record<string, unknown>>;
const transferIn = (f: Fields, description: string) => f.row(() => assetTransfers, description);
const isNow = 'The transfer as it is now.';
/** Loaded again, because the viewer may no longer see it. */
const assetIn = (f: Fields, description: string) =>
  f
    .row(() => assets, description)
    .nullable()
    .from(({ transfer }, context) => assets.load(context, (transfer as AssetTransfer).assetId));

export const assetTransfer = mutation('assetTransfer', {
  access: 'assets.asset.transfer',
  description:
    'Transfers an asset to a person, organization or agent. If the viewer is an editor of the receiving organization, the owner changes at once; otherwise when the receiver accepts. Repeating the call returns the pending transfer.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT if it is on sale or a transfer to another receiver is pending',
  tells: [assetTransferOffered, assetTransferred, assetTransferCancelled, assetLinkRemoved],
  input: {
    assetId: arg.id('ast', 'The asset to transfer.'),
    receiverId: arg.id(['usr', 'org', 'agt'], 'The new owner: a person, organization or agent.'),
    note: arg.text('A message to the receiver; at most 1,000 characters.', { max: 1000 }).optional(),
  },
  payload: (f) => ({
    transfer: transferIn(f, 'PENDING until the receiver accepts; ACCEPTED if no acceptance is needed.'),
    asset: assetIn(f, 'The asset; null if the viewer can no longer see it.'),
  }),
  async run(tx, { assetId, receiverId, note = null }) {
    const asset = tx.found(await assets.lock(tx, assetId), ['input', 'assetId']);
    tx.must('assets.asset.transfer', asset.ownerId);
    if (receiverId === asset.ownerId)
      throw new Invalid('receiverId: this receiver already owns the asset.', { path: ['input', 'receiverId'] });
    checkTransferable(asset);
    const waiting = await tx.em.findOne(AssetTransfer, { assetId, status: 'PENDING' });
    if (waiting?.receiverId === receiverId) return { transfer: waiting };
    if (waiting)
      throw new Conflict('A transfer of this asset to another receiver is pending. Cancel that one first.', {
        path: ['input', 'assetId'],
      });
    const transfer = assetTransfers.create(tx, {
      assetId,
      assetTitle: asset.title,
      senderId: asset.ownerId,
      receiverId,
      status: 'PENDING',
      note,
      createdBy: tx.actorId,
    });
    tx.emit(assetTransferOffered, assetId, toldOf(transfer));
    if (tx.can('assets.assetTransfer.accept', receiverId)) await acceptTransfer(tx, transfer, asset);
    return { transfer };
  },
});

export const assetTransferAccept = mutation('assetTransferAccept', {
  access: 'assets.assetTransfer.accept',
  description: 'Accepts an offered asset; the receiver becomes its owner. Idempotent.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT if the transfer has ended or the asset is on sale',
  tells: [assetTransferred, assetTransferCancelled, assetLinkRemoved],
  input: { transferId },
  payload: (f) => ({
    transfer: transferIn(f, isNow),
    asset: assetIn(
      f,
      'The asset; null if the call is repeated after the asset got another owner and is hidden from the viewer.',
    ),
  }),
  async run(tx, given) {
    const { transfer, asset } = await lockedTransfer(tx, given.transferId);
    tx.must('assets.assetTransfer.accept', transfer.receiverId);
    if (transfer.status === 'ACCEPTED') return { transfer };
    if (transfer.status === 'PENDING') checkTransferable(asset);
    await acceptTransfer(tx, transfer, asset);
    return { transfer };
  },
});

export const assetTransferDecline = mutation('assetTransferDecline', {
  access: 'assets.assetTransfer.decline',
  description: 'Declines an offered asset; its owner does not change. Idempotent.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT if the transfer has ended',
  tells: [assetTransferDeclined],
  input: { transferId },
  payload: (f) => ({ transfer: transferIn(f, isNow) }),
  async run(tx, given) {
    const { transfer } = await lockedTransfer(tx, given.transferId);
    tx.must('assets.assetTransfer.decline', transfer.receiverId);
    if (transfer.status === 'DECLINED') return { transfer };
    transfer.answer('DECLINED', tx.actorId, tx.now());
    tx.emit(assetTransferDeclined, transfer.assetId, toldOf(transfer));
    return { transfer };
  },
});

export const assetTransferCancel = mutation('assetTransferCancel', {
  access: 'assets.assetTransfer.cancel',
  description: 'Cancels a transfer that is still pending. Idempotent.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT if the transfer has ended',
  tells: [assetTransferCancelled],
  input: { transferId },
  payload: (f) => ({ transfer: transferIn(f, isNow) }),
  async run(tx, given) {
    const { transfer } = await lockedTransfer(tx, given.transferId);
    tx.must('assets.assetTransfer.cancel', transfer.senderId);
    if (transfer.status === 'CANCELLED') return { transfer };
    transfer.answer('CANCELLED', tx.actorId, tx.now());
    tx.emit(assetTransferCancelled, transfer.assetId, toldOf(transfer));
    return { transfer };
  },
});
