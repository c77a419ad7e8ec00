import type { FilterQuery } from '@mikro-orm/postgresql';
import { isOperator } from '../../../platform/access/permission.ts';
import { noun } from '../../../platform/nouns/noun.ts';
import { ownersOf } from '../asset/asset.policy.ts';
import { AssetTransfer, AssetTransferStatus } from './asset-transfer.entity.ts';
import { AssetTransferType } from './asset-transfer.type.ts';

export const assetTransfers = noun<AssetTransfer>({
  name: 'AssetTransfer',
  prefix: 'atr',
  entity: AssetTransfer,
  type: () => AssetTransferType,
  audience: 'self',
  visible: (actor) => {
    if (actor.id === null) return null;
    if (isOperator(actor)) return {};
    const own = { $in: ownersOf(actor) };
    return { $or: [{ senderId: own }, { receiverId: own }] } as FilterQuery<AssetTransfer>;
  },
  filter: { assetId: 'id', senderId: 'id', receiverId: 'id', status: AssetTransferStatus, createdAt: 'time' },
  sort: ['createdAt'],
});
