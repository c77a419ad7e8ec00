import { Length, MaxLength } from 'class-validator';
import { Arg, Field, FieldResolver, ID, InputType, Mutation, ObjectType, Resolver, Root } from 'type-graphql';
import { Restricted, Writes } from '../../../platform/access/declare.ts';
import { organizationsOf } from '../../../platform/access/permission.ts';
import { run, type Run } from '../../../platform/change/run.ts';
import { checkId } from '../../../platform/ids/ids.ts';
import { Money } from '../../../platform/scalars/money.ts';
import { NotBlank } from '../../../platform/scalars/text.ts';
import type { Auction } from '../auction/auction.entity.ts';
import { AuctionType } from '../auction/auction.type.ts';
import { auctionDefaulted, auctionSettled } from '../events.ts';
import { actorStub } from '../foreign/actor.ts';
import * as service from './settlement.service.ts';
import { AuctionSettlement } from './settlement.type.ts';

@InputType('AuctionSettleInput')
export class AuctionSettleInput {
  @Field(() => ID, { description: 'The lot whose buyer has paid.' })
  @MaxLength(40)
  auctionId!: string;
}

@InputType('AuctionDefaultInput')
export class AuctionDefaultInput {
  @Field(() => ID, { description: 'The lot whose buyer has not paid.' })
  @MaxLength(40)
  auctionId!: string;

  @Field(() => String, { description: 'Why the sale falls through. Shown to everybody; 1 to 500 characters.' })
  @Length(1, 500)
  @NotBlank()
  reason!: string;
}

@ObjectType('AuctionSettlePayload')
export class AuctionSettlePayload {
  @Field(() => AuctionType, { description: 'The lot after the change.' })
  auction!: Auction;
}

@ObjectType('AuctionDefaultPayload')
export class AuctionDefaultPayload {
  @Field(() => AuctionType, { description: 'The lot after the change.' })
  auction!: Auction;
}

@Resolver(() => AuctionType)
export class AuctionSettlementResolver {
  @Writes('auction.auction.settle', { facts: [auctionSettled] })
  @Mutation(() => AuctionSettlePayload, {
    description:
      'Records that the buyer of a lot has paid. The buyer becomes the owner of the asset shortly after. Idempotent. Errors: NOT_FOUND, FORBIDDEN, CONFLICT for a lot for which nothing is owed, or whose sale fell through.',
  })
  auctionSettle(@Arg('input', () => AuctionSettleInput) input: AuctionSettleInput): Run<{ auction: Auction }> {
    checkId(input.auctionId, 'auc', ['input', 'auctionId']);
    return run(async (tx) => ({ auction: await service.auctionSettle(tx, input.auctionId) }));
  }

  @Writes('auction.auction.default', { facts: [auctionDefaulted] })
  @Mutation(() => AuctionDefaultPayload, {
    description:
      'Records that the buyer of a lot has not paid. The sale is cancelled, the lot becomes UNSOLD and the asset can be sold again. Allowed from `AuctionSettlement.dueAt`; for operators also earlier. Idempotent. Errors: NOT_FOUND, FORBIDDEN, INVALID, CONFLICT before the payment is due, for a lot for which nothing is owed, or whose sale is settled.',
  })
  auctionDefault(@Arg('input', () => AuctionDefaultInput) input: AuctionDefaultInput): Run<{ auction: Auction }> {
    checkId(input.auctionId, 'auc', ['input', 'auctionId']);
    return run(async (tx) => ({ auction: await service.auctionDefault(tx, input.auctionId, input.reason.trim()) }));
  }

  @Restricted<Auction>('self', ({ sellerId, buyerId }, context) => {
    const { actor } = context;
    if (context.can('auction.auction.settle', sellerId)) return true;
    return actor.id !== null && (actor.id === buyerId || organizationsOf(actor, 'VIEWER').includes(buyerId ?? ''));
  })
  @FieldResolver(() => AuctionSettlement, {
    nullable: true,
    description:
      'The payment of a sold lot. Visible to its seller and its buyer; null for everybody else, before a sale, and for sales of the past that were imported.',
  })
  settlement(@Root() auction: Auction): AuctionSettlement | null {
    const { settlementStatus, settlementDueAt, settlementDecidedAt, buyerId, price, currency } = auction;
    if (!settlementStatus || !settlementDueAt || typeof price !== 'bigint') return null;
    return {
      status: settlementStatus,
      buyer: actorStub(buyerId),
      amount: new Money(price, currency),
      dueAt: settlementDueAt,
      decidedAt: settlementDecidedAt ?? null,
    };
  }
}
