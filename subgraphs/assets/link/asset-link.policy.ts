import type { FilterQuery } from '@mikro-orm/postgresql';
import { isOperator } from '../../../platform/access/permission.ts';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';
import { assetVisible, ownersOf } from '../asset/asset.policy.ts';
import type { AssetLink } from './asset-link.entity.ts';

/** An accepted link is visible with its asset; proposed and declined ones only to the owners of both ends. */
export function assetLinkVisible(actor: ActorSnapshot): FilterQuery<AssetLink> {
  if (isOperator(actor)) return {};
  const accepted = { status: 'ACCEPTED', asset: assetVisible(actor) as object } as const;
  if (actor.id === null) return accepted;
  return { $or: [accepted, assetLinkOwned(actor)] } as FilterQuery<AssetLink>;
}

/** The links with an asset of the actor, or of one of its organizations, at one end. */
export function assetLinkOwned(actor: ActorSnapshot): FilterQuery<AssetLink> {
  const own = { $in: ownersOf(actor) };
  return { $or: [{ asset: { ownerId: own } }, { targetOwnerId: own }] } as FilterQuery<AssetLink>;
}
