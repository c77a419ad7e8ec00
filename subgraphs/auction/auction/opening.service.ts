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
 * A lot opens in two steps, each told by a fact. First it asks for its asset (OPENING). When the assets OS says that the asset is
 * kept for it, it takes bids (OPEN); when that OS refuses, it is withdrawn. So nothing is sold that somebody else could have.
 */

/** What the opening of lots depends on. */
interface Assets {
  byId: ReadonlyMap<string, AuctionAsset>;
  /** Those that are in an auction that is on. */
  taken: Set<string>;
}

/** The assets of lots that are to open, in two statements however many they are. */
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

/** Why this lot cannot ask for its asset now; null when it can. An asset is in one auction at a time. */
function obstacle({ assetId, sellerId, endsAt }: Auction, { byId, taken }: Assets, now: Date): string | null {
  const asset = byId.get(assetId);
  if (!asset || asset.ownerId !== sellerId) return 'The asset is not the seller’s any more.';
  if (!asset.isPublished()) return 'Only an asset that is published and not on sale elsewhere can be auctioned.';
  if (taken.has(assetId)) return 'The asset is in another open auction.';
  return endsAt <= now ? 'The end of this lot is past. Give it another one first.' : null;
}

function requestAsset(tx: Transaction, auction: Auction, now: Date): void {
  announce(tx, auction);
  auction.status = 'OPENING';
  auction.openingAt = now;
  auction.updatedAt = tx.now();
  tx.emit(auctionOpenRequested, auction.id, lotOf(auction));
}

/** Begins the opening of a locked lot. Two lots of one asset at the same moment are decided by the database's unique index. */
export async function requestOpening(tx: Transaction, auction: Auction): Promise<void> {
  const now = await databaseTime(tx);
  const reason = obstacle(auction, await assetsOf(tx, [auction]), now);
  if (reason) throw new Conflict(reason);
  // The organizations of the seller by now, who may have founded some since the lot was put up.
  auction.barred = [...new Set([...auction.barred, ...barredBy(tx.actor, auction.sellerId)])];
  auction.sellerOwnerId ??= sellerOwnerOf(tx.actor, auction.sellerId);
  requestAsset(tx, auction, now);
}

/**
 * For the closer: begins the opening of those of these lots whose time has come, if nobody else has. A lot whose asset cannot be
 * auctioned by then is withdrawn, since nobody is there to be told of an error.
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
      // The next lot of the same asset finds this one.
      assets.taken.add(auction.assetId);
    }
  }
}

/** For the reaction to an asset that was kept for its lot: from here on the lot takes bids. */
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
 * For the reaction to an asset that could not be kept for its lot, or is not any more: whoever won it would get nothing. A lot
 * that is not over is withdrawn, whatever the rules for sellers are; a sale that is still owed falls through. Any other lot stays
 * as it is: its own end took the asset off sale.
 */
export async function assetLost(tx: Transaction, auctionId: string, reason: string): Promise<void> {
  const auction = await auctions.lock(tx, auctionId);
  if (!auction) return;
  const now = await databaseTime(tx);
  if (auction.status === 'OPENING' || auction.status === 'OPEN') withdraw(tx, auction, reason, now);
  else if (auction.settlementStatus === 'OWED') defaultSale(tx, auction, reason, now);
}

/** Ends a locked lot without a sale, and tells everybody why. */
export function withdraw(tx: Transaction, auction: Auction, reason: string, now: Date): void {
  auction.status = 'CANCELLED';
  auction.cancelReason = reason;
  auction.endedAt = now;
  auction.updatedAt = tx.now();
  tx.emit(auctionCancelled, auction.id, { ...lotOf(auction), reason });
}
