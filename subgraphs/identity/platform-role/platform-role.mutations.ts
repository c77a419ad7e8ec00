import { roleIncludes } from '../../../platform/access/permission.ts';
import type { Transaction } from '../../../platform/context/context.ts';
import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { Forbidden } from '../../../platform/errors/errors.ts';
import { setupActorId } from '../../../platform/context/actor.ts';
import { Actor, PlatformRole } from '../actor/actor.entity.ts';
import { actors } from '../actor/actor.noun.ts';
import { platformRolesSet } from '../events.ts';
import { lockOperators, refuseLast } from './operators.service.ts';

/** Operators cannot give roles to themselves or to their own programs, and the last operator stays. */
export const platformRoleSet = mutation('platformRoleSet', {
  access: 'identity.platformRole.set',
  description:
    'Sets the platform roles of an actor. Operators may give up their own roles, but only another operator can give them one.',
  errors:
    'NOT_FOUND, FORBIDDEN, also for giving a role to oneself, to one’s own agents or services, or to those of an organization in which one is an editor, CONFLICT for the last person who is an operator',
  tells: [platformRolesSet],
  input: {
    actorId: arg.id(['usr', 'svc', 'agt'], 'The person, agent or service.'),
    roles: arg.enums(PlatformRole, 'All roles that the actor has from now on; an empty list removes all.'),
  },
  answers: [actors, 'The actor with its new roles.'],
  async run(tx, { actorId, roles }) {
    const operators = await lockOperators(tx, actorId);
    const actor = tx.found(await tx.em.findOne(Actor, { id: actorId, closedAt: null }), ['input', 'actorId']);
    tx.must('identity.platformRole.set', null);
    // The permission was checked against a snapshot that may be some seconds old; the rows are current.
    const asks = [tx.actorId, ...(tx.actor.delegate === null ? [] : [tx.actor.delegate])];
    const isHouse = tx.system || tx.actorId === setupActorId;
    if (!isHouse && !asks.every((id) => operators.has(id)))
      throw new Forbidden('Only operators set platform roles, and you are no longer one.');
    const previousRoles = actor.platformRoles;
    const given = roles.filter((role) => !previousRoles.includes(role));
    if (given.length > 0 && isOwn(tx, actor))
      throw new Forbidden(
        'roles: you cannot give platform roles to yourself or to your own agents and services. Ask another operator.',
        { path: ['input', 'roles'] },
      );
    if (given.length === 0 && previousRoles.every((role) => roles.includes(role))) return actor;
    if (!roles.includes('OPERATOR')) refuseLast(operators, actorId);
    actor.setPlatformRoles(roles);
    actor.updatedAt = tx.now();
    tx.emit(platformRolesSet, actorId, { actorId, roles: actor.platformRoles, previousRoles });
    return actor;
  },
});

/** Whether the actor is the caller, or an agent or service of the caller or of an organization in which the caller is an editor. */
function isOwn(tx: Transaction, { id, kind, ownerId }: Actor): boolean {
  const selves = [tx.actorId, tx.actor.delegate];
  if (selves.includes(id)) return true;
  if ((kind !== 'AGENT' && kind !== 'SERVICE') || !ownerId) return false;
  const mayCommand = tx.actor.memberships.some(
    ({ organizationId, role }) => organizationId === ownerId && roleIncludes(role, 'EDITOR'),
  );
  return selves.includes(ownerId) || mayCommand;
}
