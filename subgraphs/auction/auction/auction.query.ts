import { aggregate } from '../../../platform/nouns/aggregate.ts';
import type { Context } from '../../../platform/context/context.ts';
import { noun, type Connection, type ListArgs } from '../../../platform/nouns/noun.ts';
import { Currency } from '../../../platform/scalars/money.ts';
import { ActorStub } from '../foreign/actor.ts';
import { AssetStub } from '../foreign/asset.ts';
import { Auction } from './auction.entity.ts';
import { announced, lotVisible, sellersOf } from './auction.policy.ts';
import {
  AuctionFormatEnum,
  auctionFormatFilter,
  AuctionStatusEnum,
  auctionStatusFilter,
  AuctionType,
} from './auction.type.ts';

export const auctions = noun<Auction>({
  name: 'Auction',
  prefix: 'auc',
  entity: Auction,
  type: () => AuctionType,
  audience: 'public',
  // The same for everybody, so that streams of bids are shared: a seller's drafts are `lots`, and no stream leads to them.
  visible: () => announced,
  filter: {
    status: auctionStatusFilter,
    format: auctionFormatFilter,
    assetId: 'id',
    sellerId: 'id',
    leaderId: 'id',
    winnerId: 'id',
    currency: 'text',
    opensAt: 'time',
    endsAt: 'time',
    createdAt: 'time',
  },
  sort: ['createdAt', 'endsAt', 'bidCount', 'currentPrice', 'title'],
  search: { column: 'words' },
});

/** The same rows as their sellers see them: drafts too. For mutations and what is asked by a lot's id; no list and no entity. */
export const lots = noun<Auction>({
  ...auctions.options,
  name: 'ViewerAuction',
  audience: 'self',
  visible: lotVisible,
});

/** A page of what the viewer sells: in the own name, or for the organization acted for where the viewer may sell for it. */
export function viewerAuctionsOf(context: Context, args: ListArgs): Promise<Connection<Auction>> {
  const { actor, info } = context;
  const sellers = sellersOf(actor).filter((id) => id === actor.id || id === info.actingFor);
  return lots.list(context, args, { sellerId: { $in: sellers } });
}

export const auctionAggregate = aggregate(auctions, {
  keys: {
    status: { column: 'status', type: () => AuctionStatusEnum },
    format: { column: 'format', type: () => AuctionFormatEnum },
    currency: { column: 'currency', type: () => Currency },
    seller: { column: 'seller_id', type: () => ActorStub, reference: true },
    winner: { column: 'winner_id', type: () => ActorStub, reference: true },
    asset: { column: 'asset_id', type: () => AssetStub, reference: true },
  },
  times: {
    createdAt: { column: 'created_at', kind: 'time' },
    endsAt: { column: 'ends_at', kind: 'time' },
  },
  money: {
    hammerPrice: {
      column: 'price',
      currency: 'currency',
      only: `e."status" = 'SOLD'`,
      description: 'the prices at which lots of this group were sold',
    },
  },
});
