import { defineEntity, p } from '@mikro-orm/core';
import { enumeration, type ValueOf } from '../../../platform/declare/enumeration.ts';
import { minorUnits, standardColumns } from '../../../platform/nouns/entity.ts';
import { TsVector } from '../../../platform/search/ts-vector.ts';

export const AuctionFormat = enumeration('AuctionFormat', 'The rules by which a lot is sold.', {
  ENGLISH:
    'The price rises. Each bidder names a hidden maximum, and the system bids for them as little as needed (proxy bidding).',
  DUTCH: 'The price falls in steps; the first bidder to accept it wins.',
  SEALED_FIRST_PRICE: 'Bids stay hidden until the end. The highest bid wins and is paid.',
  SEALED_SECOND_PRICE:
    'Bids stay hidden until the end. The highest bid wins and pays the highest bid of another bidder (Vickrey auction).',
});
export type AuctionFormat = ValueOf<typeof AuctionFormat>;

export const AuctionStatus = enumeration('AuctionStatus', 'The stage of a lot between its creation and its end.', {
  DRAFT: 'Created, and visible to its seller only.',
  SCHEDULED: 'Announced to everybody; it opens at `opensAt`.',
  OPENING: 'Waits a few moments until its asset is reserved for it; takes no bids yet.',
  OPEN: 'Takes bids until `endsAt`.',
  SOLD: 'Closed with a winner, who owes the price (`settlement`).',
  UNSOLD: 'Closed without a winner, or the winner did not pay.',
  CANCELLED: 'Withdrawn without a sale; `cancelReason` says why.',
});
export type AuctionStatus = ValueOf<typeof AuctionStatus>;

export const AuctionPhase = enumeration('AuctionPhase', 'Whether a lot takes bids, by the server’s clock.', {
  UPCOMING: 'It takes no bids yet.',
  RUNNING: 'It takes bids.',
  ENDED: 'Its end is past, even if it is closed only moments later.',
  CANCELLED: 'It was withdrawn.',
});
export type AuctionPhase = ValueOf<typeof AuctionPhase>;

export const SettlementStatus = enumeration('AuctionSettlementStatus', 'The payment of a sale.', {
  OWED: 'The buyer has to pay; the asset stays reserved.',
  SETTLED: 'The seller was paid, and the asset passes to the buyer.',
  DEFAULTED: 'The buyer did not pay; the lot is UNSOLD, and the seller keeps the asset.',
});

export type SettlementStatus = ValueOf<typeof SettlementStatus>;

/** Increment bands as stored: minor units as text. */
export type StoredIncrement = [from: string, step: string];

export const AuctionSchema = defineEntity({
  name: 'Auction',
  tableName: 'auctions',
  properties: {
    ...standardColumns,
    /** Version of the terms. Bids do not change it, because it would show a hidden raise. */
    termsVersion: p.integer().name('terms_version').default(1),
    assetId: p.text().name('asset_id'),
    sellerId: p.text().name('seller_id'),
    /** The owner of the agent or service that sells; null for other sellers. */
    sellerOwnerId: p.text().name('seller_owner_id').nullable(),
    createdBy: p.text().name('created_by'),
    /** Ids of actors who may not bid because they act for the seller. */
    barred: p.array().default([]),
    format: p.enum(AuctionFormat.values),
    status: p.enum(AuctionStatus.values),
    description: p.text().nullable(),
    currency: p.text(),
    startPrice: minorUnits('start_price'),
    /** Shown to nobody. */
    reserve: minorUnits('reserve').nullable(),
    buyNowPrice: minorUnits('buy_now_price').nullable(),
    floorPrice: minorUnits('floor_price').nullable(),
    priceStep: minorUnits('price_step').nullable(),
    stepSeconds: p.integer().name('step_seconds').nullable(),
    increments: p.json<StoredIncrement[]>(),
    softCloseSeconds: p.integer().name('soft_close_seconds').default(0),
    /** Public title of the asset, from its facts; empty while it is hidden or unknown. */
    title: p.text().default(''),
    /** `wordsOf`; lazy, so that lists do not read it. */
    words: p.type(TsVector).$type<string | null>().nullable().lazy(),
    /** When it became public; null for a draft. */
    announcedAt: p.datetime(3).name('announced_at').nullable(),
    /** When the closer opens it; null if the seller does. */
    opensAt: p.datetime(3).name('opens_at').nullable(),
    /** When it requested its asset; members of the seller at that time are barred. Null before, and for old lots. */
    openingAt: p.datetime(3).name('opening_at').nullable(),
    openedAt: p.datetime(3).name('opened_at').nullable(),
    endsAt: p.datetime(3).name('ends_at'),
    endedAt: p.datetime(3).name('ended_at').nullable(),
    cancelReason: p.text().name('cancel_reason').nullable(),
    /** The current price, or the hammer price; null before the first visible bid. */
    price: minorUnits('price').nullable(),
    /** For sorting: the price, or the start price before the first bid. */
    currentPrice: minorUnits('current_price').nullable().generated('(coalesce(price, start_price)) stored'),
    leaderId: p.text().name('leader_id').nullable(),
    leaderBidId: p.text().name('leader_bid_id').nullable(),
    /** Hidden from everybody but the bidder. */
    leaderMaximum: minorUnits('leader_maximum').nullable(),
    leaderMaximumBy: p.text().name('leader_maximum_by').nullable(),
    winnerId: p.text().name('winner_id').nullable(),
    /** The actor who owes, or owed, the price; it stays if the sale is cancelled. */
    buyerId: p.text().name('buyer_id').nullable(),
    settlementStatus: p.enum(SettlementStatus.values).name('settlement_status').nullable(),
    settlementDueAt: p.datetime(3).name('settlement_due_at').nullable(),
    settlementDecidedAt: p.datetime(3).name('settlement_decided_at').nullable(),
    reserveReached: p.boolean().name('reserve_reached').default(false),
    /** Number of visible bids. */
    bidCount: p.integer().name('bid_count').default(0),
    /** The number of the latest visible bid, retracted ones included. */
    numbered: p.integer().default(0),
    /** Number of all bids, hidden ones included. */
    sequence: p.integer().default(0),
  },
});

/** One lot: an asset for sale, under terms that are fixed from its opening. */
export class Auction extends AuctionSchema.class {
  isSealed(): boolean {
    return this.format === 'SEALED_FIRST_PRICE' || this.format === 'SEALED_SECOND_PRICE';
  }

  /** Whether it takes bids at a time, whether or not the closer has run. */
  takesBids(at: Date): boolean {
    return this.status === 'OPEN' && at < this.endsAt;
  }

  /** Whether it has not opened yet, so that its terms can still be changed freely. */
  isBeforeOpening(): boolean {
    return this.status === 'DRAFT' || this.status === 'SCHEDULED';
  }

  hasEnded(): boolean {
    return this.status === 'SOLD' || this.status === 'UNSOLD' || this.status === 'CANCELLED';
  }
}
AuctionSchema.setClass(Auction);
