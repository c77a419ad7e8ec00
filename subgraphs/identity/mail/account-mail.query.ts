import { isOperator } from '../../../platform/access/permission.ts';
import { noun } from '../../../platform/nouns/noun.ts';
import { AccountMail } from './account-mail.entity.ts';
import { accountMailStatusFilter, accountMailTemplateFilter, AccountMailType } from './account-mail.type.ts';

/** Addresses of people stand in them, also of such as have no account: operators see them, and nobody else. */
export const accountMails = noun<AccountMail>({
  name: 'AccountMail',
  prefix: 'aml',
  entity: AccountMail,
  type: () => AccountMailType,
  audience: 'role',
  visible: (actor) => (isOperator(actor) ? {} : null),
  filter: { status: accountMailStatusFilter, template: accountMailTemplateFilter, createdAt: 'time' },
  sort: ['createdAt'],
});
