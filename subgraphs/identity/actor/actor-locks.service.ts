import { LockMode, type FilterQuery } from '@mikro-orm/postgresql';
import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Actor } from './actor.entity.ts';

/**
 * The order in which rows of actors are locked, so that two transactions never deadlock: organizations, people, then agents and
 * services, each kind by id. What belongs to an actor (memberships, invitations, keys, sessions, mails, links) is locked after it.
 */
export const lockOrder = `array_position(array['ORGANIZATION', 'USER'], kind), id`;

/** Locks the actors of the universe that meet a condition on `a`, in `lockOrder`; $1 is the universe. Returns their ids. */
export async function lockActorsWhere(tx: Transaction, condition: string, params: unknown[]): Promise<string[]> {
  const rows = await sqlIn<{ id: string }>(
    tx.em,
    `select a.id from identity.actors a where a.universe_id = $1 and (${condition}) order by ${lockOrder} for update of a`,
    [tx.universe, ...params],
  );
  return rows.map(({ id }) => id);
}

export function lockActors(tx: Transaction, ids: readonly string[]): Promise<string[]> {
  return lockActorsWhere(tx, 'a.id = any($2)', [ids]);
}

/** Locks and returns an actor; null if there is none. */
export function lockActor(tx: Transaction, where: FilterQuery<Actor>): Promise<Actor | null> {
  return tx.em.findOne(Actor, where, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

/** The same with a shared lock: no transaction changes the row before the commit. */
export function shareActor(tx: Transaction, where: FilterQuery<Actor>): Promise<Actor | null> {
  return tx.em.findOne(Actor, where, { lockMode: LockMode.PESSIMISTIC_READ });
}
