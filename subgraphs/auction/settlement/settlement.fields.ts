import { organizationsOf } from '../../../platform/access/permission.ts';
import { extend } from '../../../platform/declare/extension.ts';
import type { OutputFields } from '../../../platform/declare/output.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import { Money } from '../../../platform/scalars/money.ts';
import { SettlementStatus, type Auction } from '../auction/auction.entity.ts';
import { auctions } from '../auction/auction.noun.ts';

export const AuctionSettlement = valueType(
  'AuctionSettlement',
  'The payment that the buyer of a lot owes the seller. The platform takes no payments yet: the seller confirms that the money has arrived.',
  (f: OutputFields<Auction>) => ({
    status: f
      .enum(SettlementStatus, 'Whether the sale is still owed, was settled or fell through.')
      .from(({ settlementStatus }) => settlementStatus as SettlementStatus),
    buyer: f.actor('buyerId', 'The winner of the lot, who owes the price.'),
    amount: f.money('The hammer price.').from(({ price, currency }) => new Money(price ?? 0n, currency)),
    dueAt: f
      .time(
        'When the payment is due: seven days after the end of the lot. From then on the seller can report a default.',
      )
      .from(({ settlementDueAt }) => settlementDueAt as Date),
    decidedAt: f
      .time('When the sale was settled or fell through; null while the price is owed.')
      .nullable()
      .from(({ settlementDecidedAt }) => settlementDecidedAt ?? null),
  }),
);

export const auctionSettlement = extend(auctions, (f) => ({
  settlement: f
    .object(
      AuctionSettlement,
      'The payment of a sold lot. Visible to its seller, its buyer, operators and FINANCE_ADMIN; null for everybody else, before a sale, and for imported past sales.',
    )
    .nullable()
    .from((lot) => (lot.settlementStatus && lot.settlementDueAt && typeof lot.price === 'bigint' ? lot : null))
    .restrictedTo('self', ({ sellerId, buyerId }, context) => {
      const { actor } = context;
      if (context.can('auction.auction.settle', sellerId)) return true;
      return actor.id !== null && (actor.id === buyerId || organizationsOf(actor, 'VIEWER').includes(buyerId ?? ''));
    }),
}));
