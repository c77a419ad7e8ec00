import { noun } from '../../../platform/declare/noun.ts';
import type { OutputFields } from '../../../platform/declare/output.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import { actorPrefixes } from '../../../platform/ids/ids.ts';
import { id } from '../../../platform/nouns/filter-kinds.ts';
import { Currency, Money } from '../../../platform/scalars/money.ts';
import { auctions } from '../auction/auction.noun.ts';
import { Bid, BidRetractionReason, BidStanding, ViewerBidStanding } from './bid.entity.ts';
import { hiddenBiddersOf, readsHidden } from './hidden.policy.ts';

const auction = 'The lot on which the bid was placed; null if the viewer cannot see it.';
const placedAt = 'When the bid was placed, by the clock of the database.';
const retractedAt = 'When the bid was retracted; null if it was not.';
const retractionReason = 'Null if the bid was not retracted.';

const maximumOf = ({ maximum, currency }: Bid): Money => new Money(maximum, currency);

export const bids = noun(Bid, {
  name: 'Bid',
  plural: 'bids',
  prefix: 'bid',
  words: ['bid', 'bids'],
  description:
    'A visible bid. Sealed bids, and raises by the leader that leave the price unchanged, are in `Viewer.bids` of their bidder only.',
  audience: 'public',
  // Hidden bids are in no list, not even for their bidder: a different total or order would reveal them.
  visible: () => ({ hidden: false }),
  roots: {
    one: 'A bid by its id. Null if there is no visible bid with this id. Errors: INVALID for an id of another kind.',
    list: 'Visible bids, newest first; the filter selects those of one lot or one bidder. Errors: INVALID.',
    aggregate:
      'Counts visible bids and sums the prices after them (`Bid.amount`), by keys and time; money is never added across currencies. Errors: INVALID.',
  },
  fields: (f) => ({
    id: f.id(),
    number: f.int('Position among the visible bids of its lot, from 1.'),
    auction: f.belongsTo(() => auctions, 'auctionId', auction),
    bidder: f.actor(
      'bidderId',
      'The person, organization, agent or service for which the bid was placed; null while identity is unavailable.',
    ),
    standing: f
      .enum(BidStanding, 'The effect of the bid when it was placed.')
      .from(({ standing }) => standing as BidStanding),
    amount: f
      .money('The price of the lot after this bid. It is not the bidder’s hidden maximum.')
      .from((bid) => new Money(bid.amount ?? 0n, bid.currency)),
    maximum: f
      .money(
        'The hidden maximum of the bid. Null for everybody except the bidder, and members who may bid for a bidding organization.',
      )
      .from(maximumOf)
      .restrictedTo('self', (bid, { actor }) => readsHidden(actor, bid.bidderId)),
    placedAt: f.time(placedAt),
    retractedAt: f.time(retractedAt).nullable(),
    retractionReason: f.enum(BidRetractionReason, retractionReason).nullable(),
  }),
  filter: { auctionId: id('auc'), bidderId: id(...actorPrefixes), placedAt: 'time' },
  sort: ['placedAt', 'number'],
  aggregate: {
    by: ['auction', 'bidder', 'standing', { currency: { property: 'currency', type: () => Currency } }],
    over: ['placedAt'],
    // The public amount of each bid, never its maximum.
    money: {
      amount: {
        column: 'amount',
        currency: 'currency',
        description: 'the prices of the lots after these bids (`Bid.amount`), including retracted bids',
      },
    },
  },
});

export const ViewerBid = valueType(
  'ViewerBid',
  'A bid of the viewer, or of the organization acted for, including raises and sealed bids that nobody else sees.',
  (f: OutputFields<Bid>) => ({
    id: f.id('The id of the bid. `bid(id)` answers it only if the bid is visible to everybody.'),
    auction: f.belongsTo(() => auctions, 'auctionId', auction),
    bidder: f.actor('bidderId', 'The viewer, or the organization acted for.'),
    standing: f.enum(ViewerBidStanding, 'The effect of the bid when it was placed.'),
    amount: f
      .money('The price of the lot after this bid; null for raises and sealed bids.')
      .nullable()
      .from(({ amount, hidden, currency }) =>
        hidden || typeof amount !== 'bigint' ? null : new Money(amount, currency),
      ),
    maximum: f.money('The hidden maximum, or the amount of the sealed bid.').from(maximumOf),
    placedAt: f.time(placedAt),
    retractedAt: f.time(retractedAt).nullable(),
    retractionReason: f.enum(BidRetractionReason, retractionReason).nullable(),
  }),
);

/** The same rows as their bidders see them. Not an entity of the graph: others see a bid as `Bid`. */
export const viewerBids = noun(Bid, {
  name: 'ViewerBid',
  plural: 'viewerBids',
  prefix: 'bid',
  words: ['bid', 'bids of the viewer'],
  type: () => ViewerBid.type,
  isEntity: false,
  audience: 'self',
  visible: (actor) => (actor.id === null ? null : { bidderId: { $in: hiddenBiddersOf(actor) } }),
  roots: false,
  filter: { auctionId: id('auc'), bidderId: id(...actorPrefixes), placedAt: 'time' },
  sort: ['placedAt'],
});
