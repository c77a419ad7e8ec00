import type { FilterQuery } from '@mikro-orm/postgresql';
import { isOperator, organizationsOf } from '../../../platform/access/permission.ts';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';
import type { Auction } from './auction.entity.ts';

/** The public catalogue: each lot from its announcement. */
export const announced: FilterQuery<Auction> = { announcedAt: { $ne: null } };

/** Lots as their sellers see them, including drafts; operators may do what sellers may. */
export function lotVisible(actor: ActorSnapshot): FilterQuery<Auction> {
  if (isOperator(actor)) return {};
  if (actor.id === null) return announced;
  return { $or: [announced, { sellerId: { $in: sellersOf(actor) } }] };
}

/** For whom the actor may sell: itself, and organizations in which it is at least EDITOR. */
export function sellersOf(actor: ActorSnapshot): string[] {
  return actor.id === null ? [] : [actor.id, ...organizationsOf(actor, 'EDITOR')];
}
