import { raw, type FilterQuery } from '@mikro-orm/postgresql';
import { isOperator, organizationsOf } from '../../../platform/access/permission.ts';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';
import type { Actor } from './actor.entity.ts';

/**
 * The actors that this actor may find: those discoverable by everyone, members of shared organizations that are discoverable by
 * members, itself, its organizations, and what it or they own. Closed accounts are never found.
 */
export function findable(actor: ActorSnapshot): FilterQuery<Actor> {
  if (isOperator(actor)) return { closedAt: null };
  if (actor.id === null) return { closedAt: null, discoverable: 'EVERYONE' };
  const organizations = organizationsOf(actor, 'GUEST');
  const own = [actor.id, ...organizations];
  const ways: object[] = [{ discoverable: 'EVERYONE' }, { id: { $in: own } }, { ownerId: { $in: own } }];
  if (organizations.length > 0) {
    const places = organizations.map(() => '?').join(', ');
    const shares = raw(
      (alias) =>
        `${alias}.id in (select m.actor_id from identity.memberships m where m.organization_id in (${places}))`,
      organizations,
    );
    ways.push({ discoverable: 'MEMBERS', [shares]: [] });
  }
  return { closedAt: null, $or: ways } as FilterQuery<Actor>;
}

/** The owner over whom a change of `actor` is authorized: people and organizations own themselves, agents and services have an owner. */
export function rightsOwner(actor: Actor, viewerId: string | null): string | null {
  if (actor.kind === 'USER' || actor.kind === 'ORGANIZATION' || actor.id === viewerId) return actor.id;
  return actor.ownerId ?? null;
}
