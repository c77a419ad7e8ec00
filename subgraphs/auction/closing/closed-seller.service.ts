import type { Transaction } from '../../../platform/context/context.ts';
import { closedActors } from '../../../platform/work/closed-actors.ts';
import { Auction, type AuctionStatus } from '../auction/auction.entity.ts';
import { auctions } from '../auction/auction.noun.ts';
import { databaseTime } from '../auction/lot.service.ts';
import { withdraw } from '../auction/opening.service.ts';
import { AuctionWatch } from '../watch/auction-watch.entity.ts';

/** The statuses of a lot that has not ended. */
const before: readonly AuctionStatus[] = ['DRAFT', 'SCHEDULED', 'OPENING', 'OPEN'];

/** Lots of one transaction, which may take two seconds; the rest follow in the next one. */
const atOnce = 200;

/**
 * Withdraws the lots of a closed actor and deletes their watches; returns whether there may be more lots. An account with open lots
 * cannot be closed, so these were opened while it was being closed. Bids stay binding, because closing an account must not be a way
 * around the rules of retraction. If such a bid wins, the sale is one whose buyer does not pay.
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
