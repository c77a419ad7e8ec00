import { Field, ID, Int, InterfaceType, ObjectType } from 'type-graphql';
import { enumKind } from '../../../platform/nouns/filter.ts';
import { Money } from '../../../platform/scalars/money.ts';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import type { Auction } from '../auction/auction.entity.ts';
import { AuctionStatusEnum, AuctionType } from '../auction/auction.type.ts';
import { ActorStub } from '../foreign/actor.ts';
import type { Bid, BidStanding } from './bid.entity.ts';

export const BidStandingEnum = { LEADING: 'LEADING', OUTBID: 'OUTBID', WON: 'WON' } as const;
enumKind(BidStandingEnum, 'BidStanding', 'The effect of a bid when it was placed.', {
  LEADING: 'It became the highest bid.',
  OUTBID: 'The hidden maximum of another bidder was at least as high.',
  WON: 'It won the lot.',
});

export const RetractionReasonEnum = {
  WRONG_AMOUNT: 'WRONG_AMOUNT',
  DESCRIPTION_CHANGED: 'DESCRIPTION_CHANGED',
  SELLER_UNREACHABLE: 'SELLER_UNREACHABLE',
} as const;
enumKind(
  RetractionReasonEnum,
  'BidRetractionReason',
  'Why a bid is retracted. It is stored with the bid and has no effect on whether the bid can be retracted.',
  {
    WRONG_AMOUNT: 'The bidder entered a wrong amount.',
    DESCRIPTION_CHANGED: 'The seller changed the description.',
    SELLER_UNREACHABLE: 'The bidder could not reach the seller.',
  },
);

@ObjectType('Bid', {
  description:
    'A visible bid. Sealed bids, and raises by the leader that leave the price unchanged, are in `Viewer.bids` of their bidder only.',
})
export class BidType implements Pick<Bid, 'id' | 'placedAt'> {
  @Field(() => ID)
  id!: string;

  @Field(() => Int, { description: 'Position among the visible bids of its lot, from 1.' })
  number!: number;

  @Field(() => AuctionType, {
    nullable: true,
    description: 'The lot on which the bid was placed; null if the viewer cannot see it.',
  })
  auction!: Auction | null;

  @Field(() => ActorStub, {
    nullable: true,
    description:
      'The person, organization, agent or service for which the bid was placed; null while identity is unavailable.',
  })
  bidder!: ActorStub | null;

  @Field(() => BidStandingEnum, { description: 'How the bid stands now.' })
  standing!: BidStanding;

  @Field(() => Money, { description: 'The price of the lot after this bid. It is not the bidder’s hidden maximum.' })
  amount!: Money;

  @Field(() => Money, {
    nullable: true,
    description:
      'The hidden maximum of the bid. Null for everybody except the bidder, and members who may bid for a bidding organization.',
  })
  maximum!: Money | null;

  @Field(() => DateTime, { description: 'When the bid was placed, by the clock of the database.' })
  placedAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When the bid was retracted; null if it was not.' })
  retractedAt!: Date | null;

  @Field(() => RetractionReasonEnum, { nullable: true, description: 'Null if the bid was not retracted.' })
  retractionReason!: string | null;
}

@InterfaceType('BidResult', {
  description:
    'The result of a bid. Accepted: BidLeading, BidRaised, BidOutbid, BidSealed, BidWon. Not accepted: BidTooLow, BidLate, BidBuyNowGone.',
  resolveType: (outcome: unknown) => bidOutcomes[(outcome as BidOutcome).kind] as never,
})
export abstract class BidResult {
  @Field(() => AuctionType, { nullable: true, description: 'The lot in its present state.' })
  auction!: Auction | null;
}

@ObjectType('BidLeading', { implements: BidResult, description: 'The bid is the highest.' })
export class BidLeading extends BidResult {
  @Field(() => BidType, { nullable: true, description: 'The bid as everybody sees it.' })
  bid!: Bid | null;
}

@ObjectType('BidRaised', {
  implements: BidResult,
  description:
    'The bidder led already, and has raised the hidden maximum. Nobody else can see it, unless the reserve is met by it.',
})
export class BidRaised extends BidResult {
  @Field(() => Money, { nullable: true, description: 'The bidder’s new maximum; null for those who may not see it.' })
  maximum!: Money | null;
}

@ObjectType('BidOutbid', {
  implements: BidResult,
  description: 'The bid was accepted, but the hidden maximum of the leader is at least as high.',
})
export class BidOutbid extends BidResult {
  @Field(() => BidType, { nullable: true, description: 'The bid as everybody sees it.' })
  bid!: Bid | null;
}

@ObjectType('BidSealed', {
  implements: BidResult,
  description: 'The sealed bid was accepted. It is opened at the end of the lot.',
})
export class BidSealed extends BidResult {
  @Field(() => Money, {
    nullable: true,
    description: 'The bidder’s highest bid on this lot; null for those who may not see it.',
  })
  maximum!: Money | null;
}

@ObjectType('BidWon', {
  implements: BidResult,
  description: 'The bid won the lot at once: at the falling price, or at the buy-now price.',
})
export class BidWon extends BidResult {
  @Field(() => BidType, { nullable: true, description: 'The bid as everybody sees it.' })
  bid!: Bid | null;
}

@ObjectType('BidTooLow', { implements: BidResult, description: 'Not accepted: the amount is below the minimum.' })
export class BidTooLow extends BidResult {
  @Field(() => Money, { description: 'The lowest amount that this bidder could have bid at that moment.' })
  minimum!: Money;
}

@ObjectType('BidLate', { implements: BidResult, description: 'Not accepted: the lot takes no bids now.' })
export class BidLate extends BidResult {
  @Field(() => AuctionStatusEnum, {
    description: 'The status at that moment; OPEN if the end was past and the lot not closed yet.',
  })
  status!: string;
}

@ObjectType('BidBuyNowGone', {
  implements: BidResult,
  description: 'Not accepted: the lot has no buy-now price, or it ended with the first bid.',
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
