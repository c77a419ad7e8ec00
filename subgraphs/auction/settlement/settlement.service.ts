import { isOperator } from '../../../platform/access/permission.ts';
import type { Transaction } from '../../../platform/context/context.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import type { Auction } from '../auction/auction.entity.ts';
import { auctions } from '../auction/auction.query.ts';
import { databaseTime, lotOf, moneyFact } from '../auction/lot.service.ts';
import { auctionDefaulted, auctionSettled } from '../events.ts';

/*
 * What is owed after the hammer. Until a payments OS takes the money, the seller says that it has come, and then the asset passes
 * to the buyer; so that OS will take the place of `auctionSettle` and `auctionDefault`, and the states and facts stay.
 */

/**
 * How long the buyer of a lot has to pay, in milliseconds: seven days. Source: Christie's, Conditions of Sale, "Payment", by which
 * payment is due at the end of the seventh calendar day after the auction.
 */
const paidWithin = 7 * 24 * 3600 * 1000;

/** Of a lot that was sold a moment ago: its buyer owes the price. */
export function owe(auction: Auction, buyerId: string, endedAt: Date): void {
  auction.buyerId = buyerId;
  auction.settlementStatus = 'OWED';
  auction.settlementDueAt = new Date(endedAt.getTime() + paidWithin);
  auction.settlementDecidedAt = null;
}

/** The lot, if its sale is owed or settled already. */
async function sale(tx: Transaction, auctionId: string, permission: string): Promise<Auction> {
  const auction = tx.found(await auctions.lock(tx, auctionId), ['input', 'auctionId']);
  tx.must(permission, auction.sellerId);
  if (!auction.settlementStatus)
    throw new Conflict(`Nothing is owed for this lot: it is ${auction.status}, or its sale was recorded afterwards.`);
  return auction;
}

/** The seller has been paid: the asset passes to the buyer. Doing it again changes nothing. */
export async function auctionSettle(tx: Transaction, auctionId: string): Promise<Auction> {
  const auction = await sale(tx, auctionId, 'auction.auction.settle');
  if (auction.settlementStatus === 'SETTLED') return auction;
  if (auction.settlementStatus === 'DEFAULTED') throw new Conflict('This sale fell through; put the asset up again.');
  decided(tx, auction, 'SETTLED', await databaseTime(tx));
  tx.emit(auctionSettled, auction.id, { ...lotOf(auction), ...owedOf(auction) });
  return auction;
}

/** The buyer has not paid in time: the sale falls through, and the asset is the seller's to put up again. */
export async function auctionDefault(tx: Transaction, auctionId: string, reason: string): Promise<Auction> {
  const auction = await sale(tx, auctionId, 'auction.auction.default');
  if (auction.settlementStatus === 'DEFAULTED') return auction;
  if (auction.settlementStatus === 'SETTLED') throw new Conflict('This sale is settled: the asset is the buyer’s.');
  const now = await databaseTime(tx);
  const due = auction.settlementDueAt;
  if (due && due > now && !isOperator(tx.actor))
    throw new Conflict(`The buyer may pay until ${due.toISOString()}; a sale falls through after that.`);
  defaultSale(tx, auction, reason, now);
  return auction;
}

/** The sale of a locked lot falls through: for everybody it is unsold. */
export function defaultSale(tx: Transaction, auction: Auction, reason: string, now: Date): void {
  const owed = owedOf(auction);
  decided(tx, auction, 'DEFAULTED', now);
  auction.status = 'UNSOLD';
  auction.winnerId = null;
  tx.emit(auctionDefaulted, auction.id, { ...lotOf(auction), buyerId: owed.winnerId, reason });
}

function decided(tx: Transaction, auction: Auction, status: 'SETTLED' | 'DEFAULTED', now: Date): void {
  auction.settlementStatus = status;
  auction.settlementDecidedAt = now;
  auction.updatedAt = tx.now();
}

function owedOf({ buyerId, price, startPrice, currency }: Auction): {
  winnerId: string;
  price: { minor: string; currency: string };
} {
  return { winnerId: buyerId ?? '', price: moneyFact(price ?? startPrice, currency) };
}
