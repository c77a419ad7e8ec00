import type { FilterQuery } from '@mikro-orm/postgresql';
import { isOperator, organizationsOf } from '../../../platform/access/permission.ts';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';
import type { Auction } from './auction.entity.ts';

/** The public catalogue: each lot from its announcement on. */
export const announced: FilterQuery<Auction> = { announcedAt: { $ne: null } };

/** Lots as their sellers see them, including drafts; operators have the rights of sellers. */
export function lotVisible(actor: ActorSnapshot): FilterQuery<Auction> {
  if (isOperator(actor)) return {};
  if (actor.id === null) return announced;
  return { $or: [announced, { sellerId: { $in: sellersOf(actor) } }] };
}

/** The sellers the actor may act for: itself, and organizations in which it is at least EDITOR. */
export function sellersOf(actor: ActorSnapshot): string[] {
  return actor.id === null ? [] : [actor.id, ...organizationsOf(actor, 'EDITOR')];
}
