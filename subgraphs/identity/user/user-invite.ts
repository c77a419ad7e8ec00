import { Field, ID, InputType, Int } from 'type-graphql';
import { roleIncludes } from '../../../platform/access/permission.ts';
import type { Transaction } from '../../../platform/context/context.ts';
import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { valueType } from '../../../platform/declare/value-type.ts';
import { LineChecked } from '../../../platform/input/check.ts';
import { LockMode } from '@mikro-orm/core';
import { Actor } from '../actor/actor.entity.ts';
import { users } from '../actor/actor.noun.ts';
import { makeActor } from '../actor/actor.service.ts';
import { invitationSent, userInvited } from '../events.ts';
import { invitations } from '../invitation/invitation.noun.ts';
import { invitationsSend, invitedKey } from '../invitation/invitation.service.ts';
import { accountMailQueue } from '../mail/account-mail.service.ts';
import { OrganizationRole } from '../membership/membership.entity.ts';
import { checkInvites, type InviteFault, type InviteValues } from './user-invite-line.ts';

/** Lines of one call: its transaction stays well under two seconds. */
const linesAtMost = 500;

@LineChecked('A line at fault is reported by its number, and the other lines of its call go in.')
@InputType('UserInviteLineInput', {
  description: 'One person to invite. An invalid line does not refuse the call: it is reported by its number.',
})
export class UserInviteLineInput {
  @Field(() => Int, { description: 'Its number in the caller’s file, from 1.' })
  line!: number;

  @Field(() => String, { nullable: true, description: 'Required; at most 254 characters.' })
  email?: string | null;

  @Field(() => String, { nullable: true, description: 'Required; 1 to 80 characters. Visible to others.' })
  displayName?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'The organization that the person is invited to join, in which the operator may invite: they find it under `viewer { invitations }`.',
  })
  organizationId?: string | null;

  @Field(() => OrganizationRole.enum, { nullable: true, description: 'In the organization; VIEWER when absent.' })
  role?: OrganizationRole | null;
}

const UserInviteLine = valueType('UserInviteLine', 'A processed line and its account.', (f) => ({
  line: f.int('The number that the line was sent with.'),
  user: f.row(() => users, 'The new or existing account.'),
  created: f.boolean('Whether the account was created. False if it existed; it is not changed.'),
  invitation: f
    .row(
      () => invitations,
      'The invitation that this call sent to the person. Null if the line names no organization, or if the person is a member there or has an open invitation already.',
    )
    .nullable(),
}));

const UserInviteLineFault = valueType('UserInviteLineFault', 'Why a line was not taken in.', (f) => ({
  line: f.int('The number that the line was sent with.'),
  field: f.text('The invalid field.').nullable(),
  code: f.text('For programs: `too_big`, `custom`, `duplicate_line`, `not_found` and the like.'),
  message: f.text('What is wrong, in English.'),
}));

type GoodLine = { line: number; values: InviteValues };

/**
 * Makes accounts without a password for people who are not known yet, and invites those who are to join an organization. An account
 * that exists stays as it is, so the same lines again change nothing. Nobody joins an organization by it: they are invited, by an
 * operator who may invite there like everybody else. The number of statements does not depend on the lines.
 */
export const userInvite = mutation('userInvite', {
  access: 'identity.user.invite',
  description:
    'Creates accounts without a password, at most 500 per call, and sends each person a mail with a link to set one, valid for seven days. Lines whose address has an account change nothing; invalid lines are reported by number, and the others are processed. For operators, who may then act on behalf of these people.',
  errors: 'FORBIDDEN, INVALID, CONFLICT if an organization would have more than 200 open invitations',
  tells: [userInvited, invitationSent],
  input: {
    lines: arg.objects(UserInviteLineInput, 'At most 500.', { min: 1, atMost: linesAtMost }),
    sendMail: arg
      .boolean(
        'Whether each new person gets a mail with a link to set a password. Without one they can ask for a new password when they like.',
      )
      .default(true),
  },
  payload: (f) => ({
    lines: f.list(UserInviteLine, 'In the order in which they were sent.', { atMost: linesAtMost }),
    created: f.int('Number of accounts that this call created.'),
    unchanged: f.int('People who had an account already.'),
    rejected: f.list(UserInviteLineFault, 'Lines that were not taken in; the others were.', { atMost: linesAtMost }),
  }),
  prepare: ({ lines }) => checkInvites(lines),
  async run(tx, { sendMail }, checked) {
    tx.must('identity.user.invite', null);
    const faults = checked.flatMap((each) => ('fault' in each ? [each.fault] : []));
    const checkedLines = checked.flatMap((each) => ('fault' in each ? [] : [each]));
    const { good, unknown } = await withOrganization(tx, checkedLines);
    // Locked in the order of their ids, since their rights may change.
    const known = await tx.em.find(
      Actor,
      { kind: 'USER', email: { $in: good.map(({ values }) => values.email) } },
      { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } },
    );
    const byEmail = new Map(known.map((user) => [user.email, user]));
    const taken = good.map(({ line, values }) => {
      const { email, displayName } = values;
      const user = byEmail.get(email);
      return { line, values, user: user ?? makeActor(tx, { kind: 'USER', displayName, email }), created: !user };
    });
    for (const { user, created, values } of taken) {
      if (!created) continue;
      const letter = { template: 'ACCOUNT_SETUP', recipient: values.email, subjectId: user.id } as const;
      const mail = sendMail ? accountMailQueue(tx, letter) : null;
      tx.emit(userInvited, user.id, { userId: user.id, accountMailId: mail?.id ?? null });
    }
    const sent = await invitationsSend(
      tx,
      taken.flatMap(({ user, values: { organizationId, role } }) =>
        organizationId ? [{ organizationId, actorId: user.id, role }] : [],
      ),
    );
    const lines = taken.map(({ line, user, created, values: { organizationId } }) => {
      const invitation = organizationId ? sent.get(invitedKey({ organizationId, actorId: user.id })) : null;
      return { line, user, created, invitation: invitation ?? null };
    });
    const created = lines.filter((each) => each.created).length;
    const rejected = [...faults, ...unknown].sort((a, b) => a.line - b.line);
    return { lines, created, unchanged: lines.length - created, rejected };
  },
});

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
  const good: GoodLine[] = [];
  const unknown: InviteFault[] = [];
  for (const each of lines) {
    const { organizationId, role } = each.values;
    const fault = (code: string, message: string) =>
      unknown.push({ line: each.line, field: 'organizationId', code, message });
    if (!ids.has(organizationId)) fault('not_found', 'There is no such organization.');
    else if (organizationId === null || mayInvite(tx, organizationId, role)) good.push(each);
    else fault('forbidden', 'You may not invite to this organization, or not to this role.');
  }
  return { good, unknown };
}

/** Operators let nobody into organizations of others. */
function mayInvite(tx: Transaction, organizationId: string, role: OrganizationRole): boolean {
  const own = tx.actor.memberships.find((membership) => membership.organizationId === organizationId);
  const isOwnHand = tx.actor.delegate === null && tx.can('identity.invitation.send', organizationId);
  return isOwnHand && own !== undefined && roleIncludes(own.role, role);
}
