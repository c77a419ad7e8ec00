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
  { since, until }: { since: Date | null; until: Date },
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
    // Facts of former days come late, also when this reaction is new: whoever had left by then was no member at the opening.
    if (lot.openedAt && (until < lot.openedAt || (since && since >= lot.openedAt))) continue;
    lot.barred = [...lot.barred, actorId];
  }
}
