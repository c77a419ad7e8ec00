import { Max, Min } from 'class-validator';
import { Args, ArgsType, Ctx, Directive, Field, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { Restricted } from '../../../platform/access/declare.ts';
import type { Context } from '../../../platform/context/context.ts';
import { Money } from '../../../platform/scalars/money.ts';
import type { Bid } from '../bid/bid.entity.ts';
import { latestBids, ownMaximum, priceSeries } from '../bid/bid-reading.service.ts';
import { BidType } from '../bid/bid.type.ts';
import { actorStub, type ActorStub } from '../foreign/actor.ts';
import type { AssetStub } from '../foreign/asset.ts';
import { isWatched } from '../watch/auction-watch.service.ts';
import type { Auction, AuctionPhase } from './auction.entity.ts';
import { AuctionPriceSeries, AuctionType, type AuctionIncrementType } from './auction.type.ts';
import { phaseEnd, phaseOf, shownBuyNow, shownMinimum, shownPrice, shownReserveMet } from './terms.policy.ts';

/** Bids shown beside a lot at most; all of them are in `bids`. */
const bidsAtMost = 100;

@ArgsType()
export class AuctionBidsArgs {
  @Field(() => Int, { defaultValue: 10, description: 'Number of bids to return, 1 to 100.' })
  @Min(1)
  @Max(bidsAtMost)
  first!: number;
}

@ArgsType()
export class AuctionPriceSeriesArgs {
  @Field(() => Int, { defaultValue: 3600, description: 'Width of a candle in seconds, 1 to 31,536,000 (a year).' })
  @Min(1)
  @Max(31_536_000)
  candleSeconds!: number;
}

const signedIn = (_auction: Auction, context: Context): boolean => context.actor.id !== null;

/** What a lot shows that is not stored as it is shown. */
@Resolver(() => AuctionType)
export class AuctionFieldsResolver {
  @FieldResolver()
  asset(@Root() auction: Auction): AssetStub {
    return { id: auction.assetId };
  }

  @FieldResolver()
  seller(@Root() auction: Auction): ActorStub | null {
    return actorStub(auction.sellerId);
  }

  @FieldResolver()
  createdBy(@Root() auction: Auction): ActorStub | null {
    return actorStub(auction.createdBy);
  }

  @FieldResolver()
  startPrice(@Root() auction: Auction): Money {
    return new Money(auction.startPrice, auction.currency);
  }

  @FieldResolver()
  currentPrice(@Root() auction: Auction, @Ctx() context: Context): Money | null {
    return money(auction, shownPrice(auction, context.now()));
  }

  @FieldResolver()
  minimumBid(@Root() auction: Auction, @Ctx() context: Context): Money | null {
    return money(auction, shownMinimum(auction, context.now()));
  }

  @FieldResolver()
  buyNowPrice(@Root() auction: Auction): Money | null {
    return money(auction, shownBuyNow(auction));
  }

  @FieldResolver()
  floorPrice(@Root() auction: Auction): Money | null {
    return money(auction, auction.floorPrice);
  }

  @FieldResolver()
  priceStep(@Root() auction: Auction): Money | null {
    return money(auction, auction.priceStep);
  }

  @FieldResolver()
  hasReserve(@Root() auction: Auction): boolean {
    return typeof auction.reserve === 'bigint';
  }

  @FieldResolver()
  reserveMet(@Root() auction: Auction): boolean | null {
    return shownReserveMet(auction);
  }

  @FieldResolver()
  bidCount(@Root() auction: Auction): number | null {
    return auction.isSealed() ? null : auction.bidCount;
  }

  @FieldResolver()
  leader(@Root() auction: Auction): ActorStub | null {
    return actorStub(auction.leaderId);
  }

  @FieldResolver()
  winner(@Root() auction: Auction): ActorStub | null {
    return actorStub(auction.winnerId);
  }

  @FieldResolver()
  increments(@Root() auction: Auction): AuctionIncrementType[] {
    const { currency } = auction;
    return auction.increments.map(([from, step]) => ({
      from: new Money(from, currency),
      step: new Money(step, currency),
    }));
  }

  @FieldResolver()
  phase(@Root() auction: Auction, @Ctx() context: Context): AuctionPhase {
    return phaseOf(auction, context.now());
  }

  @FieldResolver()
  phaseEndsAt(@Root() auction: Auction, @Ctx() context: Context): Date | null {
    return phaseEnd(auction, context.now());
  }

  @FieldResolver()
  remainingSeconds(@Root() auction: Auction, @Ctx() context: Context): number {
    const now = context.now();
    const end = phaseEnd(auction, now);
    return end ? Math.floor((end.getTime() - now.getTime()) / 1000) : 0;
  }

  @FieldResolver()
  liveCursor(@Ctx() context: Context): string {
    return context.liveCursor;
  }

  @FieldResolver(() => [BidType], { description: 'The newest visible bids, newest first; at most 100.' })
  bids(
    @Root() auction: Auction,
    @Args(() => AuctionBidsArgs) { first }: AuctionBidsArgs,
    @Ctx() context: Context,
  ): Promise<Bid[]> {
    return latestBids(context, auction.id, first);
  }

  @Directive('@cost(weight: 20)')
  @FieldResolver(() => AuctionPriceSeries, { description: 'The price over time, for charts.' })
  priceSeries(
    @Root() auction: Auction,
    @Args(() => AuctionPriceSeriesArgs) { candleSeconds }: AuctionPriceSeriesArgs,
    @Ctx() context: Context,
  ): Promise<AuctionPriceSeries> {
    return priceSeries(context, auction.id, candleSeconds);
  }

  @Restricted<Auction>('self', signedIn)
  @FieldResolver(() => Money, {
    nullable: true,
    description:
      'The highest maximum or sealed bid of the viewer, or of the organization acted for. Null if there is none, and for those who may not see it.',
  })
  async viewerMaximum(@Root() auction: Auction, @Ctx() context: Context): Promise<Money | null> {
    return money(auction, await ownMaximum(context, auction.id));
  }

  @Restricted<Auction>('self', signedIn)
  @FieldResolver(() => Boolean, {
    nullable: true,
    description: 'Whether the viewer watches the lot; null if nobody is signed in.',
  })
  viewerWatches(@Root() auction: Auction, @Ctx() context: Context): Promise<boolean> {
    return isWatched(context, auction.id);
  }
}

function money(auction: Auction, minor: bigint | null | undefined): Money | null {
  return typeof minor === 'bigint' ? new Money(minor, auction.currency) : null;
}
