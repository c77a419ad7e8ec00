import type { Transaction } from '../../../platform/context/context.ts';
import { auctionCanceled } from '../events.ts';
import { AuctionWatch } from '../watch/auction-watch.entity.ts';
import { Auction } from './auction.entity.ts';
import { auctions } from './auction.query.ts';
import { databaseTime, lotOf } from './lot.service.ts';

/**
 * Withdraws what an actor had up for auction who is closed, and forgets what they watched. Open lots keep an account from being
 * closed, so what is open here was opened while it was. Bids stay binding: whoever could take a bid back by closing an account
 * would have found a way around the rules of retraction. A lot that such a bid wins is as one whose buyer does not pay.
 */
export async function closedSellerLots(tx: Transaction, actorId: string): Promise<void> {
  const status = { $in: ['SCHEDULED', 'OPEN'] as Auction['status'][] };
  const found = await tx.em.find(Auction, { sellerId: actorId, status }, { fields: ['id'] });
  const lots = await auctions.lockAll(
    tx,
    found.map(({ id }) => id),
  );
  if (lots.length > 0) {
    const now = await databaseTime(tx);
    for (const lot of lots) {
      if (lot.status !== 'SCHEDULED' && lot.status !== 'OPEN') continue;
      lot.status = 'CANCELED';
      lot.endedAt = now;
      lot.updatedAt = tx.now();
      tx.emit(auctionCanceled, lot.id, { ...lotOf(lot), reason: 'The seller closed their account.' });
    }
  }
  await tx.em.nativeDelete(AuctionWatch, { actorId });
}
