import type { FilterQuery } from '@mikro-orm/postgresql';
import { isOperator } from '../../../platform/access/permission.ts';
import { extend, isViewer } from '../../../platform/declare/extension.ts';
import { noun } from '../../../platform/declare/noun.ts';
import { assets } from '../asset/asset.noun.ts';
import { ownersOf } from '../asset/asset.policy.ts';
import { AssetTransfer, AssetTransferStatus } from './asset-transfer.entity.ts';

export const assetTransfers = noun(AssetTransfer, {
  name: 'AssetTransfer',
  plural: 'assetTransfers',
  prefix: 'atr',
  words: ['transfer', 'transfers'],
  description:
    'An offer of an owner to transfer an asset to another actor, who accepts or declines it. Visible to both, and to operators.',
  visible: (actor) => {
    if (actor.id === null) return null;
    if (isOperator(actor)) return {};
    const own = { $in: ownersOf(actor) };
    return { $or: [{ senderId: own }, { receiverId: own }] } as FilterQuery<AssetTransfer>;
  },
  audience: 'self',
  fields: (f) => ({
    id: f.id(),
    asset: f.belongsTo(
      () => assets,
      'assetId',
      'The asset; null for a receiver who cannot see it until the transfer is accepted.',
    ),
    assetTitle: f.text('The title of the asset at the time of the offer.'),
    sender: f.actor('senderId', 'The owner who offers the asset.'),
    receiver: f.actor('receiverId', 'The actor who becomes the owner by accepting.'),
    status: f.enum(AssetTransferStatus, 'The status of the transfer.'),
    note: f
      .text('A message from the sender to the receiver; at most 1,000 characters. Null if none is given.')
      .nullable(),
    createdBy: f.actor('createdBy', 'The actor who offered the asset.'),
    answeredBy: f.actor('answeredBy', 'The actor who accepted, declined or cancelled it; null while it is pending.'),
    answeredAt: f
      .time('The time at which the transfer was accepted, declined or cancelled; null while it is pending.')
      .nullable(),
    createdAt: f.time(),
    updatedAt: f.time(),
  }),
  filter: { assetId: 'id', senderId: 'id', receiverId: 'id', status: AssetTransferStatus, createdAt: 'time' },
  sort: ['createdAt'],
  roots: {
    access: 'signedIn',
    one: 'A transfer by its id; null if it does not exist, or if the viewer acts neither for the sender nor for the receiver. Errors: UNAUTHENTICATED, INVALID.',
    list: false,
  },
});

export const transfersOfViewer = extend('Viewer', (f) => ({
  assetTransfers: f
    .page(
      () => assetTransfers,
      'Transfers from and to the viewer and the viewer’s organizations, the newest first; for operators all transfers. `filter: { status: { eq: PENDING } }` selects those that wait for an answer. Errors: INVALID.',
      (_viewer, context, args) => assetTransfers.list(context, args),
    )
    .restrictedTo('self', isViewer),
}));
