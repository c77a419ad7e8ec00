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
  @Field(() => auctions.Filter, { nullable: true, description: 'Conditions on the lots; all visible lots if absent.' })
  filter?: FilterInput;

  @Field(() => [auctions.Sort], {
    nullable: true,
    description:
      'At most four. Default: by relevance with a search, otherwise newest first. CURRENT_PRICE compares minor units, so filter by one currency; lots without a visible bid are sorted by their start price.',
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

  @Field(() => SearchMode, { nullable: true, description: 'How `search` is read; default WORDS.' })
  searchMode?: SearchMode;
}

@ArgsType()
export class ViewerAuctionsArgs extends PageArgs {
  @Field(() => auctions.Filter, { nullable: true, description: 'Conditions on the lots; all visible lots if absent.' })
  filter?: FilterInput;

  @Field(() => [auctions.Sort], { nullable: true, description: 'At most four. Default: newest first.' })
  @LimitSorts
  sort?: string[];
}

@ArgsType()
export class AuctionAggregateArgs extends AggregateRowsArgs implements AggregateArgs {
  @Field(() => auctions.Filter, { nullable: true, description: 'Conditions on the lots; all visible lots if absent.' })
  filter?: FilterInput;

  @Field(() => [auctionAggregate.GroupBy], {
    nullable: true,
    description: 'Keys of a row, at most four; without any, one row for all.',
  })
  @ArrayMaxSize(4)
  groupBy?: string[];

  @Field(() => auctionAggregate.Bucket, {
    nullable: true,
    description: 'Groups by time as well; no time buckets if absent.',
  })
  bucket?: NonNullable<AggregateArgs['bucket']>;
}

@InputType('AuctionIncrementInput', { description: 'A price band and its increment, in the currency of the lot.' })
export class AuctionIncrementInput {
  @Field(() => Decimal, { description: 'The band begins at this price; "0" for the first band.' })
  @MaxLength(62)
  from!: string;

  @Field(() => Decimal, {
    description: 'Within the band, the next bid must be higher than the price by at least this amount; more than zero.',
  })
  @MaxLength(62)
  step!: string;
}

@InputType('AuctionDutchInput', { description: 'How the price of a Dutch auction falls.' })
export class AuctionDutchInput {
  @Field(() => MoneyInput, { description: 'The lowest price; not above the start price.' })
  floorPrice!: MoneyInput;

  @Field(() => MoneyInput, { description: 'The amount by which the price falls at each step.' })
  priceStep!: MoneyInput;

  @Field(() => Int, { description: 'Seconds between two steps; 1 to 604,800 (a week).' })
  @Min(1)
  @Max(stepSecondsAtMost)
  stepSeconds!: number;
}

@InputType('AuctionCreateInput', { description: 'The terms of a new lot. All amounts must be in the same currency.' })
export class AuctionCreateInput {
  @Field(() => ID, { description: 'The asset to sell; it must not be archived. Its owner becomes the seller.' })
  @MaxLength(40)
  assetId!: string;

  @Field(() => AuctionFormatEnum, {
    defaultValue: 'ENGLISH',
    description: 'The rules of the sale; they cannot be changed later.',
  })
  @IsIn(auctionFormats)
  format!: AuctionFormat;

  @Field(() => MoneyInput, {
    description: 'The least first bid, more than zero; in a Dutch auction the price from which it falls.',
  })
  startPrice!: MoneyInput;

  @Field(() => MoneyInput, {
    nullable: true,
    description:
      'Reserve price: below it the lot is not sold. Not below the start price, and never shown to anybody. Not allowed in a Dutch auction.',
  })
  reserve?: MoneyInput | null;

  @Field(() => MoneyInput, {
    nullable: true,
    description:
      'The price at which the lot can be bought at once, until the first bid. English auctions only; not below the start price and the reserve.',
  })
  buyNowPrice?: MoneyInput | null;

  @Field(() => [AuctionIncrementInput], {
    nullable: true,
    description:
      'Bid increments by price band, ascending from zero; at most 30. English auctions only. Default: the table that eBay publishes.',
  })
  @ArrayMaxSize(30)
  increments?: AuctionIncrementInput[] | null;

  @Field(() => AuctionDutchInput, {
    nullable: true,
    description: 'How the price falls. Required for a Dutch auction, not allowed in other formats.',
  })
  dutch?: AuctionDutchInput | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When the lot opens by itself; before `endsAt`. The lot is then announced at once, and its asset must be published. Without it the lot is a draft until `auctionOpen`.',
  })
  opensAt?: Date | null;

  @Field(() => DateTime, { description: 'When the lot ends; in the future, at most 400 days ahead.' })
  endsAt!: Date;

  @Field(() => Int, {
    defaultValue: 0,
    description:
      'Soft close in seconds, 0 to 3,600: a bid within this time before the end moves the end to this time after the bid. English auctions only.',
  })
  @Min(0)
  @Max(softCloseAtMost)
  softCloseSeconds!: number;

  @Field(() => String, { nullable: true, description: 'What to say about the lot; at most 5,000 characters.' })
  @MaxLength(5000)
  description?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'A retry with the same key answers the same auction. Unique per actor, kept seven days; 1 to 200 characters.',
  })
  @Length(1, 200)
  idempotencyKey?: string | null;
}

@InputType('AuctionUpdateInput', {
  description:
    'Absent fields stay unchanged; null clears reserve, buy-now price and description. From the opening until the first bid only these changes are allowed: a lower `reserve` or none, a later `endsAt`, and a longer `description` that begins with the old one.',
})
export class AuctionUpdateInput {
  @Field(() => ID, { description: 'The lot to change.' })
  @MaxLength(40)
  auctionId!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'The `termsVersion` that the client has read; CONFLICT if the terms have changed since.',
  })
  @Min(1)
  ifVersion?: number | null;

  @Field(() => MoneyInput, { nullable: true, description: 'More than zero; cannot be cleared.' })
  startPrice?: MoneyInput | null;

  @Field(() => MoneyInput, { nullable: true, description: 'Not below the start price; null removes it.' })
  reserve?: MoneyInput | null;

  @Field(() => MoneyInput, {
    nullable: true,
    description: 'English auctions only; not below the start price and the reserve. Null removes it.',
  })
  buyNowPrice?: MoneyInput | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When the lot opens by itself; before `endsAt`. A draft is announced by it. It can be moved, but not cleared.',
  })
  opensAt?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When the lot ends; in the future, at most 400 days ahead.' })
  endsAt?: Date | null;

  @Field(() => Int, { nullable: true, description: 'Soft close in seconds, 0 to 3,600. English auctions only.' })
  @Min(0)
  @Max(softCloseAtMost)
  softCloseSeconds?: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'What to say about the lot, at most 5,000 characters; null removes it.',
  })
  @MaxLength(5000)
  description?: string | null;
}

@InputType('AuctionOpenInput')
export class AuctionOpenInput {
  @Field(() => ID, { description: 'The lot to open.' })
  @MaxLength(40)
  auctionId!: string;
}

@InputType('AuctionCancelInput')
export class AuctionCancelInput {
  @Field(() => ID, { description: 'The lot to withdraw.' })
  @MaxLength(40)
  auctionId!: string;

  @Field(() => String, { description: 'Why the lot is withdrawn. Shown to everybody; 1 to 500 characters.' })
  @Length(1, 500)
  @NotBlank()
  reason!: string;
}

@InputType('AuctionEndInput')
export class AuctionEndInput {
  @Field(() => ID, { description: 'The lot to close.' })
  @MaxLength(40)
  auctionId!: string;
}
