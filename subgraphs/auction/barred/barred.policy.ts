import { organizationsOf, roleIncludes } from '../../../platform/access/permission.ts';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';
import type { Auction } from '../auction/auction.entity.ts';
import type { OrganizationMember } from './relation.entity.ts';

/** Organizations of a seller that are stored with a lot, at most. */
const barredAtMost = 200;

/**
 * The actors who may not bid on a lot that this actor creates for `sellerId`: the seller, the creator, the owner of an agent or service
 * that sells, and, if people sell their own things, the organizations for which they may bid.
 */
export function barredBy(actor: ActorSnapshot, sellerId: string): string[] {
  const own = sellerId === actor.id ? organizationsOf(actor, 'EDITOR') : [];
  const all = [sellerId, actor.id, actor.delegate, sellerOwnerOf(actor, sellerId), ...own].filter(
    (id): id is string => id !== null,
  );
  return [...new Set(all)].slice(0, barredAtMost);
}

/** The owner of an agent or service that sells its own thing; null for other sellers. */
export function sellerOwnerOf(actor: ActorSnapshot, sellerId: string): string | null {
  return sellerId === actor.id ? (actor.ownerId ?? null) : null;
}

/** The sellers of a lot: its seller, and the owner of an agent or service that sells its own thing. */
export function sellersOf(
  { sellerId, sellerOwnerId }: Pick<Auction, 'sellerId'> & Partial<Pick<Auction, 'sellerOwnerId'>>,
  toldOwnerId?: string | null,
): string[] {
  return [sellerId, sellerOwnerId ?? toldOwnerId].filter((id) => typeof id === 'string');
}

/** Everybody behind a bid: the bidder, the actor for the bidder, the delegate, the owner of an agent or service, and the creator of its key. */
export function behind(actor: ActorSnapshot, bidderId: string | null): string[] {
  const all = [bidderId, actor.id, actor.delegate, actor.ownerId, actor.issuer?.id];
  return [...new Set(all.filter((id) => typeof id === 'string'))];
}

/** Facts about everybody behind a bid, whatever rights it comes with. */
export interface Told {
  /** The founders of the bidding organizations who still belong to them. */
  founders: readonly string[];
  sellerOwnerId: string | null;
  members: readonly Pick<OrganizationMember, 'organizationId' | 'role' | 'since' | 'leftAt'>[];
}

const nothing: Told = { founders: [], sellerOwnerId: null, members: [] };

/**
 * Whether this actor, bidding for `bidderId`, acts for the seller at the time of the bid. Barred are sellers behind the bid, and actors
 * who may sell for the selling organization. Its other members are barred if they were members at the opening: nobody is barred by what
 * a seller does later, and nobody is freed by leaving. An organization that the seller founded, even after the opening, may not bid
 * while the seller belongs to it; its members may bid for themselves.
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
