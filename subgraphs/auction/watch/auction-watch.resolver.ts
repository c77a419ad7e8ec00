import { MaxLength } from 'class-validator';
import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { Reads, Restricted, Writes } from '../../../platform/access/declare.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import type { FilterInput } from '../../../platform/nouns/filter.ts';
import type { Connection } from '../../../platform/nouns/noun.ts';
import { LimitSorts, PageArgs } from '../../../platform/nouns/page.ts';
import type { Auction } from '../auction/auction.entity.ts';
import { auctions } from '../auction/auction.query.ts';
import { AuctionType } from '../auction/auction.type.ts';
import { ViewerStub } from '../foreign/viewer.ts';
import type { AuctionWatch } from './auction-watch.entity.ts';
import { auctionWatches } from './auction-watch.query.ts';
import * as service from './auction-watch.service.ts';
import { AuctionWatchType } from './auction-watch.type.ts';

const silent = 'Whom a lot interests is nobody else’s business.';

@ArgsType()
export class AuctionWatchesArgs extends PageArgs {
  @Field(() => auctionWatches.Filter, {
    nullable: true,
    description: 'Conditions on the watches; all of them if absent.',
  })
  filter?: FilterInput;

  @Field(() => [auctionWatches.Sort], { nullable: true, description: 'Default: newest first.' })
  @LimitSorts
  sort?: string[];
}

@InputType('AuctionWatchInput')
export class AuctionWatchInput {
  @Field(() => ID, { description: 'The lot to watch; it must be announced.' })
  @MaxLength(40)
  auctionId!: string;
}

@InputType('AuctionUnwatchInput')
export class AuctionUnwatchInput {
  @Field(() => ID, { description: 'The lot to stop watching.' })
  @MaxLength(40)
  auctionId!: string;
}

@ObjectType('AuctionWatchPayload')
export class AuctionWatchPayload {
  @Field(() => AuctionWatchType, { description: 'The watch.' })
  auctionWatch!: AuctionWatch;

  @Field(() => AuctionType, { description: 'The lot, in its present state.' })
  auction!: Auction;
}

@ObjectType('AuctionUnwatchPayload')
export class AuctionUnwatchPayload {
  @Field(() => AuctionType, { description: 'The lot, in its present state.' })
  auction!: Auction;
}

@Resolver(() => AuctionWatchType)
export class AuctionWatchResolver {
  @Reads('signedIn')
  @Query(() => AuctionWatchType, {
    nullable: true,
    description:
      'A watch by its id; null when it does not exist, has ended, or is not the viewer’s. Errors: UNAUTHENTICATED, INVALID.',
  })
  auctionWatch(
    @Arg('id', () => ID, { description: 'Begins with `awt_`.' }) id: string,
    @Ctx() context: Context,
  ): Promise<AuctionWatch | null> {
    return auctionWatches.load(context, checkId(id, 'awt', ['id']));
  }

  @FieldResolver()
  auction(@Root() watch: AuctionWatch, @Ctx() context: Context): Promise<Auction | null> {
    return auctions.load(context, watch.auctionId);
  }
}

/** Apart from the query of the same name. */
@Resolver(() => AuctionWatchType)
export class AuctionWatchingResolver {
  @Writes('signedIn', { silent })
  @Mutation(() => AuctionWatchPayload, {
    description:
      'Watches a lot for the viewer. Idempotent. Errors: NOT_FOUND, INVALID, TOO_MANY beyond 1,000 watched lots.',
  })
  auctionWatch(@Arg('input', () => AuctionWatchInput) input: AuctionWatchInput): Run<AuctionWatchPayload> {
    checkId(input.auctionId, 'auc', ['input', 'auctionId']);
    return run((tx) => service.auctionWatch(tx, input.auctionId));
  }

  @Writes('signedIn', { silent })
  @Mutation(() => AuctionUnwatchPayload, {
    description: 'Stops watching a lot. Idempotent. Errors: NOT_FOUND, INVALID.',
  })
  auctionUnwatch(@Arg('input', () => AuctionUnwatchInput) input: AuctionUnwatchInput): Run<{ auction: Auction }> {
    checkId(input.auctionId, 'auc', ['input', 'auctionId']);
    return run(async (tx) => ({ auction: await service.auctionUnwatch(tx, input.auctionId) }));
  }
}

@Resolver(() => ViewerStub)
export class ViewerWatchesResolver {
  @Restricted<ViewerStub>('self', (viewer, { actor }) => viewer.id === actor.id)
  @FieldResolver(() => auctionWatches.Connection, {
    nullable: true,
    description: 'The lots that the viewer watches, most recently added first. Nobody else sees them. Errors: INVALID.',
  })
  auctionWatches(
    @Args(() => AuctionWatchesArgs) args: AuctionWatchesArgs,
    @Ctx() context: Context,
  ): Promise<Connection<AuctionWatch>> {
    return auctionWatches.list(context, args);
  }
}
