import type { Context } from '../../../platform/context/context.ts';
import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { Conflict } from '../../../platform/errors/errors.ts';
import { Actor } from '../actor/actor.entity.ts';
import { lockActor } from '../actor/actor-locks.service.ts';
import { organizations, users } from '../actor/actor.noun.ts';
import { businessIssues } from '../business/open-business.service.ts';
import { actorClosed, invitationRevoked, membershipRemoved, organizationClosed, userClosed } from '../events.ts';
import { Membership } from '../membership/membership.entity.ts';
import { lockTree } from '../organization/organization-tree.service.ts';
import { checkOperatorStays } from '../platform-role/operators.service.ts';
import { passwordProof } from '../user/password-proof.service.ts';
import { presentPassword } from '../user/user-arguments.ts';
import { checkPerson, checkProof, type ClosingProof } from './closing-proof.service.ts';
import { endedAtMost, lockClosing, lockClosingOf, organizationIssues, ownersIssues } from './closing.service.ts';
import { eraseBelongings } from './erasure.service.ts';

const password = presentPassword(
  'The viewer’s own password; it may be absent within ten minutes of signing in.',
).optional();

/** Compares the password, if one was given. */
function prepare(given: { password?: string | undefined }, context: Context): ClosingProof | Promise<ClosingProof> {
  return given.password === undefined ? null : passwordProof(context, given.password);
}

/** What is personal is erased; the id and what was done by it stay. */
export const userClose = mutation('userClose', {
  access: 'signedIn',
  description:
    'Closes the viewer’s account, at once and for good: name, e-mail address, profile, password, addresses, mails and the places of sessions are erased, all sessions and the viewer’s agents end, and the e-mail address is free again. Other systems archive what was theirs: assets, drafts of lots, watches; offers of assets end.',
  errors:
    'FORBIDDEN without the password or a fresh session, CONFLICT while others rely on it, with an issue for each of `viewer { closeBlockers }`, and for the last operator, TOO_MANY',
  tells: [userClosed, membershipRemoved, actorClosed, invitationRevoked],
  input: { password },
  answers: [users, 'The closed account. Its id stays in everything that refers to it.'],
  prepare,
  async run(tx, _given, proof) {
    checkPerson(tx);
    await lockClosing(tx);
    const user = tx.found(await tx.em.findOne(Actor, { id: tx.actorId, closedAt: null }));
    await checkProof(tx, proof);
    const held = await tx.em.find(Membership, { actorId: user.id }, { limit: endedAtMost + 1 });
    if (held.length > endedAtMost)
      throw new Conflict(`You are in more than ${endedAtMost} organizations. Leave some of them first.`);
    const issues = [...(await businessIssues(tx, user.id)), ...(await ownersIssues(tx, held))];
    if (issues.length > 0) throw new Conflict(`Others still rely on this account: ${issues[0]?.message}`, { issues });
    await checkOperatorStays(tx, user);
    await eraseBelongings(tx, user);
    user.close(tx.now(), user.id);
    tx.emit(userClosed, user.id, { actorId: user.id });
    return user;
  },
});

/** The name of an organization stays, as the name of a firm stays in what it has signed. */
export const organizationClose = mutation('organizationClose', {
  access: 'identity.organization.close',
  description:
    'Closes an organization, at once and for good, by one of its owners. Profile, addresses and invitations are erased, memberships, agents, services and keys end; its id and name stay in what refers to it. The person who closed it may repeat the call and gets the same result.',
  errors:
    'NOT_FOUND, FORBIDDEN without the password or a fresh session, CONFLICT with an issue for each hindrance (it owns assets that are not archived, or organizations stand under it), TOO_MANY',
  tells: [organizationClosed, membershipRemoved, actorClosed, invitationRevoked],
  input: { organizationId: arg.id('org', 'The organization to close.'), password },
  answers: [organizations, 'The closed organization. Its id and name stay in everything that refers to it.'],
  prepare,
  async run(tx, { organizationId }, proof) {
    const organization = tx.found(await lockActor(tx, { id: organizationId, kind: 'ORGANIZATION' }), [
      'input',
      'organizationId',
    ]);
    const { closedAt, closedBy } = organization;
    // Its members are gone, and with them who might close it: who did may repeat it, and everybody else who asks is refused.
    if (closedAt && closedBy === tx.actorId) tx.decided.add('identity.organization.close');
    else tx.must('identity.organization.close', organizationId);
    checkPerson(tx);
    if (closedAt) return organization;
    if ((await tx.em.count(Membership, { organizationId })) > endedAtMost)
      throw new Conflict(`More than ${endedAtMost} are members of it. Remove some of them first.`);
    await lockClosingOf(tx, organization);
    await checkProof(tx, proof);
    await lockTree(tx);
    const issues = await organizationIssues(tx, organization);
    if (issues.length > 0)
      throw new Conflict('Something still depends on this organization. Settle that first.', { issues });
    await eraseBelongings(tx, organization);
    organization.close(tx.now(), tx.actorId);
    tx.emit(organizationClosed, organizationId, { organizationId });
    return organization;
  },
});
