import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Conflict, Forbidden } from '../../../platform/errors/errors.ts';
import type { Auction } from '../auction/auction.entity.ts';
import { auctions } from '../auction/auction.noun.ts';
import { databaseTime } from '../auction/lot.service.ts';
import { Bid, type BidRetractionReason } from './bid.entity.ts';
import { readsHidden } from './hidden.policy.ts';
import { retractable } from './retraction.policy.ts';

/**
 * Retracts the bids of a bidder that have left no trace (`retractable`). Nobody can notice it, as nobody could notice the bids:
 * price, leader, end and facts stay unchanged.
 */
export async function retract(
  tx: Transaction,
  input: { auctionId: string; reason: BidRetractionReason },
): Promise<{ auction: Auction; retracted: Bid[] }> {
  const auction = tx.found(await auctions.lock(tx, input.auctionId), ['input', 'auctionId']);
  const now = await databaseTime(tx);
  const bidderId = tx.info.actingFor ?? tx.actorId;
  tx.must('auction.bid.retract', bidderId);
  // The answer shows whether there are hidden bids.
  if (!readsHidden(tx.actor, bidderId))
    throw new Forbidden(
      'Hidden bids can be retracted only by the bidder, or by members who see them for the bidding organization.',
    );
  if (!auction.takesBids(now)) throw new Conflict('This lot takes no bids now, so none can be retracted.');
  const own = await tx.em.find(Bid, { auctionId: auction.id, bidderId }, { orderBy: { sequence: 'asc' } });
  const standing = own.filter((bid) => !bid.retractedAt);
  const seen = await lastSeen(tx, auction.id);
  // Whether an earlier call has retracted bids since the last visible one.
  const isRepeated = own.some((bid) => bid.sequence > seen.ever && bid.retractedAt);
  if (!isRepeated && standing.length === 0) throw new Conflict('There is no bid to retract.');
  const reserveUnmet = typeof auction.reserve === 'bigint' && !auction.reserveReached;
  const latest = standing.filter(({ sequence }) => sequence > seen.standing);
  const isSealed = auction.isSealed();
  const gone = retractable({ isSealed, reserveUnmet }, isSealed ? standing : latest, bidderId);
  if (gone.length === 0 && isRepeated) return { auction, retracted: [] };
  if (gone.length === 0)
    throw new Conflict('A visible bid is binding, and so is a raise before it or under a reserve that is not met.');
  for (const bid of gone) {
    bid.retractedAt = now;
    bid.retractionReason = input.reason;
    bid.updatedAt = tx.now();
  }
  if (!isSealed) {
    const left = standing.filter((bid) => !gone.includes(bid));
    const highest = left.reduce<Bid | null>((best, bid) => (best && best.maximum >= bid.maximum ? best : bid), null);
    auction.leaderMaximum = highest?.maximum ?? null;
    auction.leaderMaximumBy = highest?.placedBy ?? null;
  }
  return { auction, retracted: gone.toReversed() };
}

/** The positions of the last visible bid of a lot, and of the last one not retracted: older lots have retracted visible bids. */
async function lastSeen(tx: Transaction, auctionId: string): Promise<{ ever: number; standing: number }> {
  const [row] = await sqlIn<{ ever: number | null; standing: number | null }>(
    tx.em,
    `select
       (select sequence from auction.bids where auction_id = $1 and not hidden order by number desc limit 1) as ever,
       (select sequence from auction.bids where auction_id = $1 and not hidden and retracted_at is null
        order by number desc limit 1) as standing`,
    [auctionId],
  );
  return { ever: row?.ever ?? 0, standing: row?.standing ?? 0 };
}
