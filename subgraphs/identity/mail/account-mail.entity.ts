import { defineEntity, p } from '@mikro-orm/core';
import { classify } from '../../../platform/nouns/classification.ts';
import { MailRefused } from '../../../platform/mail/mail.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';

export const accountMailTemplates = [
  'EMAIL_CONFIRMATION',
  'EMAIL_CHANGE',
  'EMAIL_CHANGE_STOP',
  'EMAIL_CHANGED',
  'PASSWORD_RESET',
  'PASSWORD_CHANGED',
  'ACCOUNT_SETUP',
  'INVITATION',
  'SIGN_UP',
] as const;
export type AccountMailTemplate = (typeof accountMailTemplates)[number];

export const accountMailStatuses = ['WAITING', 'SENT', 'FAILED'] as const;
export type AccountMailStatus = (typeof accountMailStatuses)[number];

/** Seconds to wait after each failed attempt; after the last of them the mail has failed. Four hours in all. */
const waits = [10, 60, 300, 900, 1800, 3600, 7200];
export const attemptsAtMost = waits.length + 1;

/** Characters of an error that are kept. */
const errorAtMost = 500;

export const AccountMailSchema = defineEntity({
  name: 'AccountMail',
  tableName: 'account_mails',
  properties: {
    ...standardColumns,
    template: p.enum(accountMailTemplates),
    /** One address, lower case. */
    recipient: p.text(),
    /** The user or invitation that it is about; null where it is looked up by the address when the mail goes out. */
    subjectId: p.text().name('subject_id').nullable(),
    /** The token of its link, sealed; only between the first attempt and the last. */
    sealedToken: p.text().name('sealed_token').nullable(),
    status: p.enum(accountMailStatuses),
    attempts: p.integer().default(0),
    /** When it is tried next; while somebody tries, when that one is taken for dead. */
    nextAt: p.datetime(3).name('next_at'),
    /** From then on it would be of no use. */
    expiresAt: p.datetime(3).name('expires_at'),
    sentAt: p.datetime(3).name('sent_at').nullable(),
    lastError: p.text().name('last_error').nullable(),
    requestedBy: p.text().name('requested_by').nullable(),
    correlationId: p.text().name('correlation_id'),
  },
});

/** A mail about an account: what is to be sent, to whom, and how that went. */
export class AccountMail extends AccountMailSchema.class {
  sent(now: Date): void {
    this.status = 'SENT';
    this.sentAt = now;
    end(this, now, null);
  }

  /** Notes a failed attempt: it waits for the next, or has failed. */
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

/** Not a private method: MikroORM makes entities without their constructor, and then there are none. */
function end(mail: AccountMail, now: Date, error: string | null): void {
  mail.sealedToken = null;
  mail.lastError = error;
  mail.updatedAt = now;
}
