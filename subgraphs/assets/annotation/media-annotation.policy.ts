import type { FilterQuery } from '@mikro-orm/postgresql';
import { isOperator } from '../../../platform/access/permission.ts';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';
import { ownersOf } from '../asset/asset.policy.ts';
import { mediaVisible } from '../media/media.policy.ts';
import type { MediaAnnotation } from './media-annotation.entity.ts';

/** Whoever sees a picture sees what is said of it; what was archived is seen by whose the asset was then, not by whoever has it since. */
export function mediaAnnotationVisible(actor: ActorSnapshot): FilterQuery<MediaAnnotation> {
  const seen = { media: mediaVisible(actor) as object };
  if (isOperator(actor)) return seen;
  const own = { archivedOwnerId: { $in: ownersOf(actor) } };
  return { $and: [seen, { $or: [{ archivedAt: null }, own] }] } as FilterQuery<MediaAnnotation>;
}
