import type { Transaction } from '../../../platform/context/context.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import type { Auction } from '../auction/auction.entity.ts';
import { auctions } from '../auction/auction.query.ts';
import { databaseTime, lotOf, moneyFact } from '../auction/lot.service.ts';
import { englishTerms, shownReserveMet } from '../auction/terms.policy.ts';
import { bidRetracted } from '../events.ts';
import { Bid, type RetractionReason } from './bid.entity.ts';
import { retracted } from './deadlines.policy.ts';
import { reserveMet, standingAfter } from './proxy-bidding.policy.ts';

/**
 * Takes back a bidder's bids by the published rules: all of them twelve hours or more before the end, later the most recent one
 * within an hour of placing it. The lot then stands as if they had never been. Where nobody could notice the bid, nobody
 * notices that it went.
 */
export async function bidRetract(
  tx: Transaction,
  input: { auctionId: string; reason: RetractionReason },
): Promise<{ auction: Auction; retractedCount: number }> {
  const auction = tx.found(await auctions.lock(tx, input.auctionId), ['input', 'auctionId']);
  const now = await databaseTime(tx);
  const bidderId = tx.info.actingFor ?? tx.actorId;
  tx.must('auction.bid.retract', bidderId);
  if (!auction.takesBids(now)) throw new Conflict('This lot takes no bids now, and gives none back.');
  const all = await tx.em.find(Bid, { auctionId: auction.id, retractedAt: null }, { orderBy: { sequence: 'asc' } });
  const own = all.filter((bid) => bid.bidderId === bidderId);
  if (own.length === 0) throw new Conflict('There is no bid to take back.');
  const gone = retracted(own, auction.endsAt, now);
  if (gone === null)
    throw new Conflict('In the last twelve hours a bid can be taken back within an hour of placing it only.');
  for (const bid of gone) {
    bid.retractedAt = now;
    bid.retractionReason = input.reason;
    bid.updatedAt = tx.now();
  }
  if (!auction.isSealed()) {
    const left = all.filter((bid) => !gone.includes(bid));
    const moved = stand(auction, left);
    if (moved || gone.some((bid) => !bid.hidden)) {
      auction.updatedAt = tx.now();
      tell(tx, auction, bidderId, input.reason);
    }
  }
  return { auction, retractedCount: gone.length };
}

/** Puts the lot where the remaining bids leave it. Answers whether anybody can see a difference. */
function stand(auction: Auction, left: Bid[]): boolean {
  const shown = (): unknown[] => [auction.price ?? null, auction.leaderId ?? null, auction.reserveReached];
  const before = shown();
  const terms = englishTerms(auction);
  const standing = standingAfter(terms, left);
  auction.price = standing.price;
  auction.leaderId = standing.leader?.bidderId ?? null;
  auction.leaderMaximum = standing.leader?.maximum ?? null;
  auction.reserveReached = typeof auction.reserve === 'bigint' && reserveMet(terms, standing);
  const open = left.filter((bid) => !bid.hidden);
  auction.leaderBidId = open.findLast((bid) => bid.bidderId === auction.leaderId)?.id ?? null;
  auction.bidCount = open.length;
  return shown().some((value, n) => value !== before[n]);
}

function tell(tx: Transaction, auction: Auction, bidderId: string, reason: RetractionReason): void {
  const { currency, leaderId, bidCount } = auction;
  tx.emit(bidRetracted, auction.id, {
    ...lotOf(auction),
    bidderId,
    reason,
    price: moneyFact(auction.price ?? auction.startPrice, currency),
    leaderId: leaderId ?? null,
    bidCount,
    reserveMet: shownReserveMet(auction),
  });
}
