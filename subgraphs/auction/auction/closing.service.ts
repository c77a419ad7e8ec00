import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Bid } from '../bid/bid.entity.ts';
import { reserveMet } from '../bid/proxy-bidding.policy.ts';
import { sealedSale } from '../bid/sealed-bid.policy.ts';
import { auctionClosed } from '../events.ts';
import { owe } from '../settlement/settlement.service.ts';
import type { Auction } from './auction.entity.ts';
import { auctions } from './auction.noun.ts';
import { databaseTime, lotOf, moneyFact } from './lot.service.ts';
import { englishTerms, standingOf } from './terms.policy.ts';

/** Closes a locked lot, open or still waiting for its asset, as of `endedAt`. */
export async function close(tx: Transaction, auction: Auction, endedAt: Date): Promise<void> {
  if (auction.isSealed()) await openSealedBids(tx, auction);
  const sold =
    auction.format === 'ENGLISH'
      ? reserveMet(englishTerms(auction), standingOf(auction))
      : auction.leaderId !== null && auction.leaderId !== undefined;
  auction.status = sold ? 'SOLD' : 'UNSOLD';
  auction.winnerId = sold ? (auction.leaderId ?? null) : null;
  if (auction.winnerId) owe(auction, auction.winnerId, endedAt);
  auction.endedAt = endedAt;
  auction.updatedAt = tx.now();
  tx.emit(auctionClosed, auction.id, {
    ...lotOf(auction),
    winnerId: auction.winnerId,
    price: sold && typeof auction.price === 'bigint' ? moneyFact(auction.price, auction.currency) : null,
    endedAt: endedAt.toISOString(),
    settlementDueAt: auction.settlementDueAt?.toISOString() ?? null,
  });
}

interface BestBid {
  id: string;
  bidderId: string;
  amount: bigint;
}

/** The two bids that decide winner and price: the best one, and the best one of another bidder. */
async function twoBest(tx: Transaction, auctionId: string): Promise<BestBid[]> {
  const rows = await sqlIn<{ id: string; bidder_id: string; maximum: string }>(
    tx.em,
    `select id, bidder_id, maximum from (
       select distinct on (bidder_id) id, bidder_id, maximum, sequence from auction.bids
       where auction_id = $1 and retracted_at is null order by bidder_id, maximum desc, sequence
     ) as best order by maximum desc, sequence limit 2`,
    [auctionId],
  );
  return rows.map(({ id, bidder_id: bidderId, maximum }) => ({ id, bidderId, amount: BigInt(maximum) }));
}

/** Shows only the winning bid, at the price to be paid; the other bids stay sealed. */
async function openSealedBids(tx: Transaction, auction: Auction): Promise<void> {
  const sale = sealedSale(
    { startPrice: auction.startPrice, reserve: auction.reserve ?? null },
    auction.format === 'SEALED_FIRST_PRICE' ? 'FIRST_PRICE' : 'SECOND_PRICE',
    await twoBest(tx, auction.id),
  );
  if (!sale) return;
  const bid = await tx.em.findOneOrFail(Bid, { id: sale.bid.id });
  Object.assign(bid, { hidden: false, number: 1, standing: 'WON', amount: sale.price });
  Object.assign(auction, {
    price: sale.price,
    leaderId: bid.bidderId,
    leaderBidId: bid.id,
    leaderMaximum: bid.maximum,
    leaderMaximumBy: bid.placedBy,
    reserveReached: typeof auction.reserve === 'bigint',
    bidCount: 1,
    numbered: 1,
  });
}

/**
 * Closes those of these lots whose end is past and that are not closed yet, each as of its end. Re-reads each lot under its lock,
 * because a bid may just have moved the end.
 */
export async function closeDue(tx: Transaction, auctionIds: readonly string[]): Promise<void> {
  const locked = await auctions.lockAll(tx, auctionIds);
  const now = await databaseTime(tx);
  for (const auction of locked)
    if (['OPENING', 'OPEN'].includes(auction.status) && auction.endsAt <= now) await close(tx, auction, auction.endsAt);
}
