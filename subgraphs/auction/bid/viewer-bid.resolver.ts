import { Args, ArgsType, Ctx, Field, FieldResolver, Resolver, Root } from 'type-graphql';
import { Restricted } from '../../../platform/access/declare.ts';
import type { Context } from '../../../platform/context/context.ts';
import type { FilterInput } from '../../../platform/nouns/filter.ts';
import type { Connection } from '../../../platform/nouns/noun.ts';
import { LimitSorts, PageArgs } from '../../../platform/nouns/page.ts';
import { Money } from '../../../platform/scalars/money.ts';
import type { Auction } from '../auction/auction.entity.ts';
import { auctions } from '../auction/auction.query.ts';
import { actorStub, type ActorStub } from '../foreign/actor.ts';
import { ViewerStub } from '../foreign/viewer.ts';
import type { Bid } from './bid.entity.ts';
import { viewerBids, viewerBidsOf } from './viewer-bid.query.ts';
import { ViewerBidType } from './viewer-bid.type.ts';

@ArgsType()
export class ViewerBidsArgs extends PageArgs {
  @Field(() => viewerBids.Filter, {
    nullable: true,
    description: 'Conditions on the bids; all bids of the viewer if absent.',
  })
  filter?: FilterInput;

  @Field(() => [viewerBids.Sort], { nullable: true, description: 'Default: newest first.' })
  @LimitSorts
  sort?: string[];
}

@Resolver(() => ViewerStub)
export class ViewerStubResolver {
  @Restricted<ViewerStub>('self', (viewer, { actor }) => viewer.id === actor.id)
  @FieldResolver(() => viewerBids.Connection, {
    nullable: true,
    description:
      'The viewer’s own bids, and those of the organization acted for where the viewer may bid for it, the newest first: raises and sealed bids too, with their maxima. Nobody else sees them: not who acts on the viewer’s behalf, and a key only with the scope `auction.read`, or without scopes. Errors: INVALID.',
  })
  bids(@Args(() => ViewerBidsArgs) args: ViewerBidsArgs, @Ctx() context: Context): Promise<Connection<Bid>> {
    return viewerBidsOf(context, args);
  }
}

@Resolver(() => ViewerBidType)
export class ViewerBidResolver {
  @FieldResolver()
  auction(@Root() bid: Bid, @Ctx() context: Context): Promise<Auction | null> {
    return auctions.load(context, bid.auctionId);
  }

  @FieldResolver()
  bidder(@Root() bid: Bid): ActorStub | null {
    return actorStub(bid.bidderId);
  }

  @FieldResolver()
  amount(@Root() bid: Bid): Money | null {
    const { amount, hidden, currency } = bid;
    return hidden || typeof amount !== 'bigint' ? null : new Money(amount, currency);
  }

  @FieldResolver()
  maximum(@Root() bid: Bid): Money {
    return new Money(bid.maximum, bid.currency);
  }
}
