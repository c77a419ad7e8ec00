import type { FilterQuery } from '@mikro-orm/postgresql';
import { isOperator, organizationsOf } from '../../../platform/access/permission.ts';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';
import { publicStatuses, type Asset } from './asset.entity.ts';

/** Published assets, also on sale or sold, are visible to everybody; drafts and archived ones to their owners. */
export function assetVisible(actor: ActorSnapshot): FilterQuery<Asset> {
  if (isOperator(actor)) return {};
  const shown = { status: { $in: [...publicStatuses] } };
  if (actor.id === null) return shown;
  return { $or: [shown, { ownerId: { $in: ownersOf(actor) } }] };
}

/** The owners whose unpublished assets the actor sees: itself and its organizations. */
export function ownersOf(actor: ActorSnapshot): string[] {
  return actor.id === null ? [] : [actor.id, ...organizationsOf(actor, 'GUEST')];
}

/** Whether an actor sees private data of this owner: the owner itself, members of an owning organization, and operators do. */
export function owns(actor: ActorSnapshot, ownerId: string): boolean {
  return isOperator(actor) || ownersOf(actor).includes(ownerId);
}

/** The same as a condition on rows with an owner, such as imports. */
export function visibleToOwners<E extends { ownerId: string }>(actor: ActorSnapshot): FilterQuery<E> | null {
  if (actor.id === null) return null;
  return (isOperator(actor) ? {} : { ownerId: { $in: ownersOf(actor) } }) as FilterQuery<E>;
}
