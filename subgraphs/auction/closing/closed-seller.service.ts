import type { Transaction } from '../../../platform/context/context.ts';
import { closedActors } from '../../../platform/work/closed-actors.ts';
import { Auction, type AuctionStatus } from '../auction/auction.entity.ts';
import { auctions } from '../auction/auction.noun.ts';
import { databaseTime } from '../auction/lot.service.ts';
import { withdraw } from '../auction/opening.service.ts';
import { AuctionWatch } from '../watch/auction-watch.entity.ts';

/** Of a lot that is not over. */
const before: readonly AuctionStatus[] = ['DRAFT', 'SCHEDULED', 'OPENING', 'OPEN'];

/** Lots of one transaction, which has two seconds; whoever had more is gone on with in the next one. */
const atOnce = 200;

/**
 * Withdraws what an actor had up for auction who is closed, and forgets what they watched. Open lots keep an account from being
 * closed, so what is open here was opened while it was. Bids stay binding: whoever could take a bid back by closing an account
 * would have found a way around the rules of retraction. A lot that such a bid wins is as one whose buyer does not pay. Answers
 * whether there may be more.
 */
export async function withdrawLots(tx: Transaction, sellerId: string): Promise<boolean> {
  const found = await tx.em.find(
    Auction,
    { sellerId, status: { $in: [...before] } },
    { fields: ['id'], orderBy: { id: 'asc' }, limit: atOnce },
  );
  const lots = await auctions.lockAll(
    tx,
    found.map(({ id }) => id),
  );
  const now = await databaseTime(tx);
  for (const lot of lots) if (before.includes(lot.status)) withdraw(tx, lot, 'The seller closed their account.', now);
  await tx.em.nativeDelete(AuctionWatch, { actorId: sellerId });
  return found.length === atOnce;
}

export const closedSellers = closedActors({
  name: 'auction.closedSellers',
  table: 'auction.closed_sellers',
  end: withdrawLots,
});
