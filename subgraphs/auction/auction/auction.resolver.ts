import { Arg, Args, Ctx, Field, FieldResolver, ID, Mutation, ObjectType, Query, Resolver } from 'type-graphql';
import { Reads, Restricted, Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import { NotFound } from '../../../platform/errors/errors.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import type { AggregateResult } from '../../../platform/nouns/aggregate.ts';
import type { Connection } from '../../../platform/nouns/noun.ts';
import { auctionCancelled, auctionClosed, auctionCreated, auctionOpenRequested, auctionUpdated } from '../events.ts';
import { ViewerStub } from '../foreign/viewer.ts';
import type { Auction } from './auction.entity.ts';
import {
  AuctionAggregateArgs,
  AuctionCancelInput,
  AuctionCreateInput,
  AuctionEndInput,
  AuctionOpenInput,
  AuctionsArgs,
  AuctionUpdateInput,
  ViewerAuctionsArgs,
} from './auction.input.ts';
import { auctionAggregate, auctions, lots, viewerAuctionsOf } from './auction.query.ts';
import * as service from './auction.service.ts';
import { AuctionType } from './auction.type.ts';
import { auctionOpen } from './opening.service.ts';
import { auctionUpdate } from './terms.service.ts';

interface AuctionPayload {
  auction: Auction;
}

@ObjectType('AuctionCreatePayload')
export class AuctionCreatePayload {
  @Field(() => AuctionType, { description: 'The lot after the change.' })
  auction!: Auction;
}

@ObjectType('AuctionUpdatePayload')
export class AuctionUpdatePayload {
  @Field(() => AuctionType, { description: 'The lot after the change.' })
  auction!: Auction;
}

@ObjectType('AuctionOpenPayload')
export class AuctionOpenPayload {
  @Field(() => AuctionType, { description: 'The lot after the change.' })
  auction!: Auction;
}

@ObjectType('AuctionCancelPayload')
export class AuctionCancelPayload {
  @Field(() => AuctionType, { description: 'The lot after the change.' })
  auction!: Auction;
}

@ObjectType('AuctionEndPayload')
export class AuctionEndPayload {
  @Field(() => AuctionType, { description: 'The lot after the change.' })
  auction!: Auction;
}

@Resolver(() => AuctionType)
export class AuctionResolver {
  @Reads('public')
  @Query(() => AuctionType, {
    nullable: true,
    description:
      'A lot by its id. Null when there is none, and for drafts of others. Errors: INVALID for an id of another kind.',
  })
  auction(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<Auction | null> {
    return lots.load(context, checkId(id, 'auc', ['id']));
  }

  @Reads('public')
  @Query(() => auctions.Connection, {
    description: 'The lots that were announced, the newest first; drafts are in `Viewer.auctions`. Errors: INVALID.',
  })
  auctions(@Args(() => AuctionsArgs) args: AuctionsArgs, @Ctx() context: Context): Promise<Connection<Auction>> {
    return auctions.list(context, args);
  }

  @Reads('public')
  @Query(() => auctionAggregate.Result, {
    description:
      'Counts the lots and sums what they were sold for, by keys and time; money is never added across currencies. Errors: INVALID.',
  })
  auctionAggregate(
    @Args(() => AuctionAggregateArgs) args: AuctionAggregateArgs,
    @Ctx() context: Context,
  ): Promise<AggregateResult> {
    return auctionAggregate.run(context, args);
  }

  @Writes('auction.auction.create', { facts: [auctionCreated] })
  @Mutation(() => AuctionCreatePayload, {
    description:
      'Creates a lot for an asset. Without `opensAt` it is a draft that only its seller sees, and opens with `auctionOpen`; with `opensAt` it is public at once and opens by itself. The seller is the owner of the asset. An asset that was just created may be NOT_FOUND for a moment: try again. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT for an asset in the archive and for an idempotency key used with another input.',
  })
  auctionCreate(@Arg('input', () => AuctionCreateInput) input: AuctionCreateInput): Run<AuctionPayload> {
    checkId(input.assetId, 'ast', ['input', 'assetId']);
    const { idempotencyKey } = input;
    return run(async (tx) => ({ auction: await service.auctionCreate(tx, input) }), {
      idempotent: idempotencyKey
        ? {
            key: idempotencyKey,
            input,
            resultId: ({ auction }) => auction.id,
            again: async (context, id) => {
              const auction = await lots.load(context, id);
              if (!auction) throw new NotFound('The auction made with this key is gone.');
              return { auction };
            },
          }
        : undefined,
    });
  }

  @Writes('auction.auction.update', { facts: [auctionUpdated] })
  @Mutation(() => AuctionUpdatePayload, {
    description:
      'Changes the terms of a lot before its opening. From the opening until the first bid, the reserve can be lowered, the end postponed and the description extended; with sealed bids nothing can be changed. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT with the path of what cannot be changed any more, and for another version.',
  })
  auctionUpdate(@Arg('input', () => AuctionUpdateInput) input: AuctionUpdateInput): Run<AuctionPayload> {
    checkId(input.auctionId, 'auc', ['input', 'auctionId']);
    return run(async (tx) => ({ auction: await auctionUpdate(tx, input) }));
  }

  @Writes('auction.auction.open', { facts: [auctionOpenRequested] })
  @Mutation(() => AuctionOpenPayload, {
    description:
      'Opens a lot, in two steps: it is OPENING until its asset is reserved for it, and takes bids once it is OPEN, usually within a second; `auctionUpdated` reports it. If the asset was put on sale elsewhere at the same moment the lot is withdrawn, and `cancelReason` says so. Idempotent. Errors: NOT_FOUND, FORBIDDEN, CONFLICT when the asset is in another open auction, in the archive or not the seller’s any more, or when the end is past.',
  })
  auctionOpen(@Arg('input', () => AuctionOpenInput) input: AuctionOpenInput): Run<AuctionPayload> {
    checkId(input.auctionId, 'auc', ['input', 'auctionId']);
    return run(async (tx) => ({ auction: await auctionOpen(tx, input.auctionId) }));
  }

  @Writes('auction.auction.cancel', { facts: [auctionCancelled] })
  @Mutation(() => AuctionCancelPayload, {
    description:
      'Cancels a lot without a sale; the reason is public. In the last twelve hours before its end only a lot without bids can be cancelled (eBay’s published rule); a lot that takes sealed bids counts as one with bids. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT.',
  })
  auctionCancel(@Arg('input', () => AuctionCancelInput) input: AuctionCancelInput): Run<AuctionPayload> {
    checkId(input.auctionId, 'auc', ['input', 'auctionId']);
    return run(async (tx) => ({ auction: await service.auctionCancel(tx, input.auctionId, input.reason) }));
  }

  @Writes('auction.auction.end', { facts: [auctionClosed] })
  @Mutation(() => AuctionEndPayload, {
    description:
      'Closes a lot before `endsAt`. The highest bidder wins if the reserve price is met. Idempotent. Errors: NOT_FOUND, FORBIDDEN, CONFLICT.',
  })
  auctionEnd(@Arg('input', () => AuctionEndInput) input: AuctionEndInput): Run<AuctionPayload> {
    checkId(input.auctionId, 'auc', ['input', 'auctionId']);
    return run(async (tx) => ({ auction: await service.auctionEnd(tx, input.auctionId) }));
  }
}

@Resolver(() => ViewerStub)
export class ViewerAuctionsResolver {
  @Restricted<ViewerStub>('self', (viewer, { actor }) => viewer.id === actor.id)
  @FieldResolver(() => auctions.Connection, {
    nullable: true,
    description:
      'What the viewer sells, and what the organization acted for sells where the viewer may sell for it, the newest first; drafts too. Errors: INVALID.',
  })
  auctions(
    @Args(() => ViewerAuctionsArgs) args: ViewerAuctionsArgs,
    @Ctx() context: Context,
  ): Promise<Connection<Auction>> {
    return viewerAuctionsOf(context, args);
  }
}
