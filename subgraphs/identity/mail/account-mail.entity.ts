import { defineEntity, p } from '@mikro-orm/core';
import { enumeration, type ValueOf } from '../../../platform/declare/enumeration.ts';
import { classify } from '../../../platform/nouns/classification.ts';
import { MailRefused } from '../../../platform/mail/mail.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';

export const AccountMailTemplate = enumeration('AccountMailTemplate', 'What a mail is about.', {
  EMAIL_CONFIRMATION: 'A link that confirms the e-mail address of an account.',
  EMAIL_CHANGE: 'A link that confirms a new e-mail address; sent to the new address.',
  EMAIL_CHANGE_STOP:
    'A notice of a requested change, with a link that stops or undoes it; sent to the present address.',
  EMAIL_CHANGED: 'A notice that the address was changed; sent to the previous address.',
  PASSWORD_RESET: 'A link to set a new password.',
  PASSWORD_CHANGED: 'A notice that the password was changed.',
  ACCOUNT_SETUP: 'A link to set the first password of an account that an operator created.',
  INVITATION: 'A link to join an organization.',
  SIGN_UP: 'A link to create an account, or a notice that there is one already.',
});
export type AccountMailTemplate = ValueOf<typeof AccountMailTemplate>;

export const AccountMailStatus = enumeration('AccountMailStatus', 'Delivery status of a mail.', {
  WAITING: 'Not sent yet; the next attempt is due at `nextAttemptAt`.',
  SENT: 'The mail server accepted it.',
  FAILED:
    'Not sent: all attempts failed, the mail server refused it for good, or it expired. No further attempt is made.',
});

/** Seconds to wait after each failed attempt, four hours in total. One more failure is final. */
const waits = [10, 60, 300, 900, 1800, 3600, 7200];
export const attemptsAtMost = waits.length + 1;

/** Characters of an error that are stored. */
const errorAtMost = 500;

export const AccountMailSchema = defineEntity({
  name: 'AccountMail',
  tableName: 'account_mails',
  properties: {
    ...standardColumns,
    template: p.enum(AccountMailTemplate.values),
    /** One address, in normal form. */
    recipient: p.text(),
    /** The user or invitation that it is about; null if the delivery looks it up by the address. */
    subjectId: p.text().name('subject_id').nullable(),
    /** The token of its link, sealed; only between the first and the last attempt. */
    sealedToken: p.text().name('sealed_token').nullable(),
    status: p.enum(AccountMailStatus.values),
    attempts: p.integer().default(0),
    /** When the next attempt is due; during an attempt, when its process is presumed dead. */
    nextAt: p.datetime(3).name('next_at'),
    /** After this time it would be of no use. */
    expiresAt: p.datetime(3).name('expires_at'),
    sentAt: p.datetime(3).name('sent_at').nullable(),
    lastError: p.text().name('last_error').nullable(),
    requestedBy: p.text().name('requested_by').nullable(),
    correlationId: p.text().name('correlation_id'),
  },
});

/** A mail about an account and its delivery. */
export class AccountMail extends AccountMailSchema.class {
  sent(now: Date): void {
    this.status = 'SENT';
    this.sentAt = now;
    end(this, now, null);
  }

  /** Records a failed attempt: the mail waits for the next one, or has failed for good. */
  failed(error: unknown, now: Date): void {
    const message = (error instanceof Error ? error.message : String(error)).slice(0, errorAtMost);
    const wait = waits[this.attempts - 1];
    const next = wait === undefined ? null : new Date(now.getTime() + wait * 1000);
    if (error instanceof MailRefused || next === null || next >= this.expiresAt) {
      this.status = 'FAILED';
      end(this, now, message);
      return;
    }
    this.nextAt = next;
    this.lastError = message;
    this.updatedAt = now;
  }
}
AccountMailSchema.setClass(AccountMail);
classify(AccountMailSchema, { personal: ['recipient', 'lastError'], secret: ['sealedToken'] });

/** Not a private method, because MikroORM creates entities without their constructor, which installs those. */
function end(mail: AccountMail, now: Date, error: string | null): void {
  mail.sealedToken = null;
  mail.lastError = error;
  mail.updatedAt = now;
}
