import { Directive, Field, Int, ObjectType } from 'type-graphql';
import { enumKind } from '../../../platform/nouns/filter.ts';
import { Money } from '../../../platform/scalars/money.ts';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import type { Auction, AuctionStatus } from '../auction/auction.entity.ts';
import { AuctionStatusEnum, AuctionType } from '../auction/auction.type.ts';
import type { Bid, BidStanding } from '../bid/bid.entity.ts';
import { BidStandingEnum, BidType } from '../bid/bid.type.ts';
import { ActorStub } from '../foreign/actor.ts';

@ObjectType('BidPlacedEvent', {
  description:
    'A bid changed how a lot stands. The values are those of that moment; `bid` and `auction` are as they are now.',
})
export class BidPlacedEvent {
  @Field(() => String, { description: 'Give it back as `after` to go on from here.' })
  cursor!: string;

  @Field(() => String, { description: 'The place of the event in the log; it only grows.' })
  sequence!: string;

  @Field(() => DateTime)
  occurredAt!: Date;

  @Field(() => BidStandingEnum)
  standing!: BidStanding;

  @Field(() => Money, { description: 'The price after this bid.' })
  price!: Money;

  @Field(() => Money, {
    nullable: true,
    description: 'The least that the next bidder had to offer; null when it was sold.',
  })
  minimumBid!: Money | null;

  @Field(() => Int, { description: 'Bids that changed how it stands, this one counted.' })
  bidCount!: number;

  @Field(() => Boolean, { nullable: true, description: 'Whether the reserve was met; null where there is none.' })
  reserveMet!: boolean | null;

  @Field(() => DateTime, { description: 'The end of the lot after this bid.' })
  endsAt!: Date;

  @Field(() => ActorStub, { nullable: true, description: 'Whose bid was the highest after this one.' })
  leader!: ActorStub | null;

  @Field(() => ActorStub, { nullable: true })
  bidder!: ActorStub | null;

  @Field(() => BidType, { nullable: true })
  bid!: Bid | null;

  @Field(() => AuctionType, { nullable: true })
  auction!: Auction | null;
}

export const AuctionChangeEnum = {
  CREATED: 'CREATED',
  UPDATED: 'UPDATED',
  OPENING: 'OPENING',
  OPENED: 'OPENED',
  EXTENDED: 'EXTENDED',
  BIDS_RETRACTED: 'BIDS_RETRACTED',
  CLOSED: 'CLOSED',
  CANCELLED: 'CANCELLED',
  SETTLED: 'SETTLED',
  DEFAULTED: 'DEFAULTED',
  IMPORTED: 'IMPORTED',
} as const;
export type AuctionChange = keyof typeof AuctionChangeEnum;
enumKind(
  AuctionChangeEnum,
  'AuctionChange',
  'How a lot changed. CREATED: it was put up and announced. UPDATED: its terms were changed, or a draft was announced. OPENING: it waits for its asset. OPENED: it takes bids. EXTENDED: a bid moved its end. BIDS_RETRACTED: bids were taken back, by rules that do not hold any more. CLOSED: it ended. CANCELLED: it was withdrawn. SETTLED: its buyer has paid. DEFAULTED: its buyer has not. IMPORTED: it took place in the past and was recorded now.',
);

@ObjectType('AuctionUpdatedEvent', {
  description:
    'A lot changed otherwise than by a new bid. The values are those of that moment; `auction` is as it is now.',
})
export class AuctionUpdatedEvent {
  @Field(() => String, { description: 'Give it back as `after` to go on from here.' })
  cursor!: string;

  @Field(() => String, { description: 'The place of the event in the log; it only grows.' })
  sequence!: string;

  @Field(() => DateTime)
  occurredAt!: Date;

  @Field(() => AuctionChangeEnum)
  change!: AuctionChange;

  @Field(() => AuctionStatusEnum, { description: 'After the change.' })
  status!: AuctionStatus;

  @Field(() => DateTime, { description: 'The end of the lot after the change.' })
  endsAt!: Date;

  @Field(() => ActorStub, { nullable: true, description: 'To whom it was sold, when it was.' })
  winner!: ActorStub | null;

  @Field(() => Money, { nullable: true, description: 'At what it was sold, or stands after bids were taken back.' })
  price!: Money | null;

  @Field(() => String, { nullable: true, description: 'Why it was withdrawn, or why its sale fell through.' })
  reason!: string | null;

  @Field(() => AuctionType, { nullable: true })
  auction!: Auction | null;
}

@ObjectType('AuctionClosingEvent', {
  description: 'The lots that end soon, whenever there is another one, one less, or a bid on one of them.',
})
export class AuctionClosingEvent {
  @Field(() => DateTime, { description: 'When this was so.' })
  asOf!: Date;

  @Directive('@listSize(assumedSize: 100)')
  @Field(() => [AuctionType], { description: 'At most 100, the next to end first.' })
  auctions!: Auction[];
}
