import type { Transaction } from '../../../platform/context/context.ts';
import { EnsembleError, Forbidden, Invalid, NotFound } from '../../../platform/errors/errors.ts';
import type { RequestInfo } from '../../../platform/context/request.ts';
import type { Auction, AuctionStatus } from '../auction/auction.entity.ts';
import { auctions } from '../auction/auction.noun.ts';
import { close } from '../auction/closing.service.ts';
import { databaseTime, lotOf, moneyFact } from '../auction/lot.service.ts';
import {
  englishTerms,
  fallingPrice,
  shownBuyNow,
  shownMinimum,
  shownReserveMet,
  standingOf,
} from '../auction/terms.policy.ts';
import { bidders, bidsForSeller, readBarred } from '../barred/barred.service.ts';
import { auctionExtended, bidPlaced, presentStatus } from '../events.ts';
import type { Bid, BidStanding, ViewerBidStanding } from './bid.entity.ts';
import { bids } from './bid.noun.ts';
import { extendedEnd } from './deadlines.policy.ts';
import { placerOf, readsHidden } from './hidden.policy.ts';
import { placeMaximum, reserveMet } from './proxy-bidding.policy.ts';

/** A bid to be decided, with its amount in minor units. */
export interface Offer {
  auctionId: string;
  amount: bigint;
  currency: string;
  buyNow: boolean;
}

/** The outcome of a bid. */
export interface BidOutcome {
  kind: 'LEADING' | 'RAISED' | 'OUTBID' | 'SEALED' | 'WON' | 'TOO_LOW' | 'LATE' | 'BUY_NOW_GONE';
  auction: Auction;
  bid?: Bid;
  /** Minor units. */
  minimum?: bigint;
  maximum?: bigint | null;
  status?: AuctionStatus;
}

/** A locked lot and the time at which its bids are decided. */
export interface LockedLot {
  auction: Auction;
  now: Date;
}

/** The key of a bid for `lockLots`: its lot, and everybody behind it. */
export function lotItem(auctionId: string, info: RequestInfo): string {
  return [auctionId, ...bidders(info)].join(' ');
}

/**
 * Locks the lots of a group of bids, in two statements for all of them, and reads who acts for their sellers. Drafts are locked too:
 * each bid decides what its bidder may see.
 */
export async function lockLots(tx: Transaction, items: string[]): Promise<void> {
  const named = items.map((item) => item.split(' '));
  const locked = await auctions.lockAll(tx, [...new Set(named.map(([auctionId = '']) => auctionId))]);
  // Read after the rows are locked: later than every earlier decision, however long the wait was.
  const now = await databaseTime(tx);
  for (const auction of locked) tx.shared.set(keyOf(auction.id), { auction, now } satisfies LockedLot);
  await readBarred(
    tx,
    locked,
    named.flatMap(([, ...ids]) => ids),
  );
}

function keyOf(auctionId: string): string {
  return `lot ${auctionId}`;
}

/** The lot that was locked by `lockLots`. */
function lockedLot(tx: Transaction, auctionId: string): LockedLot {
  return tx.found(tx.shared.get(keyOf(auctionId)) as LockedLot | undefined, ['input', 'auctionId']);
}

/**
 * Decides one bid under the lock of its lot. The lot stays in memory, and is written once for the whole group. A refusal changes
 * nothing and must not roll back the other bids, so it is kept instead of thrown.
 */
export async function bidPlace(tx: Transaction, offer: Offer): Promise<BidOutcome> {
  try {
    return await decide(tx, offer);
  } catch (error) {
    if (error instanceof EnsembleError) tx.refuse(error, { keep: true });
    throw error;
  }
}

async function decide(tx: Transaction, offer: Offer): Promise<BidOutcome> {
  const lot = lockedLot(tx, offer.auctionId);
  const { auction, now } = lot;
  // Drafts were locked too; only their sellers may learn of them.
  if (!auction.announcedAt) throw new NotFound(undefined, { path: ['input', 'auctionId'] });
  const bidderId = tx.info.actingFor ?? tx.actorId;
  tx.must('auction.bid.place', bidderId);
  if (bidsForSeller(tx, auction, bidderId))
    throw new Forbidden('Sellers cannot bid on their own lots, nor can those who act for them or belong to them.');
  if (offer.currency !== auction.currency)
    throw new Invalid(`amount.currency: this lot is sold in ${auction.currency}, not ${offer.currency}.`, {
      path: ['input', 'amount', 'currency'],
    });
  if (!auction.takesBids(now)) return { kind: 'LATE', auction, status: auction.status };
  const bidder = { bidderId, placedBy: placerOf(tx.actor) ?? tx.actorId };
  if (offer.buyNow) return buyNow(tx, lot, bidder, offer.amount);
  if (auction.isSealed()) return sealed(tx, lot, bidder, offer.amount);
  if (auction.format === 'DUTCH') return taken(tx, lot, bidder, offer.amount, fallingPrice(auction, now));
  if (auction.leaderId === bidderId) checkRaise(tx, auction, bidder);
  return english(tx, lot, bidder, offer.amount);
}

/** The outcome of a raise reveals the maximum, so only actors who may know it can raise it. */
function checkRaise(tx: Transaction, auction: Auction, { bidderId, placedBy }: Bidder): void {
  if (!readsHidden(tx.actor, bidderId) && auction.leaderMaximumBy !== placedBy)
    throw new Forbidden('This bidder is already leading. Only those who may see the maximum can raise it.');
}

interface Bidder {
  bidderId: string;
  placedBy: string;
}

function english(tx: Transaction, { auction, now }: LockedLot, bidder: Bidder, maximum: bigint): BidOutcome {
  const terms = englishTerms(auction);
  const decision = placeMaximum(terms, standingOf(auction), { bidderId: bidder.bidderId, maximum });
  if (decision.kind === 'TOO_LOW') return { kind: 'TOO_LOW', auction, minimum: decision.minimum };
  const { kind, standing, noticeable } = decision;
  const { price, leader } = standing;
  const bid = record(tx, auction, bidder, {
    now,
    maximum,
    amount: price,
    hidden: !noticeable,
    standing: kind === 'RAISED' && noticeable ? 'LEADING' : kind,
  });
  auction.price = price;
  auction.leaderId = leader?.bidderId ?? null;
  auction.leaderMaximum = leader?.maximum ?? null;
  if (kind !== 'OUTBID') auction.leaderMaximumBy = bidder.placedBy;
  // A hidden raise leaves everything that others can read unchanged, including the end.
  if (!noticeable) return { kind: 'RAISED', auction, maximum };
  if (kind !== 'OUTBID') auction.leaderBidId = bid.id;
  auction.reserveReached = typeof auction.reserve === 'bigint' && reserveMet(terms, standing);
  auction.updatedAt = tx.now();
  extend(tx, auction, now);
  tellPlaced(tx, auction, bid, now);
  return kind === 'RAISED' ? { kind, auction, bid, maximum } : { kind, auction, bid };
}

function extend(tx: Transaction, auction: Auction, now: Date): void {
  const previousEndsAt = auction.endsAt;
  const endsAt = extendedEnd(previousEndsAt, auction.softCloseSeconds, now);
  if (endsAt.getTime() === previousEndsAt.getTime()) return;
  auction.endsAt = endsAt;
  tx.emit(auctionExtended, auction.id, { ...lotOf(auction), previousEndsAt: previousEndsAt.toISOString() });
}

/** Nobody else may learn of a sealed bid, so neither the lot nor any fact shows that or when it was placed. */
function sealed(tx: Transaction, { auction, now }: LockedLot, bidder: Bidder, maximum: bigint): BidOutcome {
  if (maximum < auction.startPrice) return { kind: 'TOO_LOW', auction, minimum: auction.startPrice };
  record(tx, auction, bidder, { now, maximum, amount: null, hidden: true, standing: 'SEALED' });
  return { kind: 'SEALED', auction, maximum };
}

async function buyNow(tx: Transaction, lot: LockedLot, bidder: Bidder, maximum: bigint): Promise<BidOutcome> {
  const price = shownBuyNow(lot.auction);
  if (price === null) return { kind: 'BUY_NOW_GONE', auction: lot.auction };
  return taken(tx, lot, bidder, maximum, price);
}

/** Sells the lot at this price and closes it. */
async function taken(
  tx: Transaction,
  { auction, now }: LockedLot,
  bidder: Bidder,
  maximum: bigint,
  price: bigint,
): Promise<BidOutcome> {
  if (maximum < price) return { kind: 'TOO_LOW', auction, minimum: price };
  const bid = record(tx, auction, bidder, { now, maximum, amount: price, hidden: false, standing: 'WON' });
  Object.assign(auction, {
    price,
    leaderId: bidder.bidderId,
    leaderBidId: bid.id,
    leaderMaximum: maximum,
    leaderMaximumBy: bidder.placedBy,
    reserveReached: typeof auction.reserve === 'bigint',
  });
  await close(tx, auction, now);
  tellPlaced(tx, auction, bid, now);
  return { kind: 'WON', auction, bid };
}

function record(
  tx: Transaction,
  auction: Auction,
  { bidderId, placedBy }: Bidder,
  given: { now: Date; maximum: bigint; amount: bigint | null; hidden: boolean; standing: ViewerBidStanding },
): Bid {
  auction.sequence += 1;
  if (!given.hidden) {
    auction.bidCount += 1;
    auction.numbered += 1;
  }
  return bids.create(tx, {
    auctionId: auction.id,
    bidderId,
    placedBy,
    sequence: auction.sequence,
    number: given.hidden ? 0 : auction.numbered,
    hidden: given.hidden,
    standing: given.standing,
    maximum: given.maximum,
    amount: given.hidden ? null : given.amount,
    currency: auction.currency,
    placedAt: given.now,
  });
}

function tellPlaced(tx: Transaction, auction: Auction, bid: Bid, now: Date): void {
  const { id: auctionId, assetId, sellerId, currency, leaderId, bidCount } = auction;
  const minimum = shownMinimum(auction, now);
  tx.emit(bidPlaced, auctionId, {
    auctionId,
    assetId,
    sellerId,
    bidId: bid.id,
    bidderId: bid.bidderId,
    standing: bid.standing as BidStanding,
    price: moneyFact(bid.amount ?? 0n, currency),
    minimum: minimum === null ? null : moneyFact(minimum, currency),
    leaderId: leaderId ?? bid.bidderId,
    bidCount,
    reserveMet: shownReserveMet(auction),
    endsAt: auction.endsAt.toISOString(),
  });
}

/** The value stored with an idempotency key for an outcome. It contains no maximum. */
export function outcomeKey({ kind, auction, bid, minimum, status }: BidOutcome): string {
  const more = minimum?.toString() ?? status ?? bid?.id ?? '';
  return [kind, auction.id, more].join(' ');
}

/** Parses the value of `outcomeKey`. */
export function readOutcomeKey(key: string): { kind: BidOutcome['kind']; auctionId: string; more: string } {
  const [kind, auctionId, more = ''] = key.split(' ');
  if (!kind || !auctionId) throw new NotFound('The outcome of this bid is no longer known.');
  return { kind: kind as BidOutcome['kind'], auctionId, more: kind === 'LATE' ? presentStatus(more) : more };
}
