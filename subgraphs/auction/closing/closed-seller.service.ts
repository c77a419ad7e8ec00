import type { Transaction } from '../../../platform/context/context.ts';
import { AuctionWatch } from '../watch/auction-watch.entity.ts';
import { Auction, type AuctionStatus } from './auction.entity.ts';
import { auctions } from './auction.query.ts';
import { databaseTime } from './lot.service.ts';
import { withdraw } from './opening.service.ts';

/** Of a lot that is not over. */
const before: readonly AuctionStatus[] = ['DRAFT', 'SCHEDULED', 'OPENING', 'OPEN'];

/**
 * Withdraws what an actor had up for auction who is closed, and forgets what they watched. Open lots keep an account from being
 * closed, so what is open here was opened while it was. Bids stay binding: whoever could take a bid back by closing an account
 * would have found a way around the rules of retraction. A lot that such a bid wins is as one whose buyer does not pay.
 */
export async function closedSellerLots(tx: Transaction, actorId: string): Promise<void> {
  const found = await tx.em.find(Auction, { sellerId: actorId, status: { $in: [...before] } }, { fields: ['id'] });
  const lots = await auctions.lockAll(
    tx,
    found.map(({ id }) => id),
  );
  const now = await databaseTime(tx);
  for (const lot of lots) if (before.includes(lot.status)) withdraw(tx, lot, 'The seller closed their account.', now);
  await tx.em.nativeDelete(AuctionWatch, { actorId });
}
