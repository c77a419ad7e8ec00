import type { FilterQuery } from '@mikro-orm/postgresql';
import { isOperator } from '../../../platform/access/permission.ts';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';
import { assetVisible, ownersOf } from '../asset/asset.policy.ts';
import type { AssetLink } from './asset-link.entity.ts';

/** An accepted link is seen by whoever sees its asset; what is proposed or declined only by the owners of its two ends. */
export function assetLinkVisible(actor: ActorSnapshot): FilterQuery<AssetLink> {
  if (isOperator(actor)) return {};
  const accepted = { status: 'ACCEPTED', asset: assetVisible(actor) as object } as const;
  if (actor.id === null) return accepted;
  return { $or: [accepted, assetLinkOwned(actor)] } as FilterQuery<AssetLink>;
}

/** The links at one end of which is an asset of the actor, or of an organization of the actor's. */
export function assetLinkOwned(actor: ActorSnapshot): FilterQuery<AssetLink> {
  const own = { $in: ownersOf(actor) };
  return { $or: [{ asset: { ownerId: own } }, { targetOwnerId: own }] } as FilterQuery<AssetLink>;
}
