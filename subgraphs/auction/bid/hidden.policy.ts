import { inScope, organizationsOf, readScope } from '../../../platform/access/permission.ts';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';

/**
 * Whether the actor sees the maxima, raises and sealed bids of this bidder. The bidder does, acting directly, and so do members who may
 * bid for a bidding organization. Delegates do not; nor holders of a platform role, who could become members; nor a service or agent
 * with a key that was made from outside its organization, or that is limited to scopes without `auction.read`.
 */
export function readsHidden(actor: ActorSnapshot, bidderId: string): boolean {
  if (actor.id === null || actor.delegate !== null) return false;
  const hasKey = actor.kind === 'SERVICE' || actor.kind === 'AGENT';
  if (hasKey && actor.issuer?.isMember !== true) return false;
  if (actor.id !== bidderId && actor.platformRoles.length > 0) return false;
  if (!inScope(actor, readScope('auction'))) return false;
  return actor.id === bidderId || organizationsOf(actor, 'EDITOR').includes(bidderId);
}

/** The bidders whose hidden bids the actor sees. */
export function hiddenBiddersOf(actor: ActorSnapshot): string[] {
  if (actor.id === null) return [];
  const all = [actor.id, ...actor.memberships.map(({ organizationId }) => organizationId)];
  return all.filter((id) => readsHidden(actor, id));
}

/** The actor who really places a bid: the delegate, or the outsider who made the key. They know the maximum that they placed. */
export function placerOf(actor: ActorSnapshot): string | null {
  const outsider = actor.issuer && !actor.issuer.isMember ? actor.issuer.id : null;
  return actor.delegate ?? outsider ?? actor.id;
}
