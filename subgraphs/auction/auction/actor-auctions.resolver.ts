import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Context } from '../../../platform/context/context.ts';
import type { Connection } from '../../../platform/nouns/noun.ts';
import type { Bid } from '../bid/bid.entity.ts';
import { BidsArgs } from '../bid/bid.input.ts';
import { bids } from '../bid/bid.query.ts';
import { ActorStub } from '../foreign/actor.ts';
import type { Auction } from './auction.entity.ts';
import { ViewerAuctionsArgs } from './auction.input.ts';
import { auctions } from './auction.query.ts';

/** What everybody may see of what an actor sells and bids. */
@Resolver(() => ActorStub)
export class ActorAuctionsResolver {
  @FieldResolver(() => auctions.Connection, {
    nullable: true,
    description: 'The announced lots that this actor sells, newest first. Errors: INVALID.',
  })
  auctions(
    @Root() { id }: ActorStub,
    @Args(() => ViewerAuctionsArgs) args: ViewerAuctionsArgs,
    @Ctx() context: Context,
  ): Promise<Connection<Auction>> {
    return auctions.listOf(context, 'sellerId', id, args);
  }

  @FieldResolver(() => bids.Connection, {
    nullable: true,
    description:
      'The bids placed for this actor that everybody may see, newest first; raises and sealed bids are not among them. Errors: INVALID.',
  })
  bids(
    @Root() { id }: ActorStub,
    @Args(() => BidsArgs) args: BidsArgs,
    @Ctx() context: Context,
  ): Promise<Connection<Bid>> {
    return bids.listOf(context, 'bidderId', id, args);
  }
}
