import { ArrayMaxSize, MaxLength } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';

/** Keys of one subscription at most: more than a screen shows, and few enough to be looked up for each fact. */
const keysAtMost = 500;

@InputType('BidPlacedFilter', { description: 'Which bids; all of them when absent. All conditions hold together.' })
export class BidPlacedFilter {
  @Field(() => [ID], { nullable: true, description: 'On any of these lots; at most 500.' })
  @ArrayMaxSize(keysAtMost)
  @MaxLength(40, { each: true })
  auctionIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'By any of these bidders; at most 500.' })
  @ArrayMaxSize(keysAtMost)
  @MaxLength(40, { each: true })
  bidderIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'On the lots of any of these sellers; at most 500.' })
  @ArrayMaxSize(keysAtMost)
  @MaxLength(40, { each: true })
  sellerIds?: string[] | null;
}

@InputType('AuctionUpdatedFilter', {
  description: 'Which lots; all of them when absent. All conditions hold together.',
})
export class AuctionUpdatedFilter {
  @Field(() => [ID], { nullable: true, description: 'Any of these; at most 500.' })
  @ArrayMaxSize(keysAtMost)
  @MaxLength(40, { each: true })
  auctionIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Of any of these sellers; at most 500.' })
  @ArrayMaxSize(keysAtMost)
  @MaxLength(40, { each: true })
  sellerIds?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Of any of these assets; at most 500.' })
  @ArrayMaxSize(keysAtMost)
  @MaxLength(40, { each: true })
  assetIds?: string[] | null;
}
