import { z } from 'zod';
import { fact } from '../../platform/facts/fact.ts';
import { AuctionFormat, AuctionStatus } from './auction/auction.entity.ts';
import { BidRetractionReason, BidStanding } from './bid/bid.entity.ts';

/* The facts of this OS. None contains a maximum or a sealed bid, or shows that or when a hidden bid was placed. */

const money = z.object({ minor: z.string(), currency: z.string() });
const lot = {
  auctionId: z.string(),
  assetId: z.string(),
  sellerId: z.string(),
  format: z.enum(AuctionFormat.values),
  status: z.enum(AuctionStatus.values),
  opensAt: z.iso.datetime().nullable().optional(),
  endsAt: z.iso.datetime(),
  /** False for a draft, which only its seller sees. Absent in facts from before there were drafts. */
  isAnnounced: z.boolean().optional(),
};

/** A fact about a lot. */
function lotFact<S extends z.ZodRawShape>(type: string, sentence: string, more: S) {
  return fact(type, sentence, z.object({ ...lot, ...more } as Omit<typeof lot, keyof S> & S));
}

export const auctionCreated = lotFact('auction.auction.created', 'A lot was created.', {
  startPrice: money,
});

export const auctionUpdated = lotFact(
  'auction.auction.updated',
  'The terms of a lot were changed, or it was announced.',
  { changed: z.array(z.string()) },
);

export const auctionOpenRequested = lotFact(
  'auction.auction.openRequested',
  'A lot requests its asset; it opens when the asset is reserved for it.',
  {},
);

export const auctionOpened = lotFact(
  'auction.auction.opened',
  'The asset is reserved for its lot, which now takes bids.',
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
    /** Until when the winner may pay; null without a winner. Absent in facts from before there were settlements. */
    settlementDueAt: z.iso.datetime().nullable().optional(),
  },
);

export const auctionCancelled = lotFact('auction.auction.cancelled', 'A lot was withdrawn without a sale.', {
  reason: z.string(),
});

/** The former name and spelling of `auctionCancelled`. Logs still contain it, and are read from their beginning. */
export const formerAuctionCancelled = lotFact(
  'auction.auction.canceled',
  'A lot was withdrawn without a sale. No longer published: now `auction.auction.cancelled`.',
  { status: z.literal('CANCELED'), reason: z.string() },
);

export const auctionSettled = lotFact(
  'auction.auction.settled',
  'The buyer of a lot has paid, and the asset passes to the buyer.',
  { winnerId: z.string(), price: money },
);

export const auctionDefaulted = lotFact(
  'auction.auction.defaulted',
  'The buyer of a lot did not pay: the sale was cancelled, and the lot is unsold.',
  { buyerId: z.string(), reason: z.string() },
);

export const auctionImported = lotFact(
  'auction.auction.imported',
  'A past auction was recorded with its bids and its outcome.',
  {
    /** Older facts have CANCELED. */
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
  'A visible bid was placed.',
  z.object({
    auctionId: z.string(),
    assetId: z.string(),
    sellerId: z.string(),
    bidId: z.string(),
    bidderId: z.string(),
    /** The effect of the bid. */
    standing: z.enum(BidStanding.values),
    /** The price after this bid. */
    price: money,
    /** The lowest next bid; null if the lot is sold. */
    minimum: money.nullable(),
    leaderId: z.string(),
    bidCount: z.int(),
    reserveMet: z.boolean().nullable(),
    endsAt: z.iso.datetime(),
  }),
);

export const bidRetracted = fact(
  'auction.bid.retracted',
  'Visible bids were retracted. No longer published: visible bids are binding.',
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

/** Changes of lots other than by bids. */
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

/** The current spelling of a status, which older facts and outcomes may spell differently. */
export function presentStatus(status: string): AuctionStatus {
  return status === 'CANCELED' ? 'CANCELLED' : (status as AuctionStatus);
}

export const facts = [...auctionFacts, bidPlaced, bidRetracted];

/** Emitted by reactions and workers. The last two are no longer published, but streams replay them. */
export const systemFacts = [
  auctionOpenRequested,
  auctionOpened,
  auctionClosed,
  auctionCancelled,
  auctionDefaulted,
  bidRetracted,
  formerAuctionCancelled,
];
