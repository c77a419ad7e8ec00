import type { FilterQuery } from '@mikro-orm/postgresql';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';
import { assetVisible } from '../asset/asset.policy.ts';
import type { Media } from './media.entity.ts';

/** Whoever sees an asset sees its media, as long as they belong to it. */
export function mediaVisible(actor: ActorSnapshot): FilterQuery<Media> {
  return { asset: assetVisible(actor) as object, detachedAt: null };
}
