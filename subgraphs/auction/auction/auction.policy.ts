import type { FilterQuery } from '@mikro-orm/postgresql';
import { isOperator, organizationsOf } from '../../../platform/access/permission.ts';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';
import type { Auction } from './auction.entity.ts';

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
