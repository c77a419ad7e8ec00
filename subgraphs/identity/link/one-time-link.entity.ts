import { defineEntity, p } from '@mikro-orm/core';
import { classify } from '../../../platform/nouns/classification.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';

const hour = 3600 * 1000;

/** The purposes of links, with their lifetimes in milliseconds. */
export const linkLifetimes = {
  EMAIL_CONFIRMATION: 24 * hour,
  EMAIL_CHANGE: 24 * hour,
  /** Stops or undoes a change of address, so it outlives the link that confirms the change. */
  EMAIL_CHANGE_STOP: 48 * hour,
  SIGN_UP: 24 * hour,
  PASSWORD_RESET: hour,
  /** For a person whose account an operator created, and who has no password yet. */
  ACCOUNT_SETUP: 7 * 24 * hour,
  INVITATION: 7 * 24 * hour,
} as const;
export type LinkPurpose = keyof typeof linkLifetimes;

/** Links that open or change an account. A new password voids them. */
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
    /** The address to which it was sent: its holder can read mail to that address. */
    address: p.text(),
    /** `tokenHash` of the token. */
    hash: p.text(),
    expiresAt: p.datetime(3).name('expires_at'),
    usedAt: p.datetime(3).name('used_at').nullable(),
    /** When a newer link replaced it, or it was voided. */
    voidedAt: p.datetime(3).name('voided_at').nullable(),
  },
});

/** A mailed link: valid once, until it expires or a newer one is sent. */
export class OneTimeLink extends OneTimeLinkSchema.class {
  isLive(now: Date): boolean {
    return this.usedAt === null && this.voidedAt === null && this.expiresAt > now;
  }
}
OneTimeLinkSchema.setClass(OneTimeLink);
classify(OneTimeLinkSchema, { personal: ['address'], secret: ['hash'] });
