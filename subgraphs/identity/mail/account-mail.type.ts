import { Field, ID, Int, ObjectType } from 'type-graphql';
import { enumKind } from '../../../platform/nouns/filter.ts';
import { DateTime } from '../../../platform/scalars/scalars.ts';
import {
  accountMailStatuses,
  accountMailTemplates,
  type AccountMail,
  type AccountMailStatus,
  type AccountMailTemplate,
} from './account-mail.entity.ts';

const keyed = <T extends string>(values: readonly T[]): { [K in T]: K } =>
  Object.fromEntries(values.map((value) => [value, value])) as { [K in T]: K };

export const AccountMailStatusEnum = keyed(accountMailStatuses);
export const accountMailStatusFilter = enumKind(
  AccountMailStatusEnum,
  'AccountMailStatus',
  'Delivery status of a mail.',
  {
    WAITING: 'The next attempt is due at `nextAttemptAt`.',
    SENT: 'The mail server accepted it.',
    FAILED: 'All attempts failed; no further attempt is made.',
  },
);
export const AccountMailTemplateEnum = keyed(accountMailTemplates);
export const accountMailTemplateFilter = enumKind(
  AccountMailTemplateEnum,
  'AccountMailTemplate',
  'What a mail is about.',
  {
    EMAIL_CONFIRMATION: 'A link that confirms the e-mail address of an account.',
    EMAIL_CHANGE: 'A link that confirms a new e-mail address; sent to the new address.',
    EMAIL_CHANGE_STOP: 'A notice of a requested change with a link that stops it; sent to the present address.',
    EMAIL_CHANGED: 'A notice that the address was changed; sent to the previous address.',
    PASSWORD_RESET: 'A link to set a new password.',
    PASSWORD_CHANGED: 'A notice that the password was changed.',
    ACCOUNT_SETUP: 'A link to set the first password of an account that an operator created.',
    INVITATION: 'A link to join an organization.',
    SIGN_UP: 'A link to create an account, or a notice that there is one already.',
  },
);

@ObjectType('AccountMail', {
  description:
    'A mail about an account, for operators: its recipient, subject and delivery. The text of the mail is never shown.',
})
export class AccountMailType implements Pick<
  AccountMail,
  'id' | 'template' | 'status' | 'recipient' | 'attempts' | 'expiresAt' | 'createdAt'
> {
  @Field(() => ID, { description: 'Id: `aml_…`.' })
  id!: string;

  @Field(() => AccountMailTemplateEnum, { description: 'What the mail is about.' })
  template!: AccountMailTemplate;

  @Field(() => AccountMailStatusEnum, { description: 'Whether the mail waits, was sent or has failed.' })
  status!: AccountMailStatus;

  @Field(() => String, { description: 'An e-mail address.' })
  recipient!: string;

  @Field(() => Int, { description: 'Number of delivery attempts so far; at most eight within four hours.' })
  attempts!: number;

  @Field(() => String, {
    nullable: true,
    description: 'Error of the last failed attempt; at most 500 characters. Null if none failed or once it was sent.',
  })
  lastError!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When delivery is tried next. Null once it was sent or has failed.',
  })
  nextAttemptAt!: Date | null;

  @Field(() => DateTime, {
    description: 'When delivery is given up, because the link or notice would be of no use any more.',
  })
  expiresAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When the mail server accepted it. Null if it was not sent.' })
  sentAt!: Date | null;

  @Field(() => DateTime, { description: 'When the mail was requested.' })
  createdAt!: Date;
}
