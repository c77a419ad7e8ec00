import type { FilterQuery } from '@mikro-orm/postgresql';
import { isOperator, organizationsOf } from '../../../platform/access/permission.ts';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';
import type { Auction } from './auction.entity.ts';

/** Organizations of one seller that are kept with the lot, at most. */
const barredAtMost = 200;

/** The catalogue is for everybody: each lot from the moment it is announced. */
export const announced: FilterQuery<Auction> = { announcedAt: { $ne: null } };

/** Lots as their sellers see them, drafts among them; operators do everything that sellers do. */
export function lotVisible(actor: ActorSnapshot): FilterQuery<Auction> {
  if (isOperator(actor)) return {};
  if (actor.id === null) return announced;
  return { $or: [announced, { sellerId: { $in: sellersOf(actor) } }] };
}

/** For whom the actor may sell: itself and the organizations in which it may edit. */
export function sellersOf(actor: ActorSnapshot): string[] {
  return actor.id === null ? [] : [actor.id, ...organizationsOf(actor, 'EDITOR')];
}

/**
 * Who may not bid on what this actor puts up for `sellerId`: the seller, whoever enters the lot, and, when people sell what is
 * their own, the organizations in which they can bid.
 */
export function barredBy(actor: ActorSnapshot, sellerId: string): string[] {
  const own = sellerId === actor.id ? organizationsOf(actor, 'EDITOR') : [];
  const all = [sellerId, actor.id, ...own].filter((id): id is string => id !== null);
  return [...new Set(all)].slice(0, barredAtMost);
}

/**
 * Whether this actor, bidding for `bidderId`, is the seller, belongs to the seller, or put up the lot. Who acts on somebody’s
 * behalf is taken for that somebody.
 */
export function isBarred(
  auction: Pick<Auction, 'sellerId' | 'barred'>,
  actor: ActorSnapshot,
  bidderId: string,
): boolean {
  const named = [bidderId, actor.id];
  if (named.some((id) => id !== null && (id === auction.sellerId || auction.barred.includes(id)))) return true;
  return actor.memberships.some(({ organizationId }) => organizationId === auction.sellerId);
}

/** Whether what is hidden of this bidder's bids is the actor's own: the bidder, or who may bid for the organization. */
export function isOwnBid(bidderId: string, actor: ActorSnapshot): boolean {
  return actor.id !== null && (actor.id === bidderId || organizationsOf(actor, 'EDITOR').includes(bidderId));
}
