import { Field, ID, ObjectType } from 'type-graphql';
import { enumKind } from '../../../platform/nouns/filter.ts';
import { Money } from '../../../platform/scalars/money.ts';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import type { Auction } from '../auction/auction.entity.ts';
import { AuctionType } from '../auction/auction.type.ts';
import { ActorStub } from '../foreign/actor.ts';
import type { Bid, BidStanding } from './bid.entity.ts';
import { BidStandingEnum, RetractionReasonEnum } from './bid.type.ts';

export const ViewerBidStandingEnum = { ...BidStandingEnum, RAISED: 'RAISED', SEALED: 'SEALED' } as const;
enumKind(
  ViewerBidStandingEnum,
  'ViewerBidStanding',
  'What a bid did when it was placed. LEADING: it was the highest. OUTBID: a hidden maximum was above it. WON: it took the lot. RAISED: it raised the maximum of who led already. SEALED: it was sealed. Nobody else sees the last two.',
);

@ObjectType('ViewerBid', {
  description:
    'A bid of the viewer, or of the organization acted for, as only they see it: raises and sealed bids among them.',
})
export class ViewerBidType implements Pick<Bid, 'id' | 'placedAt'> {
  @Field(() => ID, { description: 'Of the bid; `bid(id)` answers those that everybody may see.' })
  id!: string;

  @Field(() => AuctionType, { nullable: true })
  auction!: Auction | null;

  @Field(() => ActorStub, { nullable: true, description: 'The viewer, or the organization acted for.' })
  bidder!: ActorStub | null;

  @Field(() => ViewerBidStandingEnum)
  standing!: BidStanding;

  @Field(() => Money, {
    nullable: true,
    description: 'The price to which it brought the lot; null where nobody was to see one.',
  })
  amount!: Money | null;

  @Field(() => Money, { description: 'The most that was offered with it: the hidden maximum, or the sealed bid.' })
  maximum!: Money;

  @Field(() => DateTime)
  placedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was taken back.' })
  retractedAt!: Date | null;

  @Field(() => RetractionReasonEnum, { nullable: true })
  retractionReason!: string | null;
}
