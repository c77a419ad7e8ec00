import type { Transaction } from '../../../platform/context/context.ts';
import { Conflict, Forbidden } from '../../../platform/errors/errors.ts';
import type { Auction } from '../auction/auction.entity.ts';
import { auctions } from '../auction/auction.query.ts';
import { databaseTime } from '../auction/lot.service.ts';
import { Bid, type RetractionReason } from './bid.entity.ts';
import { readsHidden } from './hidden.policy.ts';
import { retractable } from './retraction.policy.ts';

/**
 * Takes back a bidder's bids that have left no trace (`retractable`). Nobody can notice it, as nobody could notice the bids: price,
 * leader, end and facts stay as they are.
 */
export async function bidRetract(
  tx: Transaction,
  input: { auctionId: string; reason: RetractionReason },
): Promise<{ auction: Auction; retracted: Bid[] }> {
  const auction = tx.found(await auctions.lock(tx, input.auctionId), ['input', 'auctionId']);
  const now = await databaseTime(tx);
  const bidderId = tx.info.actingFor ?? tx.actorId;
  tx.must('auction.bid.retract', bidderId);
  // The answer tells whether there are hidden bids.
  if (!readsHidden(tx.actor, bidderId))
    throw new Forbidden('Hidden bids are taken back by the bidder, or by who sees them for the bidding organization.');
  if (!auction.takesBids(now)) throw new Conflict('This lot takes no bids now, and gives none back.');
  const placed = await tx.em.find(Bid, { auctionId: auction.id }, { orderBy: { sequence: 'asc' } });
  const all = placed.filter((bid) => !bid.retractedAt);
  // Since the last bid that everybody saw: what an earlier call took back is taken back still.
  const latest = placed.slice(placed.findLastIndex(({ hidden }) => !hidden) + 1);
  const isRepeated = latest.some((bid) => bid.bidderId === bidderId && bid.retractedAt);
  if (!isRepeated && !all.some((bid) => bid.bidderId === bidderId)) throw new Conflict('There is no bid to take back.');
  const reserveUnmet = typeof auction.reserve === 'bigint' && !auction.reserveReached;
  const gone = retractable({ isSealed: auction.isSealed(), reserveUnmet }, all, bidderId);
  if (gone.length === 0 && isRepeated) return { auction, retracted: [] };
  if (gone.length === 0)
    throw new Conflict(
      'A bid that everybody saw is binding, and so is a raise before it or under a reserve that is not met.',
    );
  for (const bid of gone) {
    bid.retractedAt = now;
    bid.retractionReason = input.reason;
    bid.updatedAt = tx.now();
  }
  if (!auction.isSealed()) {
    const left = all.filter((bid) => bid.bidderId === bidderId && !gone.includes(bid));
    const highest = left.reduce<Bid | null>((best, bid) => (best && best.maximum >= bid.maximum ? best : bid), null);
    auction.leaderMaximum = highest?.maximum ?? null;
    auction.leaderMaximumBy = highest?.placedBy ?? null;
  }
  return { auction, retracted: gone.toReversed() };
}
