import { Field, ObjectType } from 'type-graphql';
import { enumKind } from '../../../platform/nouns/filter.ts';
import { Money } from '../../../platform/scalars/money.ts';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import { ActorStub } from '../foreign/actor.ts';
import type { SettlementStatus } from '../auction/auction.entity.ts';

export const AuctionSettlementStatusEnum = { OWED: 'OWED', SETTLED: 'SETTLED', DEFAULTED: 'DEFAULTED' } as const;
enumKind(
  AuctionSettlementStatusEnum,
  'AuctionSettlementStatus',
  'How far a sale is. OWED: the buyer has to pay, and the asset is kept. SETTLED: the seller was paid, and the asset is the buyer’s. DEFAULTED: the buyer did not pay; the lot is unsold, and the asset the seller’s.',
);

@ObjectType('AuctionSettlement', {
  description:
    'What the buyer of a lot owes its seller. Until the platform takes payments itself, the seller says that the money has come.',
})
export class AuctionSettlement {
  @Field(() => AuctionSettlementStatusEnum)
  status!: SettlementStatus;

  @Field(() => ActorStub, { nullable: true, description: 'Who owes the price: the winner of the lot.' })
  buyer!: ActorStub | null;

  @Field(() => Money, { description: 'The hammer price.' })
  amount!: Money;

  @Field(() => DateTime, {
    description:
      'Until when the buyer may pay: seven days after the lot ended. The seller can report a default from then on.',
  })
  dueAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it was settled or fell through; null while it is owed.' })
  decidedAt!: Date | null;
}
