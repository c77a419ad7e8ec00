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
  description: 'A visible bid was placed. Values are those after this bid; `bid` and `auction` show the present state.',
})
export class BidPlacedEvent {
  @Field(() => String, { description: 'Send it back as `after` to continue the stream after this event.' })
  cursor!: string;

  @Field(() => String, { description: 'Position of the event in the log; it only increases.' })
  sequence!: string;

  @Field(() => DateTime)
  occurredAt!: Date;

  @Field(() => BidStandingEnum, { description: 'How the bid stood when it was placed.' })
  standing!: BidStanding;

  @Field(() => Money, { description: 'The price after this bid.' })
  price!: Money;

  @Field(() => Money, {
    nullable: true,
    description: 'The lowest next bid; null if the bid won the lot.',
  })
  minimumBid!: Money | null;

  @Field(() => Int, { description: 'Number of visible bids of the lot, including this one.' })
  bidCount!: number;

  @Field(() => Boolean, { nullable: true, description: 'Whether the reserve price was met; null if there is none.' })
  reserveMet!: boolean | null;

  @Field(() => DateTime, { description: 'The end of the lot after this bid.' })
  endsAt!: Date;

  @Field(() => ActorStub, { nullable: true, description: 'The bidder with the highest bid after this one.' })
  leader!: ActorStub | null;

  @Field(() => ActorStub, {
    nullable: true,
    description:
      'The person, organization, agent or service for which the bid was placed; null while identity is unavailable.',
  })
  bidder!: ActorStub | null;

  @Field(() => BidType, {
    nullable: true,
    description: 'The bid in its present state; null if the viewer can no longer see it.',
  })
  bid!: Bid | null;

  @Field(() => AuctionType, {
    nullable: true,
    description: 'The lot in its present state; null if the viewer can no longer see it.',
  })
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
enumKind(AuctionChangeEnum, 'AuctionChange', 'How a lot changed.', {
  CREATED: 'It was created and announced.',
  UPDATED: 'Its terms were changed, or a draft was announced.',
  OPENING: 'It waits until its asset is reserved for it.',
  OPENED: 'It takes bids.',
  EXTENDED: 'A bid shortly before the end moved the end.',
  BIDS_RETRACTED: 'Visible bids were retracted. Only in replays of old events: such bids are binding today.',
  CLOSED: 'It ended, with or without a sale.',
  CANCELLED: 'It was withdrawn.',
  SETTLED: 'The buyer has paid.',
  DEFAULTED: 'The buyer did not pay, and the sale fell through.',
  IMPORTED: 'It took place in the past and was recorded.',
});

@ObjectType('AuctionUpdatedEvent', {
  description:
    'A lot changed, other than by a new bid. Values are those after the change; `auction` shows the present state.',
})
export class AuctionUpdatedEvent {
  @Field(() => String, { description: 'Send it back as `after` to continue the stream after this event.' })
  cursor!: string;

  @Field(() => String, { description: 'Position of the event in the log; it only increases.' })
  sequence!: string;

  @Field(() => DateTime)
  occurredAt!: Date;

  @Field(() => AuctionChangeEnum, { description: 'What happened to the lot.' })
  change!: AuctionChange;

  @Field(() => AuctionStatusEnum, { description: 'The status after the change.' })
  status!: AuctionStatus;

  @Field(() => DateTime, { description: 'The end of the lot after the change.' })
  endsAt!: Date;

  @Field(() => ActorStub, { nullable: true, description: 'The buyer; null unless the change is a sale.' })
  winner!: ActorStub | null;

  @Field(() => Money, {
    nullable: true,
    description: 'The hammer price, or the price after bids were retracted; null for other changes.',
  })
  price!: Money | null;

  @Field(() => String, {
    nullable: true,
    description: 'Why the lot was withdrawn, or why the sale fell through; null for other changes.',
  })
  reason!: string | null;

  @Field(() => AuctionType, {
    nullable: true,
    description: 'The lot in its present state; null if the viewer can no longer see it.',
  })
  auction!: Auction | null;
}

@ObjectType('AuctionClosingEvent', {
  description:
    'The lots that end within the given time. The whole list is sent again when a lot enters or leaves it or receives a bid.',
})
export class AuctionClosingEvent {
  @Field(() => DateTime, { description: 'The time of this snapshot.' })
  asOf!: Date;

  @Directive('@listSize(assumedSize: 100)')
  @Field(() => [AuctionType], { description: 'The lots, next to end first; at most 100.' })
  auctions!: Auction[];
}
