import { inScope, organizationsOf, readScope } from '../../../platform/access/permission.ts';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';

/**
 * Whether the actor sees what is hidden of this bidder's bids: maxima, raises, sealed bids. The bidder does, acting directly; of an
 * organization's bids, members who may bid for it. Not who acts on somebody's behalf; nor who holds a role of the platform, who could
 * become a member; nor a service or agent with a key that somebody from outside its organization made, or one limited to scopes
 * without `auction.read`.
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

/**
 * Who places a bid in truth: the delegate who acts on the bidder's behalf, or who made the key from outside the organization. A
 * maximum that this one placed is known to this one.
 */
export function placerOf(actor: ActorSnapshot): string | null {
  const outsider = actor.issuer && !actor.issuer.isMember ? actor.issuer.id : null;
  return actor.delegate ?? outsider ?? actor.id;
}
