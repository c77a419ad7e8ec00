import type { Transaction } from '../../../platform/context/context.ts';
import type { Auction } from '../auction/auction.entity.ts';
import { lotOf, moneyFact } from '../auction/lot.service.ts';
import { auctionDefaulted } from '../events.ts';

/*
 * The payment after the hammer. Until there is a payments OS, the seller confirms that the money has arrived, and then the asset
 * passes to the buyer. That OS will replace `auctionSettle` and `auctionDefault`, and keep the states and facts.
 */

/**
 * Milliseconds that the buyer of a lot has to pay: seven days. Source: Christie's, Conditions of Sale, "Payment", by which payment is
 * due at the end of the seventh calendar day after the auction.
 */
const paidWithin = 7 * 24 * 3600 * 1000;

/** Records that the buyer of a lot owes the price. */
export function owe(auction: Auction, buyerId: string, endedAt: Date): void {
  auction.buyerId = buyerId;
  auction.settlementStatus = 'OWED';
  auction.settlementDueAt = new Date(endedAt.getTime() + paidWithin);
  auction.settlementDecidedAt = null;
}

/** Cancels the sale of a locked lot, which becomes unsold. */
export function defaultSale(tx: Transaction, auction: Auction, reason: string, now: Date): void {
  const owed = owedOf(auction);
  decide(tx, auction, 'DEFAULTED', now);
  auction.status = 'UNSOLD';
  auction.winnerId = null;
  tx.emit(auctionDefaulted, auction.id, { ...lotOf(auction), buyerId: owed.winnerId, reason });
}

/** Records how the sale of a locked lot ended. */
export function decide(tx: Transaction, auction: Auction, status: 'SETTLED' | 'DEFAULTED', now: Date): void {
  auction.settlementStatus = status;
  auction.settlementDecidedAt = now;
  auction.updatedAt = tx.now();
}

/** The values of a sale in facts. */
export function owedOf({ buyerId, price, startPrice, currency }: Auction): {
  winnerId: string;
  price: { minor: string; currency: string };
} {
  return { winnerId: buyerId ?? '', price: moneyFact(price ?? startPrice, currency) };
}
