import { isOperator } from '../../../platform/access/permission.ts';
import { arg } from '../../../platform/declare/input.ts';
import { mutationOf } from '../../../platform/declare/row-mutation.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import type { Auction, SettlementStatus } from '../auction/auction.entity.ts';
import { auctions } from '../auction/auction.noun.ts';
import { databaseTime, lotOf } from '../auction/lot.service.ts';
import { auctionDefaulted, auctionSettled } from '../events.ts';
import { decide, defaultSale, owedOf } from './settlement.service.ts';

const after = 'The lot after the change.';

/** The state of the payment; CONFLICT if nothing is owed. */
function settlementOf({ settlementStatus, status }: Auction): SettlementStatus {
  if (!settlementStatus)
    throw new Conflict(`Nothing is owed for this lot: it is ${status}, or its sale was recorded afterwards.`);
  return settlementStatus;
}

export const auctionSettle = mutationOf(auctions, 'auctionSettle', {
  access: 'auction.auction.settle',
  description:
    'Records that the buyer of a lot has paid. The buyer becomes the owner of the asset shortly after. Idempotent.',
  errors: 'NOT_FOUND, FORBIDDEN, CONFLICT for a lot for which nothing is owed, or whose sale fell through',
  tells: [auctionSettled],
  target: 'The lot whose buyer has paid.',
  answers: [auctions, after],
  async run(tx, lot) {
    const settlement = settlementOf(lot);
    if (settlement === 'SETTLED') return;
    if (settlement === 'DEFAULTED') throw new Conflict('This sale fell through; auction the asset again.');
    decide(tx, lot, 'SETTLED', await databaseTime(tx));
    tx.emit(auctionSettled, lot.id, { ...lotOf(lot), ...owedOf(lot) });
  },
});

export const auctionDefault = mutationOf(auctions, 'auctionDefault', {
  access: 'auction.auction.default',
  description:
    'Records that the buyer of a lot has not paid. The sale is cancelled, the lot becomes UNSOLD and the asset can be sold again. Allowed from `AuctionSettlement.dueAt`; for operators also earlier. Idempotent.',
  errors:
    'NOT_FOUND, FORBIDDEN, INVALID, CONFLICT before the payment is due, for a lot for which nothing is owed, or whose sale is settled',
  tells: [auctionDefaulted],
  target: 'The lot whose buyer has not paid.',
  input: {
    reason: arg.text('Why the sale falls through. Shown to everybody; 1 to 500 characters.', { min: 1, max: 500 }),
  },
  answers: [auctions, after],
  async run(tx, lot, { reason }) {
    const settlement = settlementOf(lot);
    if (settlement === 'DEFAULTED') return;
    if (settlement === 'SETTLED') throw new Conflict('This sale is settled: the asset belongs to the buyer.');
    const now = await databaseTime(tx);
    const due = lot.settlementDueAt;
    if (due && due > now && !isOperator(tx.actor))
      throw new Conflict(`The buyer may pay until ${due.toISOString()}; a default can be reported after that.`);
    defaultSale(tx, lot, reason, now);
  },
});
