import { isOperator } from '../../../platform/access/permission.ts';
import { noun } from '../../../platform/declare/noun.ts';
import { AccountMail, AccountMailStatus, AccountMailTemplate } from './account-mail.entity.ts';

/** Addresses of people stand in them, also of such as have no account: operators see them, and nobody else. */
export const accountMails = noun(AccountMail, {
  name: 'AccountMail',
  plural: 'accountMails',
  prefix: 'aml',
  words: ['mail', 'mails'],
  description:
    'A mail about an account, for operators: its recipient, subject and delivery. The text of the mail is never shown.',
  audience: 'role',
  visible: (actor) => (isOperator(actor) ? {} : null),
  fields: (f) => ({
    id: f.id(),
    template: f.enum(AccountMailTemplate, 'What the mail is about.'),
    status: f.enum(AccountMailStatus, 'Whether the mail waits, was sent or has failed.'),
    recipient: f.text('An e-mail address.'),
    attempts: f.int('Number of delivery attempts so far; at most eight within four hours.'),
    lastError: f
      .text('Error of the last failed attempt; at most 500 characters. Null if none failed or once it was sent.')
      .nullable(),
    nextAttemptAt: f
      .time('When delivery is tried next. Null once it was sent or has failed.')
      .nullable()
      .from((mail) => (mail.status === 'WAITING' ? mail.nextAt : null)),
    expiresAt: f.time('When delivery is given up, because the link or notice would be of no use any more.'),
    sentAt: f.time('When the mail server accepted it. Null if it was not sent.').nullable(),
    createdAt: f.time('When the mail was requested.'),
  }),
  filter: { status: AccountMailStatus, template: AccountMailTemplate, createdAt: 'time' },
  sort: ['createdAt'],
  roots: {
    access: 'identity.accountMail.list',
    one: 'A mail about an account by its id, for operators. Null if it does not exist; mails are deleted 30 days after they were created. Errors: UNAUTHENTICATED, FORBIDDEN, INVALID for an id of another kind.',
    list: 'Mails about accounts, the newest first, for operators: `filter: { status: { eq: FAILED } }` are those that could not be delivered. Kept for 30 days. Errors: FORBIDDEN, INVALID.',
  },
});
