import { defineEntity, p } from '@mikro-orm/core';
import { classify } from '../../../platform/nouns/classification.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';

const hour = 3600 * 1000;

/** What a link is for, and how long it is good, in milliseconds. */
export const linkLifetimes = {
  EMAIL_CONFIRMATION: 24 * hour,
  EMAIL_CHANGE: 24 * hour,
  /** Stops a change of address, or takes it back: good for longer than the link that it stops. */
  EMAIL_CHANGE_STOP: 48 * hour,
  SIGN_UP: 24 * hour,
  PASSWORD_RESET: hour,
  /** For somebody whom an operator has invited and who has no password yet. */
  ACCOUNT_SETUP: 7 * 24 * hour,
  INVITATION: 7 * 24 * hour,
} as const;
export type LinkPurpose = keyof typeof linkLifetimes;

/** What opens an account or changes it: void as soon as its password is a new one. */
export const accountLinkPurposes: readonly LinkPurpose[] = [
  'EMAIL_CONFIRMATION',
  'EMAIL_CHANGE',
  'EMAIL_CHANGE_STOP',
  'PASSWORD_RESET',
  'ACCOUNT_SETUP',
];

export const OneTimeLinkSchema = defineEntity({
  name: 'OneTimeLink',
  tableName: 'one_time_links',
  properties: {
    ...standardColumns,
    purpose: p.enum(Object.keys(linkLifetimes) as LinkPurpose[]),
    /** The user, the invitation, or the mail of a sign-up. */
    subjectId: p.text().name('subject_id'),
    /** To which address it went: whoever has it can read what is sent there. */
    address: p.text(),
    /** `tokenHash` of the token. */
    hash: p.text(),
    expiresAt: p.datetime(3).name('expires_at'),
    usedAt: p.datetime(3).name('used_at').nullable(),
    /** When a newer one took its place. */
    voidedAt: p.datetime(3).name('voided_at').nullable(),
  },
});

/** A link that was mailed to somebody: good once, for a time, until a newer one is sent. */
export class OneTimeLink extends OneTimeLinkSchema.class {
  isLive(now: Date): boolean {
    return this.usedAt === null && this.voidedAt === null && this.expiresAt > now;
  }
}
OneTimeLinkSchema.setClass(OneTimeLink);
classify(OneTimeLinkSchema, { personal: ['address'], secret: ['hash'] });
