import { defineEntity, p } from '@mikro-orm/core';
import { enumeration, type ValueOf } from '../../../platform/declare/enumeration.ts';
import { minorUnits, standardColumns } from '../../../platform/nouns/entity.ts';

export const BidRetractionReason = enumeration(
  'BidRetractionReason',
  'Why a bid is retracted. It is stored with the bid and has no effect on whether the bid can be retracted.',
  {
    WRONG_AMOUNT: 'The bidder entered a wrong amount.',
    DESCRIPTION_CHANGED: 'The seller changed the description.',
    SELLER_UNREACHABLE: 'The bidder could not reach the seller.',
  },
);
export type BidRetractionReason = ValueOf<typeof BidRetractionReason>;

const visibleStandings = {
  LEADING: 'It became the highest bid.',
  OUTBID: 'The hidden maximum of another bidder was at least as high.',
  WON: 'It won the lot.',
};

/** The standing of visible bids. */
export const BidStanding = enumeration(
  'BidStanding',
  'The effect of a bid when it was placed; the winning sealed bid becomes WON at the end.',
  visibleStandings,
);
export type BidStanding = ValueOf<typeof BidStanding>;

export const ViewerBidStanding = enumeration(
  'ViewerBidStanding',
  'The effect of a bid when it was placed, as its bidder sees it; the winning sealed bid becomes WON at the end.',
  {
    ...visibleStandings,
    RAISED: 'It raised the maximum of the leader. Nobody else sees it.',
    SEALED: 'It is sealed until the end of the lot. Nobody else sees it.',
  },
);
export type ViewerBidStanding = ValueOf<typeof ViewerBidStanding>;

export const BidSchema = defineEntity({
  name: 'Bid',
  tableName: 'bids',
  properties: {
    ...standardColumns,
    auctionId: p.text().name('auction_id'),
    bidderId: p.text().name('bidder_id'),
    /** The actor who placed it: the bidder, a member of the bidding organization, or a delegate. */
    placedBy: p.text().name('placed_by'),
    /** Position among all accepted bids of the lot. */
    sequence: p.integer(),
    /** Position among the visible bids of the lot; 0 for hidden ones. */
    number: p.integer(),
    hidden: p.boolean(),
    standing: p.enum(ViewerBidStanding.values),
    /** Hidden from everybody but the bidder. */
    maximum: minorUnits('maximum'),
    /** The price of the lot after the bid; null while it is hidden. */
    amount: minorUnits('amount').nullable(),
    currency: p.text(),
    /** By the clock of the database, under the lock of the lot. */
    placedAt: p.datetime(3).name('placed_at'),
    retractedAt: p.datetime(3).name('retracted_at').nullable(),
    retractionReason: p.enum(BidRetractionReason.values).name('retraction_reason').nullable(),
  },
});

/** An accepted bid. */
export class Bid extends BidSchema.class {}
BidSchema.setClass(Bid);
