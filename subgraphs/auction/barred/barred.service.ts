import type { Transaction } from '../../../platform/context/context.ts';
import type { RequestInfo } from '../../../platform/context/request.ts';
import { prefixOf } from '../../../platform/ids/ids.ts';
import type { Auction } from '../auction/auction.entity.ts';
import { behind, isBarred, sellersOf } from './barred.policy.ts';
import { foundersOf, mayBeOwned, membersAmong, ownersOf } from './relation.service.ts';
import type { OrganizationMember } from './relation.entity.ts';

/** What the facts told of those who bid together and of the sellers of their lots. */
interface Known {
  founders: ReadonlyMap<string, string>;
  owners: ReadonlyMap<string, string>;
  members: readonly OrganizationMember[];
}

const knownKey = Symbol('who stands near to sellers');

const isOrganization = (id: string): boolean => prefixOf(id) === 'org';

/** Everybody who stands behind a bid: who makes it, for whom, and through whom. */
export function bidders({ actor, actingFor }: RequestInfo): string[] {
  return behind(actor, actingFor ?? actor.id);
}

/**
 * Reads what is told of those who bid on these lots: three statements at most, however many they are, and none where only people bid
 * on what people sell.
 */
export async function readBarred(
  tx: Transaction,
  lots: readonly Auction[],
  bidderIds: Iterable<string>,
): Promise<void> {
  const ids = [...new Set(bidderIds)];
  const organizations = ids.filter(isOrganization);
  // A lot knows it itself when its seller put it up; an operator may have, and lots of former days do not.
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

/** Whether whoever bids here acts for the seller of a lot that `readBarred` has looked at. */
export function bidsForSeller({ info, shared }: Transaction, auction: Auction, bidderId: string): boolean {
  const { founders, owners, members } = shared.get(knownKey) as Known;
  const named = behind(info.actor, bidderId);
  return isBarred(auction, info.actor, bidderId, {
    founders: named.flatMap((id) => founders.get(id) ?? []),
    sellerOwnerId: owners.get(auction.sellerId) ?? null,
    members: members.filter(({ actorId }) => named.includes(actorId)),
  });
}
