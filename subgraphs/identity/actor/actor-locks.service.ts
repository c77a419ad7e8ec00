import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';

/**
 * The order in which rows of actors are locked, so that no two transactions wait for each other: organizations, people, then agents and
 * services, each kind by id. What belongs to an actor (memberships, invitations, keys, sessions, mails, links) is locked after it.
 */
export const lockOrder = `array_position(array['ORGANIZATION', 'USER'], kind), id`;

/** Locks the rows of actors of the universe that meet a condition on `a`, in `lockOrder`; $1 is the universe. Answers their ids. */
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
