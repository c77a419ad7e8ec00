import { raw, type FilterQuery } from '@mikro-orm/postgresql';
import { isOperator, organizationsOf } from '../../../platform/access/permission.ts';
import type { ActorSnapshot } from '../../../platform/context/actor.ts';
import type { Actor } from './actor.entity.ts';

/**
 * Whom this actor may find: whoever is there for everybody, those of shared organizations that are there for members, its own
 * organizations, and what it or they own. Closed accounts are found by nobody.
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

/** Over whose property a change of `actor` is decided: people and organizations are their own, the others are somebody's. */
export function rightsOwner(actor: Actor, viewerId: string | null): string | null {
  if (actor.kind === 'USER' || actor.kind === 'ORGANIZATION' || actor.id === viewerId) return actor.id;
  return actor.ownerId ?? null;
}
