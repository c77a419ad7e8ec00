import DataLoader from 'dataloader';
import type { Context, Transaction } from '../../../platform/context/context.ts';
import { TooMany } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import type { Auction } from '../auction/auction.entity.ts';
import { auctions } from '../auction/auction.query.ts';
import { AuctionWatch } from './auction-watch.entity.ts';

/** Lots that one actor watches at most. */
const watchesAtMost = 1000;

/** Watches a lot; repeating it changes nothing. Nobody is told. */
export async function auctionWatch(
  tx: Transaction,
  auctionId: string,
): Promise<{ auctionWatch: AuctionWatch; auction: Auction }> {
  const auction = tx.found(await auctions.load(tx, auctionId), ['input', 'auctionId']);
  const mine = { actorId: tx.actorId };
  const known = await tx.em.findOne(AuctionWatch, { ...mine, auctionId });
  if (known) return { auctionWatch: known, auction };
  if ((await tx.em.count(AuctionWatch, mine)) >= watchesAtMost)
    throw new TooMany(`You watch ${watchesAtMost} lots already. Unwatch some first.`);
  const now = tx.now();
  const standard = { id: newId('awt'), universeId: tx.universe, createdAt: now, updatedAt: now };
  const watch = tx.em.create(AuctionWatch, { ...standard, auctionId, ...mine });
  tx.em.persist(watch);
  return { auctionWatch: watch, auction };
}

export async function auctionUnwatch(tx: Transaction, auctionId: string): Promise<Auction> {
  const auction = tx.found(await auctions.load(tx, auctionId), ['input', 'auctionId']);
  await tx.em.nativeDelete(AuctionWatch, { actorId: tx.actorId, auctionId });
  return auction;
}

/** Whether the viewer watches a lot; in one statement for however many lots. */
export function isWatched(context: Context, auctionId: string): Promise<boolean> {
  return context.loader<boolean>(isWatched, () => new DataLoader((ids) => watchedOf(context, ids))).load(auctionId);
}

async function watchedOf(context: Context, auctionIds: readonly string[]): Promise<boolean[]> {
  const where = { actorId: context.actorId, auctionId: { $in: [...auctionIds] } };
  const watched = new Set((await context.em.find(AuctionWatch, where)).map(({ auctionId }) => auctionId));
  return auctionIds.map((id) => watched.has(id));
}
