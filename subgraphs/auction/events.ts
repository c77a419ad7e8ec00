import { z } from 'zod';
import { fact } from '../../platform/facts/fact.ts';
import { AuctionFormat, AuctionStatus } from './auction/auction.entity.ts';
import { BidRetractionReason, BidStanding } from './bid/bid.entity.ts';

/*
 * What leaves this OS. No maximum and no sealed bid is among it, and nothing is told of a bid that nobody but its bidder may
 * notice: neither that it came, nor when.
 */

const money = z.object({ minor: z.string(), currency: z.string() });
const lot = {
  auctionId: z.string(),
  assetId: z.string(),
  sellerId: z.string(),
  format: z.enum(AuctionFormat.values),
  status: z.enum(AuctionStatus.values),
  opensAt: z.iso.datetime().nullable().optional(),
  endsAt: z.iso.datetime(),
  /** False of a draft, which its seller alone sees. Absent in facts of the days when there were none. */
  isAnnounced: z.boolean().optional(),
};

/** A fact about a lot. */
function lotFact<S extends z.ZodRawShape>(type: string, sentence: string, more: S) {
  return fact(type, sentence, z.object({ ...lot, ...more } as Omit<typeof lot, keyof S> & S));
}

export const auctionCreated = lotFact('auction.auction.created', 'A lot was put up for auction.', {
  startPrice: money,
});

export const auctionUpdated = lotFact(
  'auction.auction.updated',
  'The terms of a lot were changed, or it was announced.',
  { changed: z.array(z.string()) },
);

export const auctionOpenRequested = lotFact(
  'auction.auction.openRequested',
  'A lot asks for its asset; it opens when the asset is kept for it.',
  {},
);

export const auctionOpened = lotFact(
  'auction.auction.opened',
  'The asset is kept for its lot, which takes bids from here on.',
  { startPrice: money, openedAt: z.iso.datetime() },
);

export const auctionExtended = lotFact(
  'auction.auction.extended',
  'A bid shortly before the end moved the end of a lot.',
  { previousEndsAt: z.iso.datetime() },
);

export const auctionClosed = lotFact(
  'auction.auction.closed',
  'A lot was closed: sold to the winner at the price, or unsold.',
  {
    winnerId: z.string().nullable(),
    price: money.nullable(),
    endedAt: z.iso.datetime(),
    /** Until when the winner may pay; null where there is none. Absent in facts of the days when a lot passed at the hammer. */
    settlementDueAt: z.iso.datetime().nullable().optional(),
  },
);

export const auctionCancelled = lotFact('auction.auction.cancelled', 'A lot was withdrawn without a sale.', {
  reason: z.string(),
});

/** As `auctionCancelled` was called and spelt in former days. It stands in logs, which are read from their beginning. */
export const formerAuctionCancelled = lotFact(
  'auction.auction.canceled',
  'A lot was withdrawn without a sale. Not told any more: it is `auction.auction.cancelled` now.',
  { status: z.literal('CANCELED'), reason: z.string() },
);

export const auctionSettled = lotFact(
  'auction.auction.settled',
  'The buyer of a lot has paid, and the asset passes to the buyer.',
  { winnerId: z.string(), price: money },
);

export const auctionDefaulted = lotFact(
  'auction.auction.defaulted',
  'The buyer of a lot did not pay: the sale fell through, and the lot is unsold.',
  { buyerId: z.string(), reason: z.string() },
);

export const auctionImported = lotFact(
  'auction.auction.imported',
  'An auction of the past was recorded with its bids and its outcome.',
  {
    /** Facts of former days say CANCELED. */
    status: z.enum([...AuctionStatus.values, 'CANCELED']),
    source: z.string(),
    openedAt: z.iso.datetime(),
    endedAt: z.iso.datetime(),
    bidCount: z.int(),
    winnerId: z.string().nullable(),
    price: money.nullable(),
  },
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
    standing: z.enum(BidStanding.values),
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
    reason: z.enum(BidRetractionReason.values),
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
export function presentStatus(status: string): AuctionStatus {
  return status === 'CANCELED' ? 'CANCELLED' : (status as AuctionStatus);
}

export const facts = [...auctionFacts, bidPlaced, bidRetracted];
