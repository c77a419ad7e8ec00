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

/** Whether an actor sees what only its owner, the members of an owning organization, and operators see. */
export function owns(actor: ActorSnapshot, ownerId: string): boolean {
  return isOperator(actor) || ownersOf(actor).includes(ownerId);
}

/** The same as a condition on rows with an owner, such as imports. */
export function visibleToOwners<E extends { ownerId: string }>(actor: ActorSnapshot): FilterQuery<E> | null {
  if (actor.id === null) return null;
  return (isOperator(actor) ? {} : { ownerId: { $in: ownersOf(actor) } }) as FilterQuery<E>;
}
