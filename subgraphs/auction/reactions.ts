import type { Transaction } from '../../platform/context/context.ts';
import { on, type Reaction } from '../../platform/facts/reactions.ts';
import type { FactType, PayloadOf, StampedFact } from '../../platform/facts/fact.ts';
import { assetArchived, assetCreated, assetImported, assetPublished } from '../assets/events.ts';
import { auctionAssetKnown } from './asset/auction-asset.service.ts';
import type { AuctionAssetStatus } from './asset/auction-asset.entity.ts';

/** The facts that say whose an asset is and who sees it: one consumer, so that those of one asset come in their order. */
const told = [assetCreated, assetPublished, assetArchived, assetImported] as const;
type Told = PayloadOf<(typeof told)[number]>;

function statusAfter({ type, payload }: StampedFact<Told>): AuctionAssetStatus | undefined {
  if (type === assetPublished.type) return 'PUBLISHED';
  if (type === assetArchived.type) return 'ARCHIVED';
  return 'status' in payload ? payload.status : undefined;
}

export const reactions: Reaction[] = [
  on<Told>(told as unknown as FactType<Told>[], 'assetOwners', (tx: Transaction, fact) =>
    auctionAssetKnown(tx, fact.payload.assetId, { ownerId: fact.payload.ownerId, status: statusAfter(fact) }),
  ),
];
