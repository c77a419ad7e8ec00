import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import { enumKind } from '../../../platform/nouns/filter.ts';
import { Currency, Money } from '../../../platform/scalars/money.ts';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import { ActorStub } from '../foreign/actor.ts';
import { AssetStub } from '../foreign/asset.ts';
import type { Auction, AuctionFormat, AuctionPhase, AuctionStatus } from './auction.entity.ts';

export const AuctionFormatEnum = {
  ENGLISH: 'ENGLISH',
  DUTCH: 'DUTCH',
  SEALED_FIRST_PRICE: 'SEALED_FIRST_PRICE',
  SEALED_SECOND_PRICE: 'SEALED_SECOND_PRICE',
} as const;
export const auctionFormatFilter = enumKind(AuctionFormatEnum, 'AuctionFormat', 'The rules by which a lot is sold.', {
  ENGLISH:
    'The price rises. Each bidder names a hidden maximum, and the system bids for them as little as needed (proxy bidding).',
  DUTCH: 'The price falls in steps; the first bidder to accept it wins.',
  SEALED_FIRST_PRICE: 'Bids stay hidden until the end. The highest bid wins and is paid.',
  SEALED_SECOND_PRICE:
    'Bids stay hidden until the end. The highest bid wins and pays the highest bid of another bidder (Vickrey auction).',
});
export const AuctionStatusEnum = {
  DRAFT: 'DRAFT',
  SCHEDULED: 'SCHEDULED',
  OPENING: 'OPENING',
  OPEN: 'OPEN',
  SOLD: 'SOLD',
  UNSOLD: 'UNSOLD',
  CANCELLED: 'CANCELLED',
} as const;
export const auctionStatusFilter = enumKind(
  AuctionStatusEnum,
  'AuctionStatus',
  'The place of a lot between its creation and its end.',
  {
    DRAFT: 'Created, and visible to its seller only.',
    SCHEDULED: 'Announced to everybody; it opens at `opensAt`.',
    OPENING: 'Waits a few moments until its asset is reserved for it; takes no bids yet.',
    OPEN: 'Takes bids until `endsAt`.',
    SOLD: 'Closed with a winner, who owes the price (`settlement`).',
    UNSOLD: 'Closed without a winner, or the winner did not pay.',
    CANCELLED: 'Withdrawn without a sale; `cancelReason` says why.',
  },
);
export const AuctionPhaseEnum = {
  UPCOMING: 'UPCOMING',
  RUNNING: 'RUNNING',
  ENDED: 'ENDED',
  CANCELLED: 'CANCELLED',
} as const;
enumKind(AuctionPhaseEnum, 'AuctionPhase', 'Whether a lot takes bids, by the server’s clock.', {
  UPCOMING: 'It takes no bids yet.',
  RUNNING: 'It takes bids.',
  ENDED: 'Its end is past, even if it is closed only moments later.',
  CANCELLED: 'It was withdrawn.',
});

/** Bids of one price series at most; candles are no more than bids. */
export const ticksAtMost = 1000;

@ObjectType('AuctionIncrement', { description: 'A price band and its increment.' })
export class AuctionIncrementType {
  @Field(() => Money, { description: 'The band begins at this price.' })
  from!: Money;

  @Field(() => Money, {
    description: 'Within the band, the next bid must be higher than the price by at least this amount.',
  })
  step!: Money;
}

@ObjectType('AuctionPriceTick', { description: 'The price after one bid.' })
export class AuctionPriceTick {
  @Field(() => DateTime, { description: 'The time of the bid.' })
  placedAt!: Date;

  @Field(() => Money, { description: 'The price after the bid.' })
  price!: Money;
}

@ObjectType('AuctionPriceCandle', { description: 'The price within one interval that has bids.' })
export class AuctionPriceCandle {
  @Field(() => DateTime, { description: 'Start of the interval. Intervals are aligned to 1970-01-01T00:00:00Z.' })
  intervalStart!: Date;

  @Field(() => Money, { description: 'Price after the first bid of the interval.' })
  open!: Money;

  @Field(() => Money, { description: 'Highest price of the interval.' })
  high!: Money;

  @Field(() => Money, { description: 'Lowest price of the interval.' })
  low!: Money;

  @Field(() => Money, { description: 'Price after the last bid of the interval.' })
  close!: Money;

  @Field(() => Int, { description: 'Number of bids in the interval.' })
  bidCount!: number;
}

@ObjectType('AuctionPriceSeries', {
  description: 'The visible price over time, for the latest 1,000 bids.',
})
export class AuctionPriceSeries {
  @Directive(`@listSize(assumedSize: ${ticksAtMost})`)
  @Field(() => [AuctionPriceTick], { description: 'One per bid, oldest first; at most 1,000.' })
  ticks!: AuctionPriceTick[];

  @Directive(`@listSize(assumedSize: ${ticksAtMost})`)
  @Field(() => [AuctionPriceCandle], { description: 'One per interval with bids, oldest first; at most 1,000.' })
  candles!: AuctionPriceCandle[];
}

@ObjectType('Auction', {
  description:
    'One lot: an asset that its owner offers for sale under fixed terms. It never shows hidden maxima, sealed bids or the reserve price.',
})
export class AuctionType implements Pick<Auction, 'id' | 'format' | 'status' | 'description' | 'endsAt' | 'createdAt'> {
  @Field(() => ID)
  id!: string;

  @Field(() => AuctionFormatEnum, { description: 'The rules by which the lot is sold.' })
  format!: AuctionFormat;

  @Field(() => AuctionStatusEnum, { description: 'Where the lot stands between its creation and its sale.' })
  status!: AuctionStatus;

  @Field(() => String, {
    nullable: true,
    description: 'What the seller says about the lot, at most 5,000 characters; null if nothing.',
  })
  description!: string | null;

  @Field(() => AssetStub, {
    nullable: true,
    description: 'The asset that is sold; null if it is not visible to the viewer.',
  })
  asset!: AssetStub | null;

  @Field(() => ActorStub, { nullable: true, description: 'The owner of the asset when the lot was created.' })
  seller!: ActorStub | null;

  @Field(() => ActorStub, {
    nullable: true,
    description: 'The actor who created the lot: the seller, or somebody who acts for the seller.',
  })
  createdBy!: ActorStub | null;

  @Field(() => Currency, { description: 'The currency of all prices of the lot.' })
  currency!: string;

  @Field(() => Money, { description: 'The least first bid; in a Dutch auction the price from which it falls.' })
  startPrice!: Money;

  @Field(() => Money, {
    nullable: true,
    description:
      'The start price before the first bid, then the price of the leading bid; in a Dutch auction the falling price by the server’s clock. Once sold, what the winner pays. Null while bids are sealed.',
  })
  currentPrice!: Money | null;

  @Field(() => Money, {
    nullable: true,
    description: 'The lowest bid that a new bidder can place now; null once the lot has ended.',
  })
  minimumBid!: Money | null;

  @Field(() => Money, {
    nullable: true,
    description:
      'The price at which the lot can be bought at once, until the first bid. Null if there is none, or after a bid.',
  })
  buyNowPrice!: Money | null;

  @Field(() => Boolean, { description: 'Whether there is a reserve price. Its amount is not shown to anybody.' })
  hasReserve!: boolean;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the reserve price is met; null if there is none, and while bids are sealed.',
  })
  reserveMet!: boolean | null;

  @Field(() => Int, { nullable: true, description: 'Number of visible bids; null in auctions with sealed bids.' })
  bidCount!: number | null;

  @Field(() => ActorStub, {
    nullable: true,
    description: 'The bidder with the highest bid; null before the first bid and while bids are sealed.',
  })
  leader!: ActorStub | null;

  @Field(() => ActorStub, { nullable: true, description: 'The buyer; null unless the lot is SOLD.' })
  winner!: ActorStub | null;

  @Directive('@listSize(assumedSize: 30)')
  @Field(() => [AuctionIncrementType], {
    description: 'Bid increments by price band, lowest band first; at most 30, empty unless the format is ENGLISH.',
  })
  increments!: AuctionIncrementType[];

  @Field(() => Int, {
    description:
      'Soft close, in seconds: a bid within this time before the end moves the end to this time after the bid. 0 if the end is fixed.',
  })
  softCloseSeconds!: number;

  @Field(() => Money, { nullable: true, description: 'The lowest price of a Dutch auction; null in other formats.' })
  floorPrice!: Money | null;

  @Field(() => Money, {
    nullable: true,
    description: 'The amount by which the price of a Dutch auction falls at each step; null in other formats.',
  })
  priceStep!: Money | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Seconds between two steps of a Dutch auction; null in other formats.',
  })
  stepSeconds!: number | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the lot opens by itself; null if the seller opens it. `openedAt` is when it did.',
  })
  opensAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When the lot began to take bids; null before.' })
  openedAt!: Date | null;

  @Field(() => DateTime, { description: 'When the lot ends, by the clock of the database. A soft close can move it.' })
  endsAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When the lot ended or was withdrawn; null before.' })
  endedAt!: Date | null;

  @Field(() => String, {
    nullable: true,
    description: 'Why the lot was withdrawn, at most 500 characters; null if it was not.',
  })
  cancelReason!: string | null;

  @Field(() => AuctionPhaseEnum, {
    description: 'The phase by the server’s clock, for countdowns: `phaseEndsAt` is its end.',
  })
  phase!: AuctionPhase;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When the phase ends by itself: `opensAt` if SCHEDULED, `endsAt` if RUNNING. Null after the end, if withdrawn, and while the lot waits for its seller or its asset.',
  })
  phaseEndsAt!: Date | null;

  @Field(() => Int, {
    description: 'Whole seconds until `phaseEndsAt`, rounded down; 0 if that is null.',
  })
  remainingSeconds!: number;

  @Field(() => Int, { description: 'Version of the terms; increases with each change. Send it back as `ifVersion`.' })
  termsVersion!: number;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => String, {
    description: 'Cursor for a subscription’s `after`: the stream then continues without a gap from this answer.',
  })
  liveCursor!: string;
}
