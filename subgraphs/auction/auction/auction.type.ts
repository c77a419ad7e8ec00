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
export const auctionFormatFilter = enumKind(
  AuctionFormatEnum,
  'AuctionFormat',
  'ENGLISH: the price rises, with hidden maxima (proxy bidding). DUTCH: the price falls, the first taker wins. SEALED_…: bids are opened at the end, the highest wins at its own bid or at the best other one (Vickrey).',
);
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
  'DRAFT: put up, and seen by its seller alone. SCHEDULED: announced, opens at `opensAt`. OPENING: waits until its asset is kept for it, which takes moments; it takes no bids yet. OPEN: takes bids until `endsAt`. SOLD: closed with a winner, who owes the price (`settlement`). UNSOLD: closed without a winner, or the winner did not pay. CANCELLED: withdrawn.',
);
export const AuctionPhaseEnum = {
  UPCOMING: 'UPCOMING',
  RUNNING: 'RUNNING',
  ENDED: 'ENDED',
  CANCELLED: 'CANCELLED',
} as const;
enumKind(
  AuctionPhaseEnum,
  'AuctionPhase',
  'Where a lot is by the server’s clock. UPCOMING: it takes no bids yet. RUNNING: it takes bids. ENDED: its end is past, whether it was closed already or is about to be. CANCELLED: withdrawn.',
);

/** Bids of one price series at most; candles are no more than bids. */
export const ticksAtMost = 1000;

@ObjectType('AuctionIncrement', { description: 'A price band and its increment.' })
export class AuctionIncrementType {
  @Field(() => Money, { description: 'From this price on,' })
  from!: Money;

  @Field(() => Money, { description: 'the next bid is at least so much higher.' })
  step!: Money;
}

@ObjectType('AuctionPriceTick', { description: 'The price after one bid.' })
export class AuctionPriceTick {
  @Field(() => DateTime)
  placedAt!: Date;

  @Field(() => Money)
  price!: Money;
}

@ObjectType('AuctionPriceCandle', { description: 'How the price went within one interval in which there were bids.' })
export class AuctionPriceCandle {
  @Field(() => DateTime, { description: 'Begin of the interval; intervals are counted from 1970 in UTC.' })
  intervalStart!: Date;

  @Field(() => Money, { description: 'After the first bid of the interval.' })
  open!: Money;

  @Field(() => Money)
  high!: Money;

  @Field(() => Money)
  low!: Money;

  @Field(() => Money, { description: 'After the last bid of the interval.' })
  close!: Money;

  @Field(() => Int, { description: 'Bids in the interval.' })
  bidCount!: number;
}

@ObjectType('AuctionPriceSeries', {
  description: 'The price over time, as everybody saw it, of the latest 1,000 bids.',
})
export class AuctionPriceSeries {
  @Directive(`@listSize(assumedSize: ${ticksAtMost})`)
  @Field(() => [AuctionPriceTick], { description: 'One per bid, the oldest first; at most 1,000.' })
  ticks!: AuctionPriceTick[];

  @Directive(`@listSize(assumedSize: ${ticksAtMost})`)
  @Field(() => [AuctionPriceCandle], { description: 'The oldest first; at most 1,000.' })
  candles!: AuctionPriceCandle[];
}

@ObjectType('Auction', {
  description: 'One lot: an asset put up by its owner. Maxima, sealed bids and the reserve are never part of it.',
})
export class AuctionType implements Pick<Auction, 'id' | 'format' | 'status' | 'description' | 'endsAt' | 'createdAt'> {
  @Field(() => ID)
  id!: string;

  @Field(() => AuctionFormatEnum)
  format!: AuctionFormat;

  @Field(() => AuctionStatusEnum)
  status!: AuctionStatus;

  @Field(() => String, { nullable: true })
  description!: string | null;

  @Field(() => AssetStub, { nullable: true, description: 'What is sold.' })
  asset!: AssetStub | null;

  @Field(() => ActorStub, { nullable: true })
  seller!: ActorStub | null;

  @Field(() => ActorStub, { nullable: true, description: 'Who put it up.' })
  createdBy!: ActorStub | null;

  @Field(() => Currency, { description: 'Of all its prices.' })
  currency!: string;

  @Field(() => Money)
  startPrice!: Money;

  @Field(() => Money, {
    nullable: true,
    description:
      'Where it stands: the start price before the first bid, the falling price of a Dutch auction by the server’s clock, and nothing while bids are sealed. Once sold, what the winner pays.',
  })
  currentPrice!: Money | null;

  @Field(() => Money, {
    nullable: true,
    description: 'The least that a new bidder must offer now; null when it takes no bids.',
  })
  minimumBid!: Money | null;

  @Field(() => Money, {
    nullable: true,
    description: 'Buys it at once, as long as nobody has bid; null when there is no such price or it is gone.',
  })
  buyNowPrice!: Money | null;

  @Field(() => Boolean, { description: 'Whether there is a reserve. How high it is nobody is told.' })
  hasReserve!: boolean;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the reserve is met; null where there is none, and while bids are sealed.',
  })
  reserveMet!: boolean | null;

  @Field(() => Int, { nullable: true, description: 'Bids that changed how it stands; null where bids are sealed.' })
  bidCount!: number | null;

  @Field(() => ActorStub, { nullable: true, description: 'Whose bid is the highest; null while bids are sealed.' })
  leader!: ActorStub | null;

  @Field(() => ActorStub, { nullable: true, description: 'To whom it was sold.' })
  winner!: ActorStub | null;

  @Directive('@listSize(assumedSize: 30)')
  @Field(() => [AuctionIncrementType], { description: 'Of an English auction, by price band; at most 30.' })
  increments!: AuctionIncrementType[];

  @Field(() => Int, {
    description: 'A bid in the last so many seconds moves the end to so many seconds after it. 0: the end stands.',
  })
  softCloseSeconds!: number;

  @Field(() => Money, { nullable: true, description: 'Below it the price of a Dutch auction does not fall.' })
  floorPrice!: Money | null;

  @Field(() => Money, { nullable: true, description: 'By how much the price of a Dutch auction falls …' })
  priceStep!: Money | null;

  @Field(() => Int, { nullable: true, description: '… and after how many seconds each time.' })
  stepSeconds!: number | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it opens by itself; null when the seller opens it. `openedAt` tells when it did.',
  })
  opensAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Since when it takes bids; null before.' })
  openedAt!: Date | null;

  @Field(() => DateTime, { description: 'No bid is taken from here on, by the clock of the database.' })
  endsAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it ended, whenever it was closed.' })
  endedAt!: Date | null;

  @Field(() => String, { nullable: true, description: 'Why it was withdrawn; null when it was not.' })
  cancelReason!: string | null;

  @Field(() => AuctionPhaseEnum, { description: 'Where it is by the server’s clock; what a countdown counts to.' })
  phase!: AuctionPhase;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When the phase ends by itself: `opensAt` while it is upcoming, `endsAt` while it is running. Null when it has ended, was withdrawn, or waits for its seller.',
  })
  phaseEndsAt!: Date | null;

  @Field(() => Int, {
    description: 'Seconds until `phaseEndsAt` by the server’s clock, fractions cut off; 0 where there is none.',
  })
  remainingSeconds!: number;

  @Field(() => Int, { description: 'Grows with each change of the terms; give it back as `ifVersion`.' })
  termsVersion!: number;

  @Field(() => DateTime)
  createdAt!: Date;

  @Field(() => String, { description: 'Subscribe with it as `after`, and nothing that follows this answer is missed.' })
  liveCursor!: string;
}
