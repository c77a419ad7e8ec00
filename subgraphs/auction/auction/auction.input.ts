import { ArrayMaxSize, IsIn, Length, Max, MaxLength, Min } from 'class-validator';
import { ArgsType, Field, ID, InputType, Int } from 'type-graphql';
import type { AggregateArgs } from '../../../platform/nouns/aggregate.ts';
import { AggregateRowsArgs } from '../../../platform/nouns/aggregate-args.ts';
import type { FilterInput } from '../../../platform/nouns/filter.ts';
import { LimitSorts, PageArgs } from '../../../platform/nouns/page.ts';
import { NotBlank } from '../../../platform/scalars/text.ts';
import { MoneyInput } from '../../../platform/scalars/money.ts';
import { DateTime, Decimal } from '../../../platform/scalars/scalars.ts';
import { searchAtMost, SearchMode } from '../../../platform/search/search.ts';
import { auctionFormats, type AuctionFormat } from './auction.entity.ts';
import { auctionAggregate, auctions } from './auction.query.ts';
import { AuctionFormatEnum } from './auction.type.ts';

/** Seconds of the longest soft close: an hour after each bid keeps a lot open as long as anybody cares. */
const softCloseAtMost = 3600;
/** Seconds between two steps of a falling price at most: a week. */
const stepSecondsAtMost = 604_800;

@ArgsType()
export class AuctionsArgs extends PageArgs {
  @Field(() => auctions.Filter, { nullable: true })
  filter?: FilterInput;

  @Field(() => [auctions.Sort], {
    nullable: true,
    description:
      'At most four; when absent RELEVANCE with a search, else the newest first. CURRENT_PRICE compares minor units: filter by one currency. Lots without a bid, sealed and falling ones too, count with their start price.',
  })
  @LimitSorts
  sort?: string[];

  @Field(() => String, {
    nullable: true,
    description:
      'Full text over the title of the asset and the description of the lot: words, "phrases", or, -without. At most 200 characters.',
  })
  @MaxLength(searchAtMost)
  search?: string;

  @Field(() => SearchMode, { nullable: true, description: 'WORDS when absent.' })
  searchMode?: SearchMode;
}

@ArgsType()
export class ViewerAuctionsArgs extends PageArgs {
  @Field(() => auctions.Filter, { nullable: true })
  filter?: FilterInput;

  @Field(() => [auctions.Sort], { nullable: true, description: 'At most four; the newest first when absent.' })
  @LimitSorts
  sort?: string[];
}

@ArgsType()
export class AuctionAggregateArgs extends AggregateRowsArgs implements AggregateArgs {
  @Field(() => auctions.Filter, { nullable: true })
  filter?: FilterInput;

  @Field(() => [auctionAggregate.GroupBy], { nullable: true, description: 'At most four keys.' })
  @ArrayMaxSize(4)
  groupBy?: string[];

  @Field(() => auctionAggregate.Bucket, { nullable: true })
  bucket?: NonNullable<AggregateArgs['bucket']>;
}

@InputType('AuctionIncrementInput', { description: 'A price band and its increment, in the currency of the lot.' })
export class AuctionIncrementInput {
  @Field(() => Decimal, { description: 'From this price on; "0" for the first band.' })
  @MaxLength(62)
  from!: string;

  @Field(() => Decimal)
  @MaxLength(62)
  step!: string;
}

@InputType('AuctionDutchInput', { description: 'How the price of a Dutch auction falls.' })
export class AuctionDutchInput {
  @Field(() => MoneyInput, { description: 'Below it the price does not fall.' })
  floorPrice!: MoneyInput;

  @Field(() => MoneyInput, { description: 'By how much it falls each time.' })
  priceStep!: MoneyInput;

  @Field(() => Int, { description: 'After how many seconds each time; 1 to 604,800.' })
  @Min(1)
  @Max(stepSecondsAtMost)
  stepSeconds!: number;
}

@InputType('AuctionCreateInput', { description: 'All amounts are of one currency.' })
export class AuctionCreateInput {
  @Field(() => ID, { description: 'Owned by the seller, and not in the archive.' })
  @MaxLength(40)
  assetId!: string;

  @Field(() => AuctionFormatEnum, { defaultValue: 'ENGLISH' })
  @IsIn(auctionFormats)
  format!: AuctionFormat;

  @Field(() => MoneyInput, { description: 'More than zero. In a Dutch auction the price from which it falls.' })
  startPrice!: MoneyInput;

  @Field(() => MoneyInput, {
    nullable: true,
    description: 'Not below the start price, never shown; not in a Dutch auction.',
  })
  reserve?: MoneyInput | null;

  @Field(() => MoneyInput, {
    nullable: true,
    description: 'English auctions only: buys the lot at once until the first bid. Not below start price and reserve.',
  })
  buyNowPrice?: MoneyInput | null;

  @Field(() => [AuctionIncrementInput], {
    nullable: true,
    description:
      'English auctions only, at most 30, ascending from zero; the increments that eBay publishes when absent.',
  })
  @ArrayMaxSize(30)
  increments?: AuctionIncrementInput[] | null;

  @Field(() => AuctionDutchInput, { nullable: true, description: 'Dutch auctions, and only they.' })
  dutch?: AuctionDutchInput | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When it opens by itself; before the end. With it the lot is announced at once, and its asset must be published; without it the lot is a draft until `auctionOpen`.',
  })
  opensAt?: Date | null;

  @Field(() => DateTime, { description: 'At most 400 days ahead.' })
  endsAt!: Date;

  @Field(() => Int, { defaultValue: 0, description: 'English auctions only; 0 to 3,600.' })
  @Min(0)
  @Max(softCloseAtMost)
  softCloseSeconds!: number;

  @Field(() => String, { nullable: true, description: 'At most 5,000 characters.' })
  @MaxLength(5000)
  description?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Makes a retry answer the same auction; unique per actor, kept seven days.',
  })
  @Length(1, 200)
  idempotencyKey?: string | null;
}

@InputType('AuctionUpdateInput', {
  description:
    'What is absent stays, null clears. From the opening until the first bid only these: a lower `reserve` or none, a later `endsAt`, a longer `description` that begins with the old one.',
})
export class AuctionUpdateInput {
  @Field(() => ID)
  @MaxLength(40)
  auctionId!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'Refuses with CONFLICT when the terms have another version by now.',
  })
  @Min(1)
  ifVersion?: number | null;

  @Field(() => MoneyInput, { nullable: true })
  startPrice?: MoneyInput | null;

  @Field(() => MoneyInput, { nullable: true })
  reserve?: MoneyInput | null;

  @Field(() => MoneyInput, { nullable: true })
  buyNowPrice?: MoneyInput | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it opens by itself. It announces a draft; it can be moved and not cleared.',
  })
  opensAt?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'At most 400 days ahead.' })
  endsAt?: Date | null;

  @Field(() => Int, { nullable: true, description: 'English auctions only; 0 to 3,600.' })
  @Min(0)
  @Max(softCloseAtMost)
  softCloseSeconds?: number | null;

  @Field(() => String, { nullable: true, description: 'At most 5,000 characters.' })
  @MaxLength(5000)
  description?: string | null;
}

@InputType('AuctionOpenInput')
export class AuctionOpenInput {
  @Field(() => ID)
  @MaxLength(40)
  auctionId!: string;
}

@InputType('AuctionCancelInput')
export class AuctionCancelInput {
  @Field(() => ID)
  @MaxLength(40)
  auctionId!: string;

  @Field(() => String, { description: 'Told to everybody; 1 to 500 characters.' })
  @Length(1, 500)
  @NotBlank()
  reason!: string;
}

@InputType('AuctionEndInput')
export class AuctionEndInput {
  @Field(() => ID)
  @MaxLength(40)
  auctionId!: string;
}
