import type { FilterQuery } from '@mikro-orm/postgresql';
import { isOperator, organizationsOf } from '../../../platform/access/permission.ts';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';
import type { Asset } from './asset.entity.ts';

/** Whatever is published is seen by all; drafts and the archive by their owners. */
export function assetVisible(actor: ActorSnapshot): FilterQuery<Asset> {
  if (isOperator(actor)) return {};
  if (actor.id === null) return { status: 'PUBLISHED' };
  return { $or: [{ status: 'PUBLISHED' }, { ownerId: { $in: ownersOf(actor) } }] };
}

/** The ids for which the actor sees what is not published: the own one and those of the organizations. */
export function ownersOf(actor: ActorSnapshot): string[] {
  return actor.id === null ? [] : [actor.id, ...organizationsOf(actor, 'GUEST')];
}
