import type { Transaction } from '../../../platform/context/context.ts';
import type { PlatformRole } from '../../../platform/context/actor.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Conflict, Forbidden } from '../../../platform/errors/errors.ts';
import { setupActorId } from '../../../platform/subgraph/build.ts';
import { roleIncludes } from '../../../platform/access/permission.ts';
import { lockOrder } from '../actor/actor-locks.service.ts';
import { Actor } from '../actor/actor.entity.ts';
import { platformRolesSet } from '../events.ts';

/**
 * Locks all operators of the universe and one more actor; answers the operators. The role is given and taken under these locks, so that
 * two who remove each other at once do not both succeed.
 */
async function lockOperators(tx: Transaction, actorId: string): Promise<Set<string>> {
  const rows = await sqlIn<{ id: string; kind: string; operator: boolean }>(
    tx.em,
    `select id, kind, 'OPERATOR' = any(platform_roles) as operator from identity.actors
    where universe_id = $1 and closed_at is null and (id = $2 or 'OPERATOR' = any(platform_roles))
    order by ${lockOrder} for update`,
    [tx.universe, actorId],
  );
  return new Set(rows.filter((row) => row.operator).map(({ id }) => id));
}

/** People who are operators; a program cannot be asked to appoint somebody. */
function people(operators: ReadonlySet<string>): string[] {
  return [...operators].filter((id) => id.startsWith('usr_'));
}

/** Refuses to let the last person go who is an operator. Takes the locks under which operators are counted. */
export async function checkOperatorStays(tx: Transaction, actor: Actor): Promise<void> {
  if (!actor.platformRoles.includes('OPERATOR')) return;
  refuseLast(await lockOperators(tx, actor.id), actor.id);
}

function refuseLast(operators: ReadonlySet<string>, actorId: string): void {
  const left = people(operators);
  if (left.length === 1 && left[0] === actorId)
    throw new Conflict('This is the last person who is an operator. Make somebody else one first.', {
      path: ['input', 'roles'],
    });
}

/** Gives and takes platform roles. Nobody gives themselves one, nor a program that acts for them; the last operator stays. */
export async function platformRoleSet(
  tx: Transaction,
  input: { actorId: string; roles: PlatformRole[] },
): Promise<Actor> {
  const operators = await lockOperators(tx, input.actorId);
  const actor = tx.found(await tx.em.findOne(Actor, { id: input.actorId, closedAt: null }), ['input', 'actorId']);
  tx.must('identity.platformRole.set', null);
  // The snapshot by which the right was decided may be some seconds old; the row is not.
  const asks = [tx.actorId, ...(tx.actor.delegate === null ? [] : [tx.actor.delegate])];
  if (!isHouse(tx) && !asks.every((id) => operators.has(id)))
    throw new Forbidden('Whoever gives platform roles is an operator, and you are none any more.');
  const previousRoles = actor.platformRoles;
  const given = input.roles.filter((role) => !previousRoles.includes(role));
  if (given.length > 0 && isOwn(tx, actor))
    throw new Forbidden('Nobody gives platform roles to themselves or to what acts for them. Ask another operator.', {
      path: ['input', 'roles'],
    });
  if (given.length === 0 && previousRoles.every((role) => input.roles.includes(role))) return actor;
  if (!input.roles.includes('OPERATOR')) refuseLast(operators, actor.id);
  actor.setPlatformRoles(input.roles);
  actor.updatedAt = tx.now();
  tx.emit(platformRolesSet, actor.id, {
    actorId: actor.id,
    roles: actor.platformRoles,
    previousRoles,
  });
  return actor;
}

function isHouse(tx: Transaction): boolean {
  return tx.system || tx.actorId === setupActorId;
}

/** Whether this is who asks, or a program that they or an organization of which they are an administrator command. */
function isOwn(tx: Transaction, actor: Actor): boolean {
  const selves = [tx.actorId, tx.actor.delegate];
  if (selves.includes(actor.id)) return true;
  if (actor.kind !== 'AGENT' && actor.kind !== 'SERVICE') return false;
  const owner = actor.ownerId ?? null;
  if (owner === null) return false;
  return (
    selves.includes(owner) ||
    tx.actor.memberships.some(({ organizationId, role }) => organizationId === owner && roleIncludes(role, 'EDITOR'))
  );
}
