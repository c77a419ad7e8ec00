import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import { lockOrder } from '../actor/actor-locks.service.ts';
import type { Actor } from '../actor/actor.entity.ts';

/**
 * Locks all operators of the universe and one more actor; returns the operators. The role is given and taken under these locks, so that
 * two operators cannot remove each other at the same time.
 */
export async function lockOperators(tx: Transaction, actorId: string): Promise<Set<string>> {
  const rows = await sqlIn<{ id: string; operator: boolean }>(
    tx.em,
    `select id, 'OPERATOR' = any(platform_roles) as operator from identity.actors
    where universe_id = $1 and closed_at is null and (id = $2 or 'OPERATOR' = any(platform_roles))
    order by ${lockOrder} for update`,
    [tx.universe, actorId],
  );
  return new Set(rows.filter((row) => row.operator).map(({ id }) => id));
}

/** Throws CONFLICT if the actor is the last operator who is a person. Takes the locks under which operators are counted. */
export async function checkOperatorStays(tx: Transaction, actor: Actor): Promise<void> {
  if (actor.platformRoles.includes('OPERATOR')) refuseLast(await lockOperators(tx, actor.id), actor.id);
}

export function refuseLast(operators: ReadonlySet<string>, actorId: string): void {
  // A program cannot be asked to appoint another operator.
  const people = [...operators].filter((id) => id.startsWith('usr_'));
  if (people.length === 1 && people[0] === actorId)
    throw new Conflict('This is the last person who is an operator. Make another person an operator first.', {
      path: ['input', 'roles'],
    });
}
