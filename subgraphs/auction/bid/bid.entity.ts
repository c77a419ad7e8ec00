import { defineEntity, p } from '@mikro-orm/core';
import { minorUnits, standardColumns } from '../../../platform/nouns/entity.ts';

/** Why a bid is taken back, in the words of eBay's "Retracting a bid". Whether it can be, `retractable` decides. */
export const retractionReasons = ['WRONG_AMOUNT', 'DESCRIPTION_CHANGED', 'SELLER_UNREACHABLE'] as const;
export type RetractionReason = (typeof retractionReasons)[number];

/** What a bid did when it was placed. RAISED and SEALED are seen by their bidder alone. */
export const bidStandings = ['LEADING', 'OUTBID', 'WON', 'RAISED', 'SEALED'] as const;
export type BidStanding = (typeof bidStandings)[number];

export const BidSchema = defineEntity({
  name: 'Bid',
  tableName: 'bids',
  properties: {
    ...standardColumns,
    auctionId: p.text().name('auction_id'),
    bidderId: p.text().name('bidder_id'),
    /** Who placed it: the bidder, who acts for a bidding organization, or who acts on their behalf. */
    placedBy: p.text().name('placed_by'),
    /** The place in the lot among all bids that were accepted. */
    sequence: p.integer(),
    /** The place in the lot among the bids that everybody may see; hidden ones have 0. */
    number: p.integer(),
    hidden: p.boolean(),
    standing: p.enum(bidStandings),
    /** Hidden: it reaches nobody but the bidder. */
    maximum: minorUnits('maximum'),
    /** The price to which the bid brought the lot; null while it is sealed. */
    amount: minorUnits('amount').nullable(),
    currency: p.text(),
    /** By the clock of the database, under the lock of the lot. */
    placedAt: p.datetime(3).name('placed_at'),
    retractedAt: p.datetime(3).name('retracted_at').nullable(),
    retractionReason: p.enum(retractionReasons).name('retraction_reason').nullable(),
  },
});

/** One bid that was accepted. */
export class Bid extends BidSchema.class {}
BidSchema.setClass(Bid);
