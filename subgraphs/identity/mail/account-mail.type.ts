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
  'How a mail stands: it waits for its next attempt, was taken by the mail server, or is not tried any more.',
);
export const AccountMailTemplateEnum = keyed(accountMailTemplates);
export const accountMailTemplateFilter = enumKind(
  AccountMailTemplateEnum,
  'AccountMailTemplate',
  'What a mail is about.',
);

@ObjectType('AccountMail', {
  description:
    'A mail about an account, for operators: to whom, what about, and how sending it went. Never what it says.',
})
export class AccountMailType implements Pick<
  AccountMail,
  'id' | 'template' | 'status' | 'recipient' | 'attempts' | 'expiresAt' | 'createdAt'
> {
  @Field(() => ID)
  id!: string;

  @Field(() => AccountMailTemplateEnum)
  template!: AccountMailTemplate;

  @Field(() => AccountMailStatusEnum)
  status!: AccountMailStatus;

  @Field(() => String, { description: 'An e-mail address.' })
  recipient!: string;

  @Field(() => Int, { description: 'At most eight, within four hours.' })
  attempts!: number;

  @Field(() => String, { nullable: true, description: 'What the last failed attempt was answered.' })
  lastError!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Null when it is not tried any more.' })
  nextAttemptAt!: Date | null;

  @Field(() => DateTime, { description: 'From then on it would be of no use.' })
  expiresAt!: Date;

  @Field(() => DateTime, { nullable: true })
  sentAt!: Date | null;

  @Field(() => DateTime)
  createdAt!: Date;
}
