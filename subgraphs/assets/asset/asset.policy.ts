import type { FilterQuery } from '@mikro-orm/postgresql';
import { isOperator, organizationsOf } from '../../../platform/access/permission.ts';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';
import { publicStatuses, type Asset } from './asset.entity.ts';

/** What is published, on sale or sold is seen by all; drafts and the archive by their owners. */
export function assetVisible(actor: ActorSnapshot): FilterQuery<Asset> {
  if (isOperator(actor)) return {};
  const shown = { status: { $in: [...publicStatuses] } };
  if (actor.id === null) return shown;
  return { $or: [shown, { ownerId: { $in: ownersOf(actor) } }] };
}

/** The ids for which the actor sees what is not published: the own one and those of the organizations. */
export function ownersOf(actor: ActorSnapshot): string[] {
  return actor.id === null ? [] : [actor.id, ...organizationsOf(actor, 'GUEST')];
}
