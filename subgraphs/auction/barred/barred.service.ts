import type { Transaction } from '../../../platform/context/context.ts';
import type { RequestInfo } from '../../../platform/context/request.ts';
import { prefixOf } from '../../../platform/ids/ids.ts';
import type { Auction } from '../auction/auction.entity.ts';
import { behind, isBarred, sellersOf } from './barred.policy.ts';
import { foundersOf, mayBeOwned, membersAmong, ownersOf } from './relation.service.ts';
import type { OrganizationMember } from './relation.entity.ts';

/** Facts about a group of bidders and the sellers of their lots. */
interface Known {
  founders: ReadonlyMap<string, string>;
  owners: ReadonlyMap<string, string>;
  members: readonly OrganizationMember[];
}

const knownKey = Symbol('relations of bidders and sellers');

const isOrganization = (id: string): boolean => prefixOf(id) === 'org';

/** Everybody behind a bid, directly or indirectly. */
export function bidders({ actor, actingFor }: RequestInfo): string[] {
  return behind(actor, actingFor ?? actor.id);
}

/**
 * Reads the relations between bidders and sellers of these lots: at most three statements for all of them, and none if people bid on
 * lots of people.
 */
export async function readBarred(
  tx: Transaction,
  lots: readonly Auction[],
  bidderIds: Iterable<string>,
): Promise<void> {
  const ids = [...new Set(bidderIds)];
  const organizations = ids.filter(isOrganization);
  // Lots created by operators, and old ones, do not store the seller's owner.
  const owned = lots.flatMap(({ sellerId, sellerOwnerId }) =>
    sellerOwnerId || !mayBeOwned(sellerId) ? [] : [sellerId],
  );
  const owners = owned.length > 0 ? await ownersOf(tx, owned) : new Map<string, string>();
  const selling = new Set(lots.flatMap((lot) => sellersOf(lot, owners.get(lot.sellerId))).filter(isOrganization));
  tx.shared.set(knownKey, {
    owners,
    founders: organizations.length > 0 ? await foundersOf(tx, organizations) : new Map(),
    members: selling.size > 0 ? await membersAmong(tx, [...selling], ids) : [],
  } satisfies Known);
}

/** Whether this bidder acts for the seller of a lot. `readBarred` must have read the lot. */
export function bidsForSeller({ info, shared }: Transaction, auction: Auction, bidderId: string): boolean {
  const { founders, owners, members } = shared.get(knownKey) as Known;
  const named = behind(info.actor, bidderId);
  return isBarred(auction, info.actor, bidderId, {
    founders: named.flatMap((id) => founders.get(id) ?? []),
    sellerOwnerId: owners.get(auction.sellerId) ?? null,
    members: members.filter(({ actorId }) => named.includes(actorId)),
  });
}
