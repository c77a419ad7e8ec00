import { organizationsOf, roleIncludes } from '../../../platform/access/permission.ts';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';
import type { Auction } from '../auction/auction.entity.ts';

/** Organizations of one seller that are kept with the lot, at most. */
const barredAtMost = 200;

/**
 * Who may not bid on what this actor puts up for `sellerId`: the seller, whoever enters the lot, the owner of an agent or
 * service that sells, and, when people sell what is their own, the organizations in which they can bid.
 */
export function barredBy(actor: ActorSnapshot, sellerId: string): string[] {
  const own = sellerId === actor.id ? organizationsOf(actor, 'EDITOR') : [];
  const all = [sellerId, actor.id, actor.delegate, sellerOwnerOf(actor, sellerId), ...own].filter(
    (id): id is string => id !== null,
  );
  return [...new Set(all)].slice(0, barredAtMost);
}

/** To whom the agent or service belongs that sells under its own name; null when something else sells. */
export function sellerOwnerOf(actor: ActorSnapshot, sellerId: string): string | null {
  return sellerId === actor.id ? (actor.ownerId ?? null) : null;
}

/**
 * Whether this actor, bidding for `bidderId`, acts for the seller, asked when the bid comes: who bids, for whom, who stands behind it
 * (the delegate, the owner of an agent or service, who made its key), and whoever may sell for the selling organization. Its other
 * members are barred when they were members at the opening: nobody is barred by what a seller does afterwards. An organization that
 * the seller founded, even afterwards, does not bid while the seller belongs to it; its members bid for themselves. `founders` are
 * those of the organizations that bid here. The owner of an agent or service that sells is a seller too.
 */
export function isBarred(
  auction: Pick<Auction, 'sellerId' | 'barred' | 'openedAt'> & Partial<Pick<Auction, 'sellerOwnerId'>>,
  actor: ActorSnapshot,
  bidderId: string,
  founders: readonly string[] = [],
): boolean {
  const { openedAt } = auction;
  const sellers = [auction.sellerId, auction.sellerOwnerId].filter((id) => id != null);
  const named = [bidderId, actor.id, actor.delegate, actor.ownerId ?? null, actor.issuer?.id ?? null];
  if (sellers.some((id) => founders.includes(id))) return true;
  if (named.some((id) => id !== null && (sellers.includes(id) || auction.barred.includes(id)))) return true;
  return actor.memberships.some(
    ({ organizationId, role, since }) =>
      sellers.includes(organizationId) &&
      (roleIncludes(role, 'EDITOR') || !openedAt || since === undefined || since < openedAt.getTime()),
  );
}
