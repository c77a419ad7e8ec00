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
enumKind(ViewerBidStandingEnum, 'ViewerBidStanding', 'The effect of a bid when it was placed, as its bidder sees it.', {
  LEADING: 'It became the highest bid.',
  OUTBID: 'The hidden maximum of another bidder was at least as high.',
  WON: 'It won the lot.',
  RAISED: 'It raised the maximum of the leader. Nobody else sees it.',
  SEALED: 'It is sealed until the end of the lot. Nobody else sees it.',
});

@ObjectType('ViewerBid', {
  description:
    'A bid of the viewer, or of the organization acted for, including raises and sealed bids that nobody else sees.',
})
export class ViewerBidType implements Pick<Bid, 'id' | 'placedAt'> {
  @Field(() => ID, { description: 'The id of the bid. `bid(id)` answers it only if the bid is visible to everybody.' })
  id!: string;

  @Field(() => AuctionType, {
    nullable: true,
    description: 'The lot on which the bid was placed; null if the viewer cannot see it.',
  })
  auction!: Auction | null;

  @Field(() => ActorStub, { nullable: true, description: 'The viewer, or the organization acted for.' })
  bidder!: ActorStub | null;

  @Field(() => ViewerBidStandingEnum, { description: 'How the bid stands now.' })
  standing!: BidStanding;

  @Field(() => Money, {
    nullable: true,
    description: 'The price of the lot after this bid; null for raises and sealed bids.',
  })
  amount!: Money | null;

  @Field(() => Money, { description: 'The hidden maximum, or the amount of the sealed bid.' })
  maximum!: Money;

  @Field(() => DateTime, { description: 'When the bid was placed, by the clock of the database.' })
  placedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When the bid was retracted; null if it was not.' })
  retractedAt!: Date | null;

  @Field(() => RetractionReasonEnum, { nullable: true, description: 'Null if the bid was not retracted.' })
  retractionReason!: string | null;
}
