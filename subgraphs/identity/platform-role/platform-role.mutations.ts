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

/** Gives and takes platform roles. Nobody gives themselves one, nor a program that acts for them; the last operator stays. */
export const platformRoleSet = mutation('platformRoleSet', {
  access: 'identity.platformRole.set',
  description:
    'Sets the platform roles of somebody. Operators may give up roles of their own, but another operator gives them.',
  errors:
    'NOT_FOUND, FORBIDDEN also for a role that the viewer would give to themselves, their own agents or services, or those of an organization in which they are an editor, CONFLICT for the last person who is an operator',
  tells: [platformRolesSet],
  input: {
    actorId: arg.id(['usr', 'svc', 'agt'], 'A person, agent or service.'),
    roles: arg.enums(PlatformRole, 'The roles from now on; an empty list takes all.'),
  },
  answers: [actors, 'The actor with its new roles.'],
  async run(tx, { actorId, roles }) {
    const operators = await lockOperators(tx, actorId);
    const actor = tx.found(await tx.em.findOne(Actor, { id: actorId, closedAt: null }), ['input', 'actorId']);
    tx.must('identity.platformRole.set', null);
    // The snapshot by which the right was decided may be some seconds old; the row is not.
    const asks = [tx.actorId, ...(tx.actor.delegate === null ? [] : [tx.actor.delegate])];
    const isHouse = tx.system || tx.actorId === setupActorId;
    if (!isHouse && !asks.every((id) => operators.has(id)))
      throw new Forbidden('Whoever gives platform roles is an operator, and you are none any more.');
    const previousRoles = actor.platformRoles;
    const given = roles.filter((role) => !previousRoles.includes(role));
    if (given.length > 0 && isOwn(tx, actor))
      throw new Forbidden('Nobody gives platform roles to themselves or to what acts for them. Ask another operator.', {
        path: ['input', 'roles'],
      });
    if (given.length === 0 && previousRoles.every((role) => roles.includes(role))) return actor;
    if (!roles.includes('OPERATOR')) refuseLast(operators, actorId);
    actor.setPlatformRoles(roles);
    actor.updatedAt = tx.now();
    tx.emit(platformRolesSet, actorId, { actorId, roles: actor.platformRoles, previousRoles });
    return actor;
  },
});

/** Whether this is who asks, or a program that they or an organization of which they are an editor command. */
function isOwn(tx: Transaction, { id, kind, ownerId }: Actor): boolean {
  const selves = [tx.actorId, tx.actor.delegate];
  if (selves.includes(id)) return true;
  if ((kind !== 'AGENT' && kind !== 'SERVICE') || !ownerId) return false;
  const mayCommand = tx.actor.memberships.some(
    ({ organizationId, role }) => organizationId === ownerId && roleIncludes(role, 'EDITOR'),
  );
  return selves.includes(ownerId) || mayCommand;
}
