import { organizationsOf, roleIncludes } from '../../../platform/access/permission.ts';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';
import type { Auction } from '../auction/auction.entity.ts';
import type { OrganizationMember } from './relation.entity.ts';

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

/** Who sells a lot: its seller, and to whom an agent or service belongs that sells its own thing. */
export function sellersOf(
  { sellerId, sellerOwnerId }: Pick<Auction, 'sellerId'> & Partial<Pick<Auction, 'sellerOwnerId'>>,
  toldOwnerId?: string | null,
): string[] {
  return [sellerId, sellerOwnerId ?? toldOwnerId].filter((id) => typeof id === 'string');
}

/** Who stands behind a bid: who bids, for whom, the delegate, the owner of an agent or service, and who made its key. */
export function behind(actor: ActorSnapshot, bidderId: string | null): string[] {
  const all = [bidderId, actor.id, actor.delegate, actor.ownerId, actor.issuer?.id];
  return [...new Set(all.filter((id) => typeof id === 'string'))];
}

/** What facts told of those who stand behind a bid, whatever the rights are with which it comes. */
export interface Told {
  /** Of the organizations that bid, as long as they belong to them. */
  founders: readonly string[];
  sellerOwnerId: string | null;
  members: readonly Pick<OrganizationMember, 'organizationId' | 'role' | 'since' | 'leftAt'>[];
}

const nothing: Told = { founders: [], sellerOwnerId: null, members: [] };

/**
 * Whether this actor, bidding for `bidderId`, acts for the seller, asked when the bid comes: whoever stands behind the bid, and whoever may
 * sell for the selling organization. Its other members are barred when they were members at the opening: nobody is barred by what a
 * seller does afterwards, and nobody is free by leaving. An organization that the seller founded, even afterwards, does not bid
 * while the seller belongs to it; its members bid for themselves.
 */
export function isBarred(
  auction: Pick<Auction, 'sellerId' | 'barred' | 'openedAt'> & Partial<Pick<Auction, 'sellerOwnerId' | 'openingAt'>>,
  actor: ActorSnapshot,
  bidderId: string,
  told: Told = nothing,
): boolean {
  const sellers = sellersOf(auction, told.sellerOwnerId);
  const named = behind(actor, bidderId);
  if (sellers.some((id) => told.founders.includes(id))) return true;
  if (named.some((id) => sellers.includes(id) || auction.barred.includes(id))) return true;
  const opened = auction.openedAt?.getTime() ?? null;
  const opening = auction.openingAt?.getTime() ?? opened;
  const isMember = actor.memberships.some(
    ({ organizationId, role, since }) =>
      sellers.includes(organizationId) &&
      (roleIncludes(role, 'EDITOR') || opened === null || since === undefined || since < opened),
  );
  return (
    isMember ||
    told.members.some(({ organizationId, role, since, leftAt }) => {
      if (!sellers.includes(organizationId)) return false;
      const left = leftAt?.getTime() ?? null;
      if (left === null && roleIncludes(role, 'EDITOR')) return true;
      return (opened === null || since.getTime() < opened) && (left === null || opening === null || left >= opening);
    })
  );
}
