import { Field, ID, Int, InterfaceType, ObjectType } from 'type-graphql';
import { enumKind } from '../../../platform/nouns/filter.ts';
import { Money } from '../../../platform/scalars/money.ts';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import type { Auction } from '../auction/auction.entity.ts';
import { AuctionStatusEnum, AuctionType } from '../auction/auction.type.ts';
import { ActorStub } from '../foreign/actor.ts';
import type { Bid, BidStanding } from './bid.entity.ts';

export const BidStandingEnum = { LEADING: 'LEADING', OUTBID: 'OUTBID', WON: 'WON' } as const;
enumKind(
  BidStandingEnum,
  'BidStanding',
  'What a bid did when it was placed. LEADING: it was the highest. OUTBID: a hidden maximum was above it. WON: it took the lot.',
);

export const RetractionReasonEnum = {
  WRONG_AMOUNT: 'WRONG_AMOUNT',
  DESCRIPTION_CHANGED: 'DESCRIPTION_CHANGED',
  SELLER_UNREACHABLE: 'SELLER_UNREACHABLE',
} as const;
enumKind(
  RetractionReasonEnum,
  'BidRetractionReason',
  'Why a bid is taken back. It is kept with the bid; every reason is as good.',
);

@ObjectType('Bid', {
  description:
    'A bid that changed how a lot stands. Sealed bids and raises that nobody could notice are no part of this list.',
})
export class BidType implements Pick<Bid, 'id' | 'placedAt'> {
  @Field(() => ID)
  id!: string;

  @Field(() => Int, { description: 'Its place among the bids of its lot, from 1.' })
  number!: number;

  @Field(() => AuctionType, { nullable: true })
  auction!: Auction | null;

  @Field(() => ActorStub, { nullable: true })
  bidder!: ActorStub | null;

  @Field(() => BidStandingEnum)
  standing!: BidStanding;

  @Field(() => Money, { description: 'The price to which it brought the lot; the maximum behind it is hidden.' })
  amount!: Money;

  @Field(() => Money, {
    nullable: true,
    description:
      'The hidden maximum; null to everybody but the bidder, and to members who may bid for a bidding organization.',
  })
  maximum!: Money | null;

  @Field(() => DateTime)
  placedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was taken back.' })
  retractedAt!: Date | null;

  @Field(() => RetractionReasonEnum, { nullable: true })
  retractionReason!: string | null;
}

@InterfaceType('BidResult', {
  description:
    'What became of a bid. Taken: BidLeading, BidRaised, BidOutbid, BidSealed, BidWon. Not taken: BidTooLow, BidLate, BidBuyNowGone.',
  resolveType: (outcome: unknown) => bidOutcomes[(outcome as BidOutcome).kind] as never,
})
export abstract class BidResult {
  @Field(() => AuctionType, { nullable: true, description: 'The lot, as it stands now.' })
  auction!: Auction | null;
}

@ObjectType('BidLeading', { implements: BidResult, description: 'The bid is the highest.' })
export class BidLeading extends BidResult {
  @Field(() => BidType, { nullable: true })
  bid!: Bid | null;
}

@ObjectType('BidRaised', {
  implements: BidResult,
  description: 'The viewer led already and leads with a higher maximum now. Nobody else notices.',
})
export class BidRaised extends BidResult {
  @Field(() => Money, { nullable: true, description: 'The viewer’s maximum.' })
  maximum!: Money | null;
}

@ObjectType('BidOutbid', {
  implements: BidResult,
  description: 'The bid was taken, and the hidden maximum of the leader is at least as high.',
})
export class BidOutbid extends BidResult {
  @Field(() => BidType, { nullable: true })
  bid!: Bid | null;
}

@ObjectType('BidSealed', { implements: BidResult, description: 'The sealed bid was taken. It is opened at the end.' })
export class BidSealed extends BidResult {
  @Field(() => Money, { nullable: true, description: 'The viewer’s highest bid.' })
  maximum!: Money | null;
}

@ObjectType('BidWon', {
  implements: BidResult,
  description: 'The bid took the lot: at the falling price, or at the buy-now price.',
})
export class BidWon extends BidResult {
  @Field(() => BidType, { nullable: true })
  bid!: Bid | null;
}

@ObjectType('BidTooLow', { implements: BidResult, description: 'Not taken: the amount is below the minimum.' })
export class BidTooLow extends BidResult {
  @Field(() => Money, { description: 'What this bidder had to offer at least when the bid came.' })
  minimum!: Money;
}

@ObjectType('BidLate', { implements: BidResult, description: 'Not taken: the lot takes no bids now.' })
export class BidLate extends BidResult {
  @Field(() => AuctionStatusEnum, { description: 'OPEN when its end was past and it was not closed yet.' })
  status!: string;
}

@ObjectType('BidBuyNowGone', {
  implements: BidResult,
  description: 'Not taken: the buy-now price went with the first bid, or there never was one.',
})
export class BidBuyNowGone extends BidResult {}

export const bidOutcomes = {
  LEADING: BidLeading,
  RAISED: BidRaised,
  OUTBID: BidOutbid,
  SEALED: BidSealed,
  WON: BidWon,
  TOO_LOW: BidTooLow,
  LATE: BidLate,
  BUY_NOW_GONE: BidBuyNowGone,
} as const;
export type BidOutcomeKind = keyof typeof bidOutcomes;

/** What became of a bid, as its service hands it over. */
export interface BidOutcome {
  kind: BidOutcomeKind;
  auction: Auction;
  bid?: Bid;
  /** Minor units. */
  minimum?: bigint;
  maximum?: bigint | null;
  status?: string;
}
