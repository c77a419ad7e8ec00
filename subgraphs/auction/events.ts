import { z } from 'zod';
import { fact } from '../../platform/facts/fact.ts';

/*
 * What leaves this OS. No maximum and no sealed bid is among it, and nothing is told of a bid that nobody but its bidder may
 * notice: neither that it came, nor when.
 */

const money = z.object({ minor: z.string(), currency: z.string() });
const format = z.enum(['ENGLISH', 'DUTCH', 'SEALED_FIRST_PRICE', 'SEALED_SECOND_PRICE']);
const status = z.enum(['DRAFT', 'SCHEDULED', 'OPENING', 'OPEN', 'SOLD', 'UNSOLD', 'CANCELLED']);
const lot = {
  auctionId: z.string(),
  assetId: z.string(),
  sellerId: z.string(),
  format,
  status,
  opensAt: z.iso.datetime().nullable().optional(),
  endsAt: z.iso.datetime(),
  /** False of a draft, which its seller alone sees. Absent in facts of the days when there were none. */
  isAnnounced: z.boolean().optional(),
};

export const auctionCreated = fact(
  'auction.auction.created',
  'A lot was put up for auction.',
  z.object({ ...lot, startPrice: money }),
);

export const auctionUpdated = fact(
  'auction.auction.updated',
  'The terms of a lot were changed, or it was announced.',
  z.object({ ...lot, changed: z.array(z.string()) }),
);

export const auctionOpenRequested = fact(
  'auction.auction.openRequested',
  'A lot asks for its asset; it opens when the asset is kept for it.',
  z.object(lot),
);

export const auctionOpened = fact(
  'auction.auction.opened',
  'The asset is kept for its lot, which takes bids from here on.',
  z.object({ ...lot, startPrice: money, openedAt: z.iso.datetime() }),
);

export const auctionExtended = fact(
  'auction.auction.extended',
  'A bid shortly before the end moved the end of a lot.',
  z.object({ ...lot, previousEndsAt: z.iso.datetime() }),
);

export const auctionClosed = fact(
  'auction.auction.closed',
  'A lot was closed: sold to the winner at the price, or unsold.',
  z.object({
    ...lot,
    winnerId: z.string().nullable(),
    price: money.nullable(),
    endedAt: z.iso.datetime(),
    /** Until when the winner may pay; null where there is none. Absent in facts of the days when a lot passed at the hammer. */
    settlementDueAt: z.iso.datetime().nullable().optional(),
  }),
);

export const auctionCancelled = fact(
  'auction.auction.cancelled',
  'A lot was withdrawn without a sale.',
  z.object({ ...lot, reason: z.string() }),
);

/** As `auctionCancelled` was called and spelt in former days. It stands in logs, which are read from their beginning. */
export const formerAuctionCancelled = fact(
  'auction.auction.canceled',
  'A lot was withdrawn without a sale. Not told any more: it is `auction.auction.cancelled` now.',
  z.object({ ...lot, status: z.literal('CANCELED'), reason: z.string() }),
);

export const auctionSettled = fact(
  'auction.auction.settled',
  'The buyer of a lot has paid, and the asset passes to the buyer.',
  z.object({ ...lot, winnerId: z.string(), price: money }),
);

export const auctionDefaulted = fact(
  'auction.auction.defaulted',
  'The buyer of a lot did not pay: the sale fell through, and the lot is unsold.',
  z.object({ ...lot, buyerId: z.string(), reason: z.string() }),
);

export const auctionImported = fact(
  'auction.auction.imported',
  'An auction of the past was recorded with its bids and its outcome.',
  z.object({
    ...lot,
    /** Facts of former days say CANCELED. */
    status: z.enum([...status.options, 'CANCELED']),
    source: z.string(),
    openedAt: z.iso.datetime(),
    endedAt: z.iso.datetime(),
    bidCount: z.int(),
    winnerId: z.string().nullable(),
    price: money.nullable(),
  }),
);

export const bidPlaced = fact(
  'auction.bid.placed',
  'A bid changed how a lot stands, for everybody to see.',
  z.object({
    auctionId: z.string(),
    assetId: z.string(),
    sellerId: z.string(),
    bidId: z.string(),
    bidderId: z.string(),
    /** What the bid did: it leads, was outbid at once by the leader’s proxy, or won the lot. */
    standing: z.enum(['LEADING', 'OUTBID', 'WON']),
    /** The price after this bid. */
    price: money,
    /** The least that the next bidder must offer; null when the lot is sold. */
    minimum: money.nullable(),
    leaderId: z.string(),
    bidCount: z.int(),
    reserveMet: z.boolean().nullable(),
    endsAt: z.iso.datetime(),
  }),
);

export const bidRetracted = fact(
  'auction.bid.retracted',
  'Bids were taken back, and the lot stood as if they had never been. Not told any more: what everybody saw is binding.',
  z.object({
    ...lot,
    bidderId: z.string(),
    reason: z.enum(['WRONG_AMOUNT', 'DESCRIPTION_CHANGED', 'SELLER_UNREACHABLE']),
    price: money,
    leaderId: z.string().nullable(),
    bidCount: z.int(),
    reserveMet: z.boolean().nullable(),
  }),
);

/** Each says how a lot itself changed; what bids do is told by the facts of bids. */
export const auctionFacts = [
  auctionCreated,
  auctionUpdated,
  auctionOpenRequested,
  auctionOpened,
  auctionExtended,
  auctionClosed,
  auctionCancelled,
  formerAuctionCancelled,
  auctionSettled,
  auctionDefaulted,
  auctionImported,
] as const;

/** The status of a lot by the enum of today; facts and outcomes of former days spell one otherwise. */
export function presentStatus(status: string): string {
  return status === 'CANCELED' ? 'CANCELLED' : status;
}

export const facts = [...auctionFacts, bidPlaced, bidRetracted];
