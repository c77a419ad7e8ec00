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

export const AuctionStatus = enumeration('AuctionStatus', 'The place of a lot between its creation and its end.', {
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

/** Bands of increments as they are stored: minor units as text. */
export type StoredIncrement = [from: string, step: string];

export const AuctionSchema = defineEntity({
  name: 'Auction',
  tableName: 'auctions',
  properties: {
    ...standardColumns,
    /** Of the terms. Bids leave it alone: a maximum that was raised in secret must not show in it. */
    termsVersion: p.integer().name('terms_version').default(1),
    assetId: p.text().name('asset_id'),
    sellerId: p.text().name('seller_id'),
    /** To whom the agent or service belongs that sells; null when a person or an organization does. */
    sellerOwnerId: p.text().name('seller_owner_id').nullable(),
    createdBy: p.text().name('created_by'),
    /** Who stands so near to the seller that they may not bid. */
    barred: p.array().default([]),
    format: p.enum(AuctionFormat.values),
    status: p.enum(AuctionStatus.values),
    description: p.text().nullable(),
    currency: p.text(),
    startPrice: minorUnits('start_price'),
    /** Hidden from everybody. */
    reserve: minorUnits('reserve').nullable(),
    buyNowPrice: minorUnits('buy_now_price').nullable(),
    floorPrice: minorUnits('floor_price').nullable(),
    priceStep: minorUnits('price_step').nullable(),
    stepSeconds: p.integer().name('step_seconds').nullable(),
    increments: p.json<StoredIncrement[]>(),
    softCloseSeconds: p.integer().name('soft_close_seconds').default(0),
    /** Title of the asset as everybody may see it; empty while it is hidden or not known. Kept by the facts of assets. */
    title: p.text().default(''),
    /** `wordsOf`; lazy, so that no list carries it along. */
    words: p.type(TsVector).$type<string | null>().nullable().lazy(),
    /** Since when everybody sees it; a draft is its seller's. */
    announcedAt: p.datetime(3).name('announced_at').nullable(),
    /** When the closer's clock opens it; null where the seller does. */
    opensAt: p.datetime(3).name('opens_at').nullable(),
    /** When it asked for its asset; who belongs to the seller then is barred. Null before, and for lots of former days. */
    openingAt: p.datetime(3).name('opening_at').nullable(),
    openedAt: p.datetime(3).name('opened_at').nullable(),
    endsAt: p.datetime(3).name('ends_at'),
    endedAt: p.datetime(3).name('ended_at').nullable(),
    cancelReason: p.text().name('cancel_reason').nullable(),
    /** The price at which it stands or was sold; null before the first bid that everybody may see. */
    price: minorUnits('price').nullable(),
    /** What lots are sorted by: the price, and before the first bid the start price. The database keeps it. */
    currentPrice: minorUnits('current_price').nullable().generated('(coalesce(price, start_price)) stored'),
    leaderId: p.text().name('leader_id').nullable(),
    leaderBidId: p.text().name('leader_bid_id').nullable(),
    /** Hidden: it reaches nobody but its bidder. */
    leaderMaximum: minorUnits('leader_maximum').nullable(),
    leaderMaximumBy: p.text().name('leader_maximum_by').nullable(),
    winnerId: p.text().name('winner_id').nullable(),
    /** Who owes, or owed, the price; it stays when a sale falls through. */
    buyerId: p.text().name('buyer_id').nullable(),
    settlementStatus: p.enum(SettlementStatus.values).name('settlement_status').nullable(),
    settlementDueAt: p.datetime(3).name('settlement_due_at').nullable(),
    settlementDecidedAt: p.datetime(3).name('settlement_decided_at').nullable(),
    reserveReached: p.boolean().name('reserve_reached').default(false),
    /** Bids that everybody may see. */
    bidCount: p.integer().name('bid_count').default(0),
    /** The number of the latest of them, those that were retracted counted. */
    numbered: p.integer().default(0),
    /** All bids, the hidden ones among them. */
    sequence: p.integer().default(0),
  },
});

/** One lot: an asset put up by its owner, under terms that stand from the opening on. */
export class Auction extends AuctionSchema.class {
  isSealed(): boolean {
    return this.format === 'SEALED_FIRST_PRICE' || this.format === 'SEALED_SECOND_PRICE';
  }

  /** Whether bids are taken at this moment, whether or not the closer came by. */
  takesBids(at: Date): boolean {
    return this.status === 'OPEN' && at < this.endsAt;
  }

  /** Whether it is on its way to its first bid: the terms may still be changed freely. */
  isBeforeOpening(): boolean {
    return this.status === 'DRAFT' || this.status === 'SCHEDULED';
  }

  hasEnded(): boolean {
    return this.status === 'SOLD' || this.status === 'UNSOLD' || this.status === 'CANCELLED';
  }
}
AuctionSchema.setClass(Auction);
