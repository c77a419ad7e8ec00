import { isOperator } from '../../../platform/access/permission.ts';
import { noun } from '../../../platform/declare/noun.ts';
import { AccountMail, AccountMailStatus, AccountMailTemplate } from './account-mail.entity.ts';

/** Visible to operators only: they contain addresses of people, also of people without an account. */
export const accountMails = noun(AccountMail, {
  name: 'AccountMail',
  plural: 'accountMails',
  prefix: 'aml',
  words: ['mail', 'mails'],
  description:
    'A mail about an account: its recipient, purpose and delivery, without its text. Visible to operators only.',
  audience: 'role',
  visible: (actor) => (isOperator(actor) ? {} : null),
  fields: (f) => ({
    id: f.id(),
    template: f.enum(AccountMailTemplate, 'What the mail is about.'),
    status: f.enum(AccountMailStatus, 'Whether the mail is waiting, was sent or has failed.'),
    recipient: f.text('E-mail address of the recipient.'),
    attempts: f.int('Number of delivery attempts so far; at most eight within four hours.'),
    lastError: f
      .text(
        'Error of the last failed attempt; at most 500 characters. Null if no attempt failed, or after it was sent.',
      )
      .nullable(),
    nextAttemptAt: f
      .time('When the next attempt is due. Null after the mail was sent or has failed.')
      .nullable()
      .from((mail) => (mail.status === 'WAITING' ? mail.nextAt : null)),
    expiresAt: f.time('When delivery is given up, because the link or notice would no longer be of use.'),
    sentAt: f.time('When the mail server accepted the mail. Null if it was not sent.').nullable(),
    createdAt: f.time('When the mail was requested.'),
  }),
  filter: { status: AccountMailStatus, template: AccountMailTemplate, createdAt: 'time' },
  sort: ['createdAt'],
  roots: {
    access: 'identity.accountMail.list',
    one: 'A mail about an account by its id; for operators. Null if it does not exist. Mails are deleted 30 days after they were created. Errors: UNAUTHENTICATED, FORBIDDEN, INVALID for an id of another kind.',
    list: 'Mails about accounts, the newest first; for operators. `filter: { status: { eq: FAILED } }` finds those that could not be delivered. Mails are deleted 30 days after they were created. Errors: UNAUTHENTICATED, FORBIDDEN, INVALID.',
  },
});
