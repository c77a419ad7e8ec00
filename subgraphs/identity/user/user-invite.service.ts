import { LockMode } from '@mikro-orm/core';
import { roleIncludes } from '../../../platform/access/permission.ts';
import type { OrganizationRole } from '../../../platform/context/actor.ts';
import type { Transaction } from '../../../platform/context/context.ts';
import { Actor } from '../actor/actor.entity.ts';
import { makeActor } from '../actor/actor.service.ts';
import { userInvited } from '../events.ts';
import { accountMailsQueue } from '../mail/account-mail.service.ts';
import type { Invitation } from '../invitation/invitation.entity.ts';
import { invitationsSend, invitedKey } from '../invitation/invitation.service.ts';
import type { CheckedInvite, InviteFault, InviteValues } from './user-invite-line.ts';

export interface InvitedLine {
  line: number;
  user: Actor;
  created: boolean;
  invitation: Invitation | null;
}

export interface InviteResult {
  lines: InvitedLine[];
  created: number;
  unchanged: number;
  rejected: InviteFault[];
}

type GoodLine = { line: number; values: InviteValues };

/**
 * Makes accounts without a password for people who are not known yet, and invites those who are to join an organization. Whoever has an account
 * keeps it as it is, with the role they have; so the same lines again change nothing. Nobody joins an organization by it: they are
 * invited, by an operator who may invite there like everybody else. The number of statements does not depend on
 * the lines.
 */
export async function userInvite(
  tx: Transaction,
  checked: readonly CheckedInvite[],
  options: { sendMail: boolean },
): Promise<InviteResult> {
  tx.must('identity.user.invite', null);
  const rejected = checked.flatMap((each) => ('fault' in each ? [each.fault] : []));
  const { good, unknown } = await withOrganization(
    tx,
    checked.flatMap((each) => ('fault' in each ? [] : [each])),
  );
  // Locked in the order of their ids, since their rights may change.
  const known = await tx.em.find(
    Actor,
    { kind: 'USER', email: { $in: good.map(({ values }) => values.email) } },
    { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } },
  );
  const byEmail = new Map(known.map((user) => [user.email, user]));
  const lines = good.map(({ line, values }): Omit<InvitedLine, 'invitation'> & { values: InviteValues } => {
    const user = byEmail.get(values.email);
    if (user) return { line, user, created: false, values };
    const { email, displayName } = values;
    return { line, user: makeActor(tx, { kind: 'USER', displayName, email }), created: true, values };
  });
  const fresh = lines.filter((each) => each.created);
  const mails = await accountMailsQueue(
    tx,
    (options.sendMail ? fresh : []).map(({ user, values }) => ({
      template: 'ACCOUNT_SETUP',
      recipient: values.email,
      subjectId: user.id,
    })),
  );
  for (const { user } of fresh) {
    tx.emit(userInvited, user.id, { userId: user.id, accountMailId: mails.get(user.id) ?? null });
  }
  const sent = await invitationsSend(
    tx,
    lines.flatMap(({ user, values: { organizationId, role } }) =>
      organizationId ? [{ organizationId, actorId: user.id, role }] : [],
    ),
  );
  const created = fresh.length;
  return {
    lines: lines.map(({ line, user, created: isNew, values: { organizationId } }) => ({
      line,
      user,
      created: isNew,
      invitation: (organizationId && sent.get(invitedKey({ organizationId, actorId: user.id }))) || null,
    })),
    created,
    unchanged: lines.length - created,
    rejected: [...rejected, ...unknown].sort((a, b) => a.line - b.line),
  };
}

/** The lines whose organization exists and to which the operator may invite, and the faults of the others. */
async function withOrganization(
  tx: Transaction,
  lines: readonly GoodLine[],
): Promise<{ good: GoodLine[]; unknown: InviteFault[] }> {
  const wanted = [...new Set(lines.flatMap(({ values }) => values.organizationId ?? []))];
  const organizations = wanted.length
    ? await tx.em.find(
        Actor,
        { id: { $in: wanted }, kind: 'ORGANIZATION', closedAt: null },
        { fields: ['id'], lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } },
      )
    : [];
  const ids = new Set<string | null>([null, ...organizations.map(({ id }) => id)]);
  const faultOf = ({ organizationId, role }: InviteValues): Pick<InviteFault, 'code' | 'field' | 'message'> | null => {
    const field = 'organizationId';
    if (!ids.has(organizationId)) return { field, code: 'not_found', message: 'There is no such organization.' };
    if (organizationId === null || mayInvite(tx, organizationId, role)) return null;
    return { field, code: 'forbidden', message: 'You may not invite to this organization, or not to this role.' };
  };
  const faults = lines.map(({ line, values }) => ({ line, fault: faultOf(values) }));
  return {
    good: lines.filter((_, n) => !faults[n]?.fault),
    unknown: faults.flatMap(({ line, fault }) => (fault ? [{ line, ...fault }] : [])),
  };
}

/** Operators let nobody into organizations of others. */
function mayInvite(tx: Transaction, organizationId: string, role: OrganizationRole): boolean {
  const own = tx.actor.memberships.find((membership) => membership.organizationId === organizationId);
  return (
    tx.actor.delegate === null &&
    tx.can('identity.invitation.send', organizationId) &&
    own !== undefined &&
    roleIncludes(own.role, role)
  );
}
