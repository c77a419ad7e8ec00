import { ID } from 'type-graphql';
import { aggregate } from '../../../platform/nouns/aggregate.ts';
import { noun } from '../../../platform/nouns/noun.ts';
import { Currency } from '../../../platform/scalars/money.ts';
import { ActorStub } from '../foreign/actor.ts';
import { Auction } from './auction.entity.ts';
import { auctionVisible } from './auction.policy.ts';
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
  visible: auctionVisible,
  filter: {
    status: auctionStatusFilter,
    format: auctionFormatFilter,
    assetId: 'id',
    sellerId: 'id',
    leaderId: 'id',
    winnerId: 'id',
    currency: 'text',
    endsAt: 'time',
    createdAt: 'time',
  },
  sort: ['createdAt', 'endsAt', 'bidCount'],
});

export const auctionAggregate = aggregate(auctions, {
  keys: {
    status: { column: 'status', type: () => AuctionStatusEnum },
    format: { column: 'format', type: () => AuctionFormatEnum },
    currency: { column: 'currency', type: () => Currency },
    seller: { column: 'seller_id', type: () => ActorStub, reference: true },
    winner: { column: 'winner_id', type: () => ActorStub, reference: true },
    assetId: { column: 'asset_id', type: () => ID },
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
