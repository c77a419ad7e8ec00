import {
  Arg,
  Args,
  Ctx,
  Directive,
  Field,
  FieldResolver,
  ID,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql';
import { Reads, Restricted, Writes } from '../../../platform/access/declare.ts';
import { recall } from '../../../platform/change/recall.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import type { Context } from '../../../platform/context/context.ts';
import { Invalid, NotFound } from '../../../platform/errors/errors.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import type { AggregateResult } from '../../../platform/nouns/aggregate.ts';
import type { Connection } from '../../../platform/nouns/noun.ts';
import { Money, moneyOf } from '../../../platform/scalars/money.ts';
import type { Auction } from '../auction/auction.entity.ts';
import { auctions } from '../auction/auction.query.ts';
import { AuctionType } from '../auction/auction.type.ts';
import { shownMinimum } from '../auction/terms.policy.ts';
import { auctionClosed, auctionExtended, bidPlaced } from '../events.ts';
import { actorStub, type ActorStub } from '../foreign/actor.ts';
import type { Bid } from './bid.entity.ts';
import { BidAggregateArgs, BidOutcomeArgs, BidPlaceInput, BidRetractInput, BidsArgs } from './bid.input.ts';
import { ownMaximum } from './bid-reading.service.ts';
import { bidAggregate, bids } from './bid.query.ts';
import { readsHidden } from './hidden.policy.ts';
import { ViewerBidType } from './viewer-bid.type.ts';
import { bidPlace, lockLots, lotItem, outcomeKey, readOutcomeKey } from './bid.service.ts';
import { bidRetract } from './retraction.service.ts';
import { BidRaised, BidResult, BidSealed, BidTooLow, BidType, type BidOutcome } from './bid.type.ts';

/**
 * The bids that arrive while others are written share the next transaction, whatever lots they are on: a dozen statements and one
 * commit for all of them. With so many at most it stays far below the two seconds of a transaction. One transaction at a time
 * for each process and universe was measured to take more bids, and answer sooner, than several or one for each lot (`bench -- bids`).
 */
const together = { key: 'bids', max: 200, flush: 'together' } as const;

/** Bids shown by a retraction at most; the others are among `Viewer.bids`. */
const retractedAtMost = 100;

@ObjectType('BidPlacePayload')
export class BidPlacePayload {
  @Field(() => BidType, {
    nullable: true,
    description:
      'The bid, where everybody may see it. Null for a raise that changed nothing visible, a sealed bid, and a bid that was not taken.',
  })
  bid!: Bid | null;

  @Field(() => BidResult, { description: 'Whether the bid was accepted, and its effect.' })
  outcome!: BidOutcome;
}

@ObjectType('BidRetractPayload')
export class BidRetractPayload {
  @Field(() => AuctionType, { description: 'The lot after the bids were taken back.' })
  auction!: Auction;

  @Directive(`@listSize(assumedSize: ${retractedAtMost})`)
  @Field(() => [ViewerBidType], {
    description: `The bids that this call took back, the newest first, at most ${retractedAtMost}; empty when it is repeated.`,
  })
  bids!: Bid[];

  @Field(() => Int, { description: 'Number of bids that this call took back; 0 when it is repeated.' })
  retractedCount!: number;
}

@Resolver(() => BidType)
export class BidResolver {
  @Reads('public')
  @Query(() => BidType, {
    nullable: true,
    description:
      'A bid by its id. Null when there is none that everybody may see. Errors: INVALID for an id of another kind.',
  })
  bid(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<Bid | null> {
    return bids.load(context, checkId(id, 'bid', ['id']));
  }

  @Reads('public')
  @Query(() => bids.Connection, {
    description: 'Bids, the newest first; of one lot or one bidder with the filter. Errors: INVALID.',
  })
  bids(@Args(() => BidsArgs) args: BidsArgs, @Ctx() context: Context): Promise<Connection<Bid>> {
    return bids.list(context, args);
  }

  @Reads('public')
  @Query(() => bidAggregate.Result, {
    description:
      'Counts bids and sums what they brought about, by keys and time; money is never added across currencies. Errors: INVALID.',
  })
  bidAggregate(
    @Args(() => BidAggregateArgs) args: BidAggregateArgs,
    @Ctx() context: Context,
  ): Promise<AggregateResult> {
    return bidAggregate.run(context, args);
  }

  @Reads('self')
  @Query(() => BidResult, {
    nullable: true,
    description:
      'The outcome of the viewer’s bid with this idempotency key, for a client that lost the answer. Null if there is no such bid: send it again with the same key. Errors: INVALID.',
  })
  async bidOutcome(
    @Args(() => BidOutcomeArgs) { idempotencyKey }: BidOutcomeArgs,
    @Ctx() context: Context,
  ): Promise<BidOutcome | null> {
    const known = await recall(context, 'bidPlace', idempotencyKey);
    return known === null ? null : outcomeAgain(context, known);
  }

  @Writes('auction.bid.place', { facts: [bidPlaced, auctionExtended, auctionClosed] })
  @Mutation(() => BidPlacePayload, {
    description:
      'Bids on a lot, in one’s own name or for the organization acted for, and says what became of it. Decided in the order in which the lot is reached, by the clock of the database; a lot past its end takes no bid. Nobody but the bidder learns the amount. Errors: NOT_FOUND, FORBIDDEN for sellers and those who belong to them, INVALID, CONFLICT for an idempotency key used with another input.',
  })
  bidPlace(@Arg('input', () => BidPlaceInput) input: BidPlaceInput, @Ctx() { info }: Context): Run<BidPlacePayload> {
    checkId(input.auctionId, 'auc', ['input', 'auctionId']);
    const path = ['input', 'amount'];
    const { minor, currency } = moneyOf(input.amount, path);
    const amount = BigInt(minor);
    if (amount <= 0n) throw new Invalid('amount.amount: must be more than zero.', { path: [...path, 'amount'] });
    const { auctionId, buyNow, idempotencyKey } = input;
    return run(async (tx) => placed(await bidPlace(tx, { auctionId, amount, currency, buyNow })), {
      group: { ...together, gather: { item: lotItem(auctionId, info), all: lockLots } },
      idempotent: {
        key: idempotencyKey,
        input,
        resultId: ({ outcome }) => outcomeKey(outcome),
        again: async (context, key) => placed(await outcomeAgain(context, key)),
      },
    });
  }

  @Writes('auction.bid.retract', { silent: 'Only what left no trace is taken back, so it leaves none either.' })
  @Mutation(() => BidRetractPayload, {
    description:
      'Takes back bids of the viewer, or of the organization acted for, that nobody could notice: sealed bids until they are opened, and a leader’s raises until the next bid that everybody sees, unless there is a reserve that is not met. Every other bid is binding. Repeating the call takes nothing more back. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT when there is none that can be taken back, and when the lot takes no bids.',
  })
  bidRetract(@Arg('input', () => BidRetractInput) input: BidRetractInput): Run<BidRetractPayload> {
    checkId(input.auctionId, 'auc', ['input', 'auctionId']);
    return run(async (tx) => {
      const { auction, retracted } = await bidRetract(tx, input);
      return { auction, bids: retracted.slice(0, retractedAtMost), retractedCount: retracted.length };
    });
  }

  @FieldResolver()
  auction(@Root() bid: Bid, @Ctx() context: Context): Promise<Auction | null> {
    return auctions.load(context, bid.auctionId);
  }

  @FieldResolver()
  bidder(@Root() bid: Bid): ActorStub | null {
    return actorStub(bid.bidderId);
  }

  @FieldResolver()
  amount(@Root() bid: Bid): Money {
    return new Money(bid.amount ?? 0n, bid.currency);
  }

  @Restricted<Bid>('self', (bid, { actor }) => readsHidden(actor, bid.bidderId))
  @FieldResolver()
  maximum(@Root() bid: Bid): Money {
    return new Money(bid.maximum, bid.currency);
  }
}

/** What a leader had to offer is the own maximum and a unit: who may not see that is told no more than everybody. */
function knownMinimum(context: Context, auction: Auction, minimum: bigint): bigint {
  if (readsHidden(context.actor, context.info.actingFor ?? context.actorId)) return minimum;
  const shown = shownMinimum(auction, context.now()) ?? auction.price ?? auction.startPrice;
  return shown < minimum ? shown : minimum;
}

function placed(outcome: BidOutcome): BidPlacePayload {
  return { outcome, bid: outcome.bid ?? null };
}

async function outcomeAgain(context: Context, key: string): Promise<BidOutcome> {
  const { kind, auctionId, more } = readOutcomeKey(key);
  const auction = await auctions.load(context, auctionId);
  if (!auction) throw new NotFound('The lot of this bid is gone.');
  const outcome: BidOutcome = { kind, auction };
  if (kind === 'TOO_LOW') outcome.minimum = knownMinimum(context, auction, BigInt(more));
  else if (kind === 'LATE') outcome.status = more;
  else if (kind === 'RAISED' || kind === 'SEALED') outcome.maximum = await ownMaximum(context, auctionId);
  const bid = more.startsWith('bid_') ? await bids.load(context, more) : null;
  if (bid) outcome.bid = bid;
  return outcome;
}

@Resolver(() => BidTooLow)
export class BidTooLowResolver {
  @FieldResolver()
  minimum(@Root() { minimum, auction }: BidOutcome): Money {
    return new Money(minimum ?? 0n, auction.currency);
  }
}

@Resolver(() => BidRaised)
export class BidRaisedResolver {
  @FieldResolver()
  maximum(@Root() outcome: BidOutcome): Money | null {
    return maximumOf(outcome);
  }
}

@Resolver(() => BidSealed)
export class BidSealedResolver {
  @FieldResolver()
  maximum(@Root() outcome: BidOutcome): Money | null {
    return maximumOf(outcome);
  }
}

function maximumOf({ maximum, auction }: BidOutcome): Money | null {
  return typeof maximum === 'bigint' ? new Money(maximum, auction.currency) : null;
}
