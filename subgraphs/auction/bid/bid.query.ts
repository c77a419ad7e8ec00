import { aggregate } from '../../../platform/nouns/aggregate.ts';
import { noun } from '../../../platform/nouns/noun.ts';
import { Currency } from '../../../platform/scalars/money.ts';
import { auctions } from '../auction/auction.query.ts';
import { AuctionType } from '../auction/auction.type.ts';
import { ActorStub } from '../foreign/actor.ts';
import { Bid } from './bid.entity.ts';
import { BidStandingEnum, BidType } from './bid.type.ts';

export const bids = noun<Bid>({
  name: 'Bid',
  prefix: 'bid',
  entity: Bid,
  type: () => BidType,
  audience: 'public',
  // Hidden ones are not even for their bidder in a list: a total or an order that differs would tell of them.
  visible: () => ({ hidden: false }),
  filter: { auctionId: 'id', bidderId: 'id', placedAt: 'time' },
  sort: ['placedAt', 'number'],
});

export const bidAggregate = aggregate(bids, {
  keys: {
    auction: { column: 'auction_id', type: () => AuctionType, load: (context, id) => auctions.load(context, id) },
    bidder: { column: 'bidder_id', type: () => ActorStub, reference: true },
    standing: { column: 'standing', type: () => BidStandingEnum },
    currency: { column: 'currency', type: () => Currency },
  },
  times: { placedAt: { column: 'placed_at', kind: 'time' } },
  // What everybody may see of each bid, and never its maximum.
  money: {
    amount: {
      column: 'amount',
      currency: 'currency',
      description: 'the prices to which these bids brought their lots (`Bid.amount`), retracted bids among them',
    },
  },
});
