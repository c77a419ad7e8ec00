import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import { AuctionAsset } from '../asset/auction-asset.entity.ts';
import { auctionCancelled, auctionOpened, auctionOpenRequested } from '../events.ts';
import { defaultSale } from '../settlement/settlement.service.ts';
import type { Auction } from './auction.entity.ts';
import { barredBy, sellerOwnerOf } from '../barred/barred.policy.ts';
import { auctions } from './auction.noun.ts';
import { announce, databaseTime, lotOf, moneyFact } from './lot.service.ts';

/*
 * A lot opens in two steps, each with a fact. First it requests its asset (OPENING). When the assets OS has reserved the asset it
 * takes bids (OPEN); if that OS refuses it is withdrawn. So an asset is never sold twice.
 */

/** The assets of lots that are about to open. */
interface Assets {
  byId: ReadonlyMap<string, AuctionAsset>;
  /** Ids of assets in another open auction. */
  taken: Set<string>;
}

/** The assets of lots that are about to open, in two statements for all of them. */
async function assetsOf(tx: Transaction, lots: readonly Auction[]): Promise<Assets> {
  const ids = [...new Set(lots.map(({ assetId }) => assetId))];
  const assets = await tx.em.find(AuctionAsset, { id: { $in: ids } });
  const others = await sqlIn<{ asset_id: string }>(
    tx.em,
    `select asset_id from auction.auctions where asset_id = any($1) and status in ('OPENING', 'OPEN')`,
    [ids],
  );
  return {
    byId: new Map(assets.map((asset) => [asset.id, asset])),
    taken: new Set(others.map(({ asset_id: id }) => id)),
  };
}

/** Why this lot cannot request its asset now; null if it can. An asset is in one auction at a time. */
function obstacle({ assetId, sellerId, endsAt }: Auction, { byId, taken }: Assets, now: Date): string | null {
  const asset = byId.get(assetId);
  if (!asset || asset.ownerId !== sellerId) return 'The asset no longer belongs to the seller.';
  if (!asset.isPublished()) return 'Only an asset that is published and not on sale elsewhere can be auctioned.';
  if (taken.has(assetId)) return 'The asset is in another open auction.';
  return endsAt <= now ? 'The end of this lot is past. Set a later `endsAt` first.' : null;
}

function requestAsset(tx: Transaction, auction: Auction, now: Date): void {
  announce(tx, auction);
  auction.status = 'OPENING';
  auction.openingAt = now;
  auction.updatedAt = tx.now();
  tx.emit(auctionOpenRequested, auction.id, lotOf(auction));
}

/** Starts to open a locked lot. A unique index decides between two lots of one asset that open at the same time. */
export async function requestOpening(tx: Transaction, auction: Auction): Promise<void> {
  const now = await databaseTime(tx);
  const reason = obstacle(auction, await assetsOf(tx, [auction]), now);
  if (reason) throw new Conflict(reason);
  // The seller may have founded organizations since the lot was created.
  auction.barred = [...new Set([...auction.barred, ...barredBy(tx.actor, auction.sellerId)])];
  auction.sellerOwnerId ??= sellerOwnerOf(tx.actor, auction.sellerId);
  requestAsset(tx, auction, now);
}

/**
 * For the closer: starts to open those of these lots that are due and not opening yet. If the asset of a lot cannot be auctioned the lot
 * is withdrawn, because no caller would get an error.
 */
export async function openDue(tx: Transaction, auctionIds: readonly string[]): Promise<void> {
  const locked = await auctions.lockAll(tx, auctionIds);
  const now = await databaseTime(tx);
  const due = locked.filter(({ status, opensAt }) => status === 'SCHEDULED' && opensAt && opensAt <= now);
  if (due.length === 0) return;
  const assets = await assetsOf(tx, due);
  for (const auction of due) {
    const reason = obstacle(auction, assets, now);
    if (reason) withdraw(tx, auction, reason, now);
    else {
      requestAsset(tx, auction, now);
      // Taken for the next lot of the same asset.
      assets.taken.add(auction.assetId);
    }
  }
}

/** For the reaction to an asset that was reserved for its lot: the lot now takes bids. */
export async function assetKept(tx: Transaction, auctionId: string): Promise<void> {
  const auction = await auctions.lock(tx, auctionId);
  if (auction?.status !== 'OPENING') return;
  const now = await databaseTime(tx);
  auction.status = 'OPEN';
  auction.openedAt = now;
  auction.updatedAt = tx.now();
  tx.emit(auctionOpened, auction.id, {
    ...lotOf(auction),
    startPrice: moneyFact(auction.startPrice, auction.currency),
    openedAt: now.toISOString(),
  });
}

/**
 * For the reaction to an asset that could not be reserved for its lot, or no longer is: the winner would get nothing. A lot that has
 * not ended is withdrawn, whatever the rules for sellers; a sale that is still owed is cancelled. Any other lot stays unchanged: its
 * own end took the asset off sale.
 */
export async function assetLost(tx: Transaction, auctionId: string, reason: string): Promise<void> {
  const auction = await auctions.lock(tx, auctionId);
  if (!auction) return;
  const now = await databaseTime(tx);
  if (auction.status === 'OPENING' || auction.status === 'OPEN') withdraw(tx, auction, reason, now);
  else if (auction.settlementStatus === 'OWED') defaultSale(tx, auction, reason, now);
}

/** Ends a locked lot without a sale; the reason is public. */
export function withdraw(tx: Transaction, auction: Auction, reason: string, now: Date): void {
  auction.status = 'CANCELLED';
  auction.cancelReason = reason;
  auction.endedAt = now;
  auction.updatedAt = tx.now();
  tx.emit(auctionCancelled, auction.id, { ...lotOf(auction), reason });
}
