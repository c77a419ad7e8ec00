import type { Transaction } from '../../../platform/context/context.ts';
import { Auction } from '../auction/auction.entity.ts';
import { auctions } from '../auction/auction.query.ts';

/**
 * Who leaves a selling organization stays barred from its lots that are on, when the membership began before they opened. Members of
 * later days are free again when they go: nobody is barred by what a seller does after the opening.
 */
export async function sellerLeft(
  tx: Transaction,
  organizationId: string,
  actorId: string,
  since: Date | null,
): Promise<void> {
  const found = await tx.em.find(
    Auction,
    {
      $or: [{ sellerId: organizationId }, { sellerOwnerId: organizationId }],
      status: { $in: ['OPENING', 'OPEN'] },
    },
    { fields: ['id'] },
  );
  const lots = await auctions.lockAll(
    tx,
    found.map(({ id }) => id),
  );
  for (const lot of lots) {
    if (lot.hasEnded() || lot.barred.includes(actorId)) continue;
    if (!since || !lot.openedAt || since < lot.openedAt) lot.barred = [...lot.barred, actorId];
  }
}
