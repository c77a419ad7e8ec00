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

/** Lines per call, so that its transaction takes well under two seconds. */
const linesAtMost = 500;

@LineChecked('An invalid line is reported by its number, and the other lines of the call are processed.')
@InputType('UserInviteLineInput', {
  description: 'One person to invite. An invalid line is reported by its number and does not fail the call.',
})
export class UserInviteLineInput {
  @Field(() => Int, { description: 'Number of the line in the caller’s file, from 1.' })
  line!: number;

  @Field(() => String, {
    nullable: true,
    description: 'E-mail address of the person. Required; at most 254 characters.',
  })
  email?: string | null;

  @Field(() => String, { nullable: true, description: 'Name shown to others. Required; 1 to 80 characters.' })
  displayName?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'An organization to which the person is invited; the viewer must be allowed to invite there. The person finds the invitation under `viewer { invitations }`.',
  })
  organizationId?: string | null;

  @Field(() => OrganizationRole.enum, { nullable: true, description: 'Role in the organization. Absent: VIEWER.' })
  role?: OrganizationRole | null;
}

const UserInviteLine = valueType('UserInviteLine', 'A processed line and its account.', (f) => ({
  line: f.int('Number of the line, as sent.'),
  user: f.row(() => users, 'The new or existing account.'),
  created: f.boolean('Whether this call created the account. An existing account is not changed.'),
  invitation: f
    .row(
      () => invitations,
      'The invitation that this call sent to the person. Null if the line names no organization, or if the person is already a member or invited there.',
    )
    .nullable(),
}));

const UserInviteLineFault = valueType('UserInviteLineFault', 'An invalid line, which was not processed.', (f) => ({
  line: f.int('Number of the line, as sent.'),
  field: f.text('The invalid field. Null if the line as a whole is invalid.').nullable(),
  code: f.text(
    'Code for programs: `duplicate_line`, `not_found` or `forbidden` for the organization, `invalid_type` for a missing field, `invalid_format`, `too_big`, or `custom` for other invalid values.',
  ),
  message: f.text('What is wrong, in English.'),
}));

type GoodLine = { line: number; values: InviteValues };

/**
 * Creates accounts without a password, and invites people to organizations. Existing accounts are not changed, so repeating the call
 * changes nothing. People still have to accept their invitation, and the operator needs the usual permission to invite. The number of
 * statements is constant.
 */
export const userInvite = mutation('userInvite', {
  access: 'identity.user.invite',
  description:
    'Creates accounts without a password, at most 500 per call, and sends each person a mail with a link to set one, valid for seven days. Existing accounts are not changed; invalid lines are reported by number, and the others are processed. For operators, who may then act on behalf of these people.',
  errors: 'FORBIDDEN, INVALID, CONFLICT if an organization would have more than 200 open or expired invitations',
  tells: [userInvited, invitationSent],
  input: {
    lines: arg.objects(UserInviteLineInput, 'The people to invite; 1 to 500.', { min: 1, atMost: linesAtMost }),
    sendMail: arg
      .boolean(
        'Whether each new person gets a mail with a link to set a password. Without it, they can get one with `passwordResetRequest`.',
      )
      .default(true),
  },
  payload: (f) => ({
    lines: f.list(UserInviteLine, 'The processed lines, in the order in which they were sent.', {
      atMost: linesAtMost,
    }),
    created: f.int('Number of accounts that this call created.'),
    unchanged: f.int('Number of processed lines whose address already had an account.'),
    rejected: f.list(UserInviteLineFault, 'The invalid lines, ordered by number.', { atMost: linesAtMost }),
  }),
  prepare: ({ lines }) => checkInvites(lines),
  async run(tx, { sendMail }, checked) {
    tx.must('identity.user.invite', null);
    const faults = checked.flatMap((each) => ('fault' in each ? [each.fault] : []));
    const checkedLines = checked.flatMap((each) => ('fault' in each ? [] : [each]));
    const { good, unknown } = await withOrganization(tx, checkedLines);
    // Locked in the order of ids, because their rights may change.
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

/** The lines without an organization or with one to which the operator may invite, and the errors of the others. */
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
    else fault('forbidden', 'You may not invite to this organization, or not with this role.');
  }
  return { good, unknown };
}

/** Operators need the same permission as others to invite to an organization. */
function mayInvite(tx: Transaction, organizationId: string, role: OrganizationRole): boolean {
  const own = tx.actor.memberships.find((membership) => membership.organizationId === organizationId);
  const isOwnHand = tx.actor.delegate === null && tx.can('identity.invitation.send', organizationId);
  return isOwnHand && own !== undefined && roleIncludes(own.role, role);
}
