import { Field, ObjectType } from 'type-graphql';
import { enumKind } from '../../../platform/nouns/filter.ts';
import { Money } from '../../../platform/scalars/money.ts';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import { ActorStub } from '../foreign/actor.ts';
import type { SettlementStatus } from '../auction/auction.entity.ts';

export const AuctionSettlementStatusEnum = { OWED: 'OWED', SETTLED: 'SETTLED', DEFAULTED: 'DEFAULTED' } as const;
enumKind(AuctionSettlementStatusEnum, 'AuctionSettlementStatus', 'The payment of a sale.', {
  OWED: 'The buyer has to pay; the asset stays reserved.',
  SETTLED: 'The seller was paid, and the asset passes to the buyer.',
  DEFAULTED: 'The buyer did not pay; the lot is UNSOLD, and the seller keeps the asset.',
});

@ObjectType('AuctionSettlement', {
  description:
    'The payment that the buyer of a lot owes the seller. The platform takes no payments yet: the seller confirms that the money has arrived.',
})
export class AuctionSettlement {
  @Field(() => AuctionSettlementStatusEnum, {
    description: 'Whether the sale is still owed, was settled or fell through.',
  })
  status!: SettlementStatus;

  @Field(() => ActorStub, { nullable: true, description: 'The winner of the lot, who owes the price.' })
  buyer!: ActorStub | null;

  @Field(() => Money, { description: 'The hammer price.' })
  amount!: Money;

  @Field(() => DateTime, {
    description:
      'When the payment is due: seven days after the end of the lot. From then on the seller can report a default.',
  })
  dueAt!: Date;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the sale was settled or fell through; null while the price is owed.',
  })
  decidedAt!: Date | null;
}
