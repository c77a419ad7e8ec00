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
  'The viewer’s own password, at most 200 characters. Optional within ten minutes of signing in.',
).optional();

/** Compares the password, if one was given. */
function prepare(given: { password?: string | undefined }, context: Context): ClosingProof | Promise<ClosingProof> {
  return given.password === undefined ? null : passwordProof(context, given.password);
}

/** Erases personal data; the id stays, with what refers to it. */
export const userClose = mutation('userClose', {
  access: 'signedIn',
  description:
    'Closes the viewer’s account, immediately and for good. Name, e-mail address, profile, password, addresses, mails and the network and device of sessions are erased; all sessions and the viewer’s agents end; the e-mail address can be used again. Other systems archive the viewer’s assets, withdraw lots that are not open yet, delete watches, and cancel or decline pending transfers.',
  errors:
    'FORBIDDEN without the password or a recent sign-in, CONFLICT while others rely on the account, with an issue for each of `viewer { closeBlockers }`, and for the last operator, TOO_MANY with `retryAfter` in seconds after wrong passwords',
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
      throw new Conflict(`You are a member of more than ${endedAtMost} organizations. Leave some of them first.`);
    const issues = [...(await businessIssues(tx, user.id)), ...(await ownersIssues(tx, held))];
    if (issues.length > 0) throw new Conflict(`Others still rely on this account: ${issues[0]?.message}`, { issues });
    await checkOperatorStays(tx, user);
    await eraseBelongings(tx, user);
    user.close(tx.now(), user.id);
    tx.emit(userClosed, user.id, { actorId: user.id });
    return user;
  },
});

/** The name of an organization stays, as a firm's name stays on what it has signed. */
export const organizationClose = mutation('organizationClose', {
  access: 'identity.organization.close',
  description:
    'Closes an organization, immediately and for good; only for its owners. Its profile, addresses and invitations are erased; memberships, agents, services and keys end; its id and name stay in everything that refers to it. The person who closed it may repeat the call and gets the same result.',
  errors:
    'NOT_FOUND, FORBIDDEN without the password or a recent sign-in, CONFLICT with an issue for each obstacle (assets that are not archived, lots on which it leads or that are not settled, pending transfers, child organizations; at most 100 lots and transfers and 20 organizations are named) and with more than 1,000 members, TOO_MANY with `retryAfter` in seconds after wrong passwords',
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
    // A closed organization has no members left, so nobody has the permission: only the person who closed it may repeat the call.
    if (closedAt && closedBy === tx.actorId) tx.decided.add('identity.organization.close');
    else tx.must('identity.organization.close', organizationId);
    checkPerson(tx);
    if (closedAt) return organization;
    if ((await tx.em.count(Membership, { organizationId })) > endedAtMost)
      throw new Conflict(`The organization has more than ${endedAtMost} members. Remove some of them first.`);
    await lockClosingOf(tx, organization);
    await checkProof(tx, proof);
    await lockTree(tx);
    const issues = await organizationIssues(tx, organization);
    if (issues.length > 0)
      throw new Conflict(`Others still rely on this organization: ${issues[0]?.message}`, { issues });
    await eraseBelongings(tx, organization);
    organization.close(tx.now(), tx.actorId);
    tx.emit(organizationClosed, organizationId, { organizationId });
    return organization;
  },
});
