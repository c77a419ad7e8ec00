import { ArrayMaxSize, ArrayMinSize, Length, Max, MaxLength, Min } from 'class-validator';
import { Field, ID, InputType, Int } from 'type-graphql';
import { MoneyInput } from '../../../platform/scalars/money.ts';
import { DateTime, Decimal } from '../../../platform/scalars/scalars.ts';

/** Lots of one call: with their bids they stay well under the two seconds of a transaction. */
export const lotsAtMost = 50;
/** Bids of all lots of one call. */
export const bidsAtMost = 1000;

@InputType('AuctionImportBidInput', { description: 'A bid of a past auction.' })
export class AuctionImportBidInput {
  @Field(() => ID, { description: 'Who placed the bid; not the seller.' })
  @MaxLength(40)
  bidderId!: string;

  @Field(() => Decimal, { description: 'The hidden maximum of the bid, in the currency of the lot.' })
  @MaxLength(62)
  amount!: string;

  @Field(() => DateTime, { description: 'Not before the previous bid of the list, and before the end of the lot.' })
  placedAt!: Date;
}

@InputType('AuctionImportLotInput', {
  description: 'A past English auction. Its increments are those that eBay publishes.',
})
export class AuctionImportLotInput {
  @Field(() => ID, { description: 'The asset that was sold. Its owner stays unchanged.' })
  @MaxLength(40)
  assetId!: string;

  @Field(() => ID, { description: 'The seller at that time; the asset may have another owner now.' })
  @MaxLength(40)
  sellerId!: string;

  @Field(() => MoneyInput, { description: 'More than zero; its currency is that of the lot.' })
  startPrice!: MoneyInput;

  @Field(() => MoneyInput, {
    nullable: true,
    description: 'Reserve price; not below the start price, and never shown to anybody.',
  })
  reserve?: MoneyInput | null;

  @Field(() => DateTime, { description: 'When the lot began to take bids; before `endsAt`.' })
  openedAt!: Date;

  @Field(() => DateTime, {
    description: 'The announced end, in the past. Extensions by the soft close follow from the bids.',
  })
  endsAt!: Date;

  @Field(() => Int, { defaultValue: 0, description: 'Soft close in seconds, 0 to 3,600; 0 if the end was fixed.' })
  @Min(0)
  @Max(3600)
  softCloseSeconds!: number;

  @Field(() => DateTime, { nullable: true, description: 'When the lot was withdrawn; null if it was not.' })
  cancelledAt?: Date | null;

  @Field(() => String, { nullable: true, description: 'What the seller said about the lot; at most 5,000 characters.' })
  @MaxLength(5000)
  description?: string | null;

  @Field(() => [AuctionImportBidInput], { description: 'The bids, oldest first; at most 1,000.' })
  @ArrayMaxSize(bidsAtMost)
  bids!: AuctionImportBidInput[];
}

@InputType('AuctionImportInput')
export class AuctionImportInput {
  @Field(() => String, { description: 'The origin of the records, for the log; 1 to 100 characters.' })
  @Length(1, 100)
  source!: string;

  @Field(() => [AuctionImportLotInput], {
    description: 'The lots to record, 1 to 50, with at most 1,000 bids in total.',
  })
  @ArrayMinSize(1)
  @ArrayMaxSize(lotsAtMost)
  lots!: AuctionImportLotInput[];

  @Field(() => String, {
    nullable: true,
    description:
      'A retry with the same key answers the same lots. Unique per actor, kept seven days; 1 to 200 characters.',
  })
  @Length(1, 200)
  idempotencyKey?: string | null;
}
