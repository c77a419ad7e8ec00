import { ArrayMaxSize, IsIn, Length, MaxLength } from 'class-validator';
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import type { AggregateArgs } from '../../../platform/nouns/aggregate.ts';
import { AggregateRowsArgs } from '../../../platform/nouns/aggregate-args.ts';
import type { FilterInput } from '../../../platform/nouns/filter.ts';
import { LimitSorts, PageArgs } from '../../../platform/nouns/page.ts';
import { MoneyInput } from '../../../platform/scalars/money.ts';
import { bidAggregate, bids } from './bid.query.ts';
import { RetractionReasonEnum } from './bid.type.ts';

@ArgsType()
export class BidsArgs extends PageArgs {
  @Field(() => bids.Filter, { nullable: true })
  filter?: FilterInput;

  @Field(() => [bids.Sort], { nullable: true, description: 'At most four; the newest first when absent.' })
  @LimitSorts
  sort?: string[];
}

@ArgsType()
export class BidAggregateArgs extends AggregateRowsArgs implements AggregateArgs {
  @Field(() => bids.Filter, { nullable: true })
  filter?: FilterInput;

  @Field(() => [bidAggregate.GroupBy], { nullable: true, description: 'At most four keys.' })
  @ArrayMaxSize(4)
  groupBy?: string[];

  @Field(() => bidAggregate.Bucket, { nullable: true })
  bucket?: NonNullable<AggregateArgs['bucket']>;
}

@ArgsType()
export class BidOutcomeArgs {
  @Field(() => String, { description: 'The one that `bidPlace` was given; 1 to 200 characters.' })
  @Length(1, 200)
  idempotencyKey!: string;
}

@InputType('BidPlaceInput')
export class BidPlaceInput {
  @Field(() => ID)
  @MaxLength(40)
  auctionId!: string;

  @Field(() => MoneyInput, {
    description:
      'In the currency of the lot. English: the hidden maximum up to which the house bids for the bidder. Sealed: the bid. Dutch: the highest price at which the bidder takes the lot; it is paid at the price of the moment.',
  })
  amount!: MoneyInput;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Takes an English lot at its buy-now price, which `amount` must reach.',
  })
  buyNow!: boolean;

  @Field(() => String, {
    description: 'Makes a retry answer the same outcome; unique per actor, kept seven days. 1 to 200 characters.',
  })
  @Length(1, 200)
  idempotencyKey!: string;
}

@InputType('BidRetractInput')
export class BidRetractInput {
  @Field(() => ID, { description: 'The lot.' })
  @MaxLength(40)
  auctionId!: string;

  @Field(() => RetractionReasonEnum)
  @IsIn(Object.keys(RetractionReasonEnum))
  reason!: keyof typeof RetractionReasonEnum;
}
