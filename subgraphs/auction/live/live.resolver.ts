import { Arg, Ctx, FieldResolver, Int, Resolver, Root, Subscription } from 'type-graphql';
import { Streams } from '../../../platform/access/declare.ts';
import type { Context } from '../../../platform/context/context.ts';
import { Invalid } from '../../../platform/errors/errors.ts';
import type { FilterInput } from '../../../platform/nouns/filter.ts';
import { Money } from '../../../platform/scalars/money.ts';
import type { Auction } from '../auction/auction.entity.ts';
import { auctions } from '../auction/auction.query.ts';
import type { Bid } from '../bid/bid.entity.ts';
import { bids } from '../bid/bid.query.ts';
import { actorStub, type ActorStub } from '../foreign/actor.ts';
import { closingStream } from './closing-stream.service.ts';
import type { ClosingSnapshot } from './closing-watch.service.ts';
import { AuctionUpdatedFilter, BidPlacedFilter } from './live.input.ts';
import { AuctionClosingEvent, AuctionUpdatedEvent, BidPlacedEvent } from './live.type.ts';
import {
  auctionUpdatedStream,
  bidPlacedStream,
  type AuctionUpdatedFact,
  type BidPlacedFact,
} from './streams.service.ts';

/**
 * Seconds ahead that one may look, a minute to a day. In steps: all who look equally far ahead share their looks, and each look reads all
 * lots that end soon, at every bid.
 */
const withinSteps = [60, 300, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400];

const money = (told: { minor: string; currency: string } | null | undefined): Money | null =>
  told ? new Money(told.minor, told.currency) : null;

const after =
  'Continues after this cursor: the `cursor` of an earlier event, or a `liveCursor`. Without it the stream begins now.';

@Resolver(() => BidPlacedEvent)
export class BidPlacedResolver {
  @Streams('public')
  @Subscription(() => BidPlacedEvent, {
    description:
      'Visible bids on all lots, or on those of the filter. Sealed bids and hidden raises are not included. `after` replays missed events. Errors: INVALID for a filter that is too large, INVALID and EXPIRED for a cursor.',
    subscribe: ({ args, context }) => bidPlacedStream(context as Context, args),
  })
  bidPlaced(
    @Root() event: BidPlacedFact,
    @Arg('filter', () => BidPlacedFilter, {
      nullable: true,
      description: 'Conditions on the bids; the bids on all lots if absent.',
    })
    _filter?: FilterInput,
    @Arg('after', () => String, { nullable: true, description: after }) _after?: string,
  ): BidPlacedFact {
    return event;
  }

  @FieldResolver()
  price(@Root() event: BidPlacedFact): Money | null {
    return money(event.price);
  }

  @FieldResolver()
  minimumBid(@Root() event: BidPlacedFact): Money | null {
    return money(event.minimum);
  }

  @FieldResolver()
  endsAt(@Root() event: BidPlacedFact): Date {
    return new Date(event.endsAt);
  }

  @FieldResolver()
  leader(@Root() event: BidPlacedFact): ActorStub | null {
    return actorStub(event.leaderId);
  }

  @FieldResolver()
  bidder(@Root() event: BidPlacedFact): ActorStub | null {
    return actorStub(event.bidderId);
  }

  @FieldResolver()
  bid(@Root() event: BidPlacedFact, @Ctx() context: Context): Promise<Bid | null> {
    return bids.load(context, event.bidId);
  }

  @FieldResolver()
  auction(@Root() event: BidPlacedFact, @Ctx() context: Context): Promise<Auction | null> {
    return auctions.load(context, event.auctionId);
  }
}

@Resolver(() => AuctionUpdatedEvent)
export class AuctionUpdatedResolver {
  @Streams('public')
  @Subscription(() => AuctionUpdatedEvent, {
    description:
      'Changes of announced lots, except new bids; `AuctionChange` lists them. `after` replays missed events. Errors: INVALID for a filter that is too large, INVALID and EXPIRED for a cursor.',
    subscribe: ({ args, context }) => auctionUpdatedStream(context as Context, args),
  })
  auctionUpdated(
    @Root() event: AuctionUpdatedFact,
    @Arg('filter', () => AuctionUpdatedFilter, {
      nullable: true,
      description: 'Conditions on the lots; the changes of all lots if absent.',
    })
    _filter?: FilterInput,
    @Arg('after', () => String, { nullable: true, description: after }) _after?: string,
  ): AuctionUpdatedFact {
    return event;
  }

  @FieldResolver()
  endsAt(@Root() event: AuctionUpdatedFact): Date {
    return new Date(event.endsAt);
  }

  @FieldResolver()
  winner(@Root() event: AuctionUpdatedFact): ActorStub | null {
    return actorStub(event.winnerId);
  }

  @FieldResolver()
  price(@Root() event: AuctionUpdatedFact): Money | null {
    return money(event.price);
  }

  /** Of bids that were taken back the reason is no sentence. */
  @FieldResolver()
  reason(@Root() event: AuctionUpdatedFact): string | null {
    return event.change === 'CANCELLED' || event.change === 'DEFAULTED' ? (event.reason ?? null) : null;
  }

  @FieldResolver()
  auction(@Root() event: AuctionUpdatedFact, @Ctx() context: Context): Promise<Auction | null> {
    return auctions.load(context, event.auctionId);
  }
}

@Resolver(() => AuctionClosingEvent)
export class AuctionClosingResolver {
  @Streams('public')
  @Subscription(() => AuctionClosingEvent, {
    description:
      'The lots that end within the given number of seconds: first the present list, then the list again whenever it changes, at most four times a second. A stream of states: nothing is replayed. Errors: INVALID for a number of seconds that `within` does not list.',
    subscribe: ({ args, context }) => {
      const { within } = args as { within: number };
      if (!withinSteps.includes(within))
        throw new Invalid(`within: is one of ${withinSteps.join(', ')} seconds, not ${within}.`, { path: ['within'] });
      return closingStream(context as Context, within);
    },
  })
  auctionClosing(
    @Root() event: ClosingSnapshot,
    @Arg('within', () => Int, { defaultValue: 3600, description: `Seconds ahead: one of ${withinSteps.join(', ')}.` })
    _within?: number,
  ): ClosingSnapshot {
    return event;
  }

  @FieldResolver()
  async auctions(@Root() event: ClosingSnapshot, @Ctx() context: Context): Promise<Auction[]> {
    const loaded = await Promise.all(event.auctionIds.map((id) => auctions.load(context, id)));
    return loaded.filter((auction) => auction !== null);
  }
}
