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
  @Field(() => bids.Filter, { nullable: true, description: 'Conditions on the bids; all visible bids if absent.' })
  filter?: FilterInput;

  @Field(() => [bids.Sort], { nullable: true, description: 'At most four. Default: newest first.' })
  @LimitSorts
  sort?: string[];
}

@ArgsType()
export class BidAggregateArgs extends AggregateRowsArgs implements AggregateArgs {
  @Field(() => bids.Filter, { nullable: true, description: 'Conditions on the bids; all visible bids if absent.' })
  filter?: FilterInput;

  @Field(() => [bidAggregate.GroupBy], {
    nullable: true,
    description: 'Keys of a row, at most four; without any, one row for all.',
  })
  @ArrayMaxSize(4)
  groupBy?: string[];

  @Field(() => bidAggregate.Bucket, {
    nullable: true,
    description: 'Groups by time as well; no time buckets if absent.',
  })
  bucket?: NonNullable<AggregateArgs['bucket']>;
}

@ArgsType()
export class BidOutcomeArgs {
  @Field(() => String, { description: 'The key that was sent with `bidPlace`; 1 to 200 characters.' })
  @Length(1, 200)
  idempotencyKey!: string;
}

@InputType('BidPlaceInput')
export class BidPlaceInput {
  @Field(() => ID, { description: 'The lot to bid on.' })
  @MaxLength(40)
  auctionId!: string;

  @Field(() => MoneyInput, {
    description:
      'More than zero, in the currency of the lot. English: the hidden maximum up to which the system bids for the bidder. Sealed: the bid. Dutch: the highest price that the bidder accepts; the bidder pays the price of that moment.',
  })
  amount!: MoneyInput;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Buys an English lot at its buy-now price; `amount` must be at least that price.',
  })
  buyNow!: boolean;

  @Field(() => String, {
    description:
      'A retry with the same key answers the same outcome. Unique per actor, kept seven days; 1 to 200 characters.',
  })
  @Length(1, 200)
  idempotencyKey!: string;
}

@InputType('BidRetractInput')
export class BidRetractInput {
  @Field(() => ID, { description: 'The lot whose bids to retract.' })
  @MaxLength(40)
  auctionId!: string;

  @Field(() => RetractionReasonEnum, { description: 'Stored with the bids.' })
  @IsIn(Object.keys(RetractionReasonEnum))
  reason!: keyof typeof RetractionReasonEnum;
}
