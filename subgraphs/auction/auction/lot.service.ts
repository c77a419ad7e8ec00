import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import type { Auction } from './auction.entity.ts';

/** The time of the database, read after the row of a lot is locked. It decides deadlines, the same in all processes. */
export async function databaseTime(tx: Transaction): Promise<Date> {
  const [row] = await sqlIn<{ ms: string }>(
    tx.em,
    'select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as ms',
  );
  return new Date(Number(row?.ms));
}

/** The values in every fact about a lot. */
export function lotOf(auction: Auction): {
  auctionId: string;
  assetId: string;
  sellerId: string;
  format: Auction['format'];
  status: Auction['status'];
  opensAt: string | null;
  endsAt: string;
  isAnnounced: boolean;
} {
  const { id: auctionId, assetId, sellerId, format, status, opensAt, endsAt, announcedAt } = auction;
  return {
    auctionId,
    assetId,
    sellerId,
    format,
    status,
    opensAt: opensAt?.toISOString() ?? null,
    endsAt: endsAt.toISOString(),
    isAnnounced: Boolean(announcedAt),
  };
}

/** Makes a draft public. */
export function announce(tx: Transaction, auction: Auction): void {
  auction.announcedAt ??= tx.now();
}

export function moneyFact(minor: bigint, currency: string): { minor: string; currency: string } {
  return { minor: minor.toString(), currency };
}
