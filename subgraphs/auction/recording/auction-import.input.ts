import { ArrayMaxSize, ArrayMinSize, Length, Max, MaxLength, Min } from 'class-validator';
import { Field, ID, InputType, Int } from 'type-graphql';
import { MoneyInput } from '../../../platform/scalars/money.ts';
import { DateTime, Decimal } from '../../../platform/scalars/scalars.ts';

/** Lots of one call: with their bids they stay well under the two seconds of a transaction. */
export const lotsAtMost = 50;
/** Bids of all lots of one call. */
export const bidsAtMost = 1000;

@InputType('AuctionImportBidInput', { description: 'A bid of the past.' })
export class AuctionImportBidInput {
  @Field(() => ID)
  @MaxLength(40)
  bidderId!: string;

  @Field(() => Decimal, { description: 'The hidden maximum, in the currency of the lot.' })
  @MaxLength(62)
  amount!: string;

  @Field(() => DateTime, { description: 'Not before the bid in front of it, and before the end of the lot.' })
  placedAt!: Date;
}

@InputType('AuctionImportLotInput', {
  description: 'An English auction that took place, with the increments that eBay publishes.',
})
export class AuctionImportLotInput {
  @Field(() => ID)
  @MaxLength(40)
  assetId!: string;

  @Field(() => ID, { description: 'Who sold it then; the asset may have another owner by now.' })
  @MaxLength(40)
  sellerId!: string;

  @Field(() => MoneyInput, { description: 'More than zero; its currency is that of the lot.' })
  startPrice!: MoneyInput;

  @Field(() => MoneyInput, { nullable: true, description: 'Not below the start price, never shown.' })
  reserve?: MoneyInput | null;

  @Field(() => DateTime)
  openedAt!: Date;

  @Field(() => DateTime, { description: 'As announced; a soft close may have moved it. In the past.' })
  endsAt!: Date;

  @Field(() => Int, { defaultValue: 0, description: '0 to 3,600.' })
  @Min(0)
  @Max(3600)
  softCloseSeconds!: number;

  @Field(() => DateTime, { nullable: true, description: 'When it was withdrawn; absent when it was not.' })
  cancelledAt?: Date | null;

  @Field(() => String, { nullable: true, description: 'At most 5,000 characters.' })
  @MaxLength(5000)
  description?: string | null;

  @Field(() => [AuctionImportBidInput], { description: 'In the order in which they were taken; at most 1,000.' })
  @ArrayMaxSize(bidsAtMost)
  bids!: AuctionImportBidInput[];
}

@InputType('AuctionImportInput')
export class AuctionImportInput {
  @Field(() => String, { description: 'Where the record comes from; 1 to 100 characters.' })
  @Length(1, 100)
  source!: string;

  @Field(() => [AuctionImportLotInput], { description: 'At most 50, with at most 1,000 bids together.' })
  @ArrayMinSize(1)
  @ArrayMaxSize(lotsAtMost)
  lots!: AuctionImportLotInput[];

  @Field(() => String, {
    nullable: true,
    description: 'Makes a retry answer the same lots; unique per actor, kept seven days. 1 to 200 characters.',
  })
  @Length(1, 200)
  idempotencyKey?: string | null;
}
