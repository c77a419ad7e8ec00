import { stream } from '../../../platform/declare/stream.ts';
import { actorPrefixes } from '../../../platform/ids/ids.ts';
import { id } from '../../../platform/nouns/filter-kinds.ts';
import { Money } from '../../../platform/scalars/money.ts';
import { auctions } from '../auction/auction.noun.ts';
import { bidPlaced } from '../events.ts';
import { BidStanding } from './bid.entity.ts';
import { bids } from './bid.noun.ts';

const money = ({ minor, currency }: { minor: string; currency: string }): Money => new Money(minor, currency);

/** These facts contain only public values, so the stream is public. */
export const bidPlacedStream = stream('bidPlaced', {
  access: 'public',
  description: 'Visible bids on all lots, or on those of the filter. Sealed bids and hidden raises are not included.',
  eventDescription:
    'A visible bid was placed. Values are those after this bid; `bid` and `auction` are the current state.',
  facts: [bidPlaced],
  filter: { auctionId: id('auc'), bidderId: id(...actorPrefixes), sellerId: id(...actorPrefixes) },
  filterDescription: 'Conditions on the bids; the bids on all lots if absent.',
  event: ({ payload }) => ({
    ...payload,
    price: money(payload.price),
    minimumBid: payload.minimum && money(payload.minimum),
    endsAt: new Date(payload.endsAt),
  }),
  fields: (f) => ({
    standing: f.enum(BidStanding, 'The effect of the bid when it was placed.'),
    price: f.money('The price after this bid.'),
    minimumBid: f.money('The lowest next bid; null if the bid won the lot.').nullable(),
    bidCount: f.int('Number of visible bids of the lot, including this one.'),
    reserveMet: f.boolean('Whether the reserve price was met; null if there is none.').nullable(),
    endsAt: f.time('The end of the lot after this bid.'),
    leader: f.actor('leaderId', 'The bidder with the highest bid after this one.'),
    bidder: f.actor(
      'bidderId',
      'The person, organization, agent or service for which the bid was placed; null while identity is unavailable.',
    ),
    bid: f.belongsTo(() => bids, 'bidId', 'The current bid; null if the viewer can no longer see it.'),
    auction: f.belongsTo(() => auctions, 'auctionId', 'The current lot; null if the viewer can no longer see it.'),
  }),
});
