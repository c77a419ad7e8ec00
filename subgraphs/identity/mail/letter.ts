import type { OrganizationRole } from '../../../platform/context/actor.ts';
import type { AccountMailTemplate } from './account-mail.entity.ts';

/** What a letter tells, besides its own words. */
export interface LetterContent {
  template: AccountMailTemplate;
  /** The person's own name; null for somebody who has none with us yet. */
  name: string | null;
  /** The whole address of the link; null in a letter without one. */
  link: string | null;
  invitation?: { organization: string; inviter: string; role: OrganizationRole };
  /** The address that an account has now. */
  address?: string;
}

export interface Letter {
  subject: string;
  text: string;
  html: string;
}

interface Words {
  subject: string;
  before: string[];
  /** What the link is called where it can be clicked. */
  action?: string;
  after: string[];
}

const ignore = 'If you did not ask for this, do nothing: without the link nothing happens.';

function wordsOf({ template, invitation, address = '' }: LetterContent): Words {
  switch (template) {
    case 'EMAIL_CONFIRMATION':
      return {
        subject: 'Confirm your e-mail address',
        before: ['please confirm that this is your e-mail address.'],
        action: 'Confirm the address',
        after: ['The link is good once, for 24 hours.', ignore],
      };
    case 'EMAIL_CHANGE':
      return {
        subject: 'Confirm your new e-mail address',
        before: ['please confirm that this is to be the e-mail address of your account from now on.'],
        action: 'Confirm the new address',
        after: ['The link is good once, for 24 hours. Until then the account keeps its present address.', ignore],
      };
    case 'EMAIL_CHANGED':
      return {
        subject: 'Your e-mail address was changed',
        before: [`your account now has the e-mail address ${address}; this one is no longer used.`],
        after: ['If that was not you, somebody else has your account: write to whoever runs this house, now.'],
      };
    case 'PASSWORD_RESET':
      return {
        subject: 'Set a new password',
        before: ['somebody asked for a new password for your account.'],
        action: 'Set a new password',
        after: ['The link is good once, for one hour. A new password signs you out everywhere.', ignore],
      };
    case 'PASSWORD_CHANGED':
      return {
        subject: 'Your password was changed',
        before: ['the password of your account was changed, and all its sessions were ended.'],
        after: ['If that was not you, ask for a new password at once.'],
      };
    case 'ACCOUNT_SETUP':
      return {
        subject: 'An account was made for you',
        before: ['an account was made for you. Set a password to sign in.'],
        action: 'Set a password',
        after: ['The link is good once, for seven days. After that, ask for a new password with this address.'],
      };
    case 'INVITATION':
      return {
        subject: `Join ${invitation?.organization ?? ''}`,
        before: [
          `${invitation?.inviter ?? ''} invites you to join ${invitation?.organization ?? ''} as ${(invitation?.role ?? '').toLowerCase()}.`,
        ],
        action: 'Accept the invitation',
        after: ['The link is good once, for seven days. You need an account, with this address or another one.'],
      };
  }
}

/** A letter as text, and the same as a page. Whatever people have written themselves is shown as text. */
export function letterOf(content: LetterContent): Letter {
  const words = wordsOf(content);
  const greeting = content.name === null ? 'Hello,' : `Hello ${content.name},`;
  const text = [greeting, ...words.before, ...(content.link ? [content.link] : []), ...words.after].join('\n\n');
  const paragraphs = [
    ...[greeting, ...words.before].map(escaped),
    ...(content.link ? [`<a href="${escaped(content.link)}">${escaped(words.action ?? content.link)}</a>`] : []),
    ...words.after.map(escaped),
  ];
  const body = paragraphs.map((each) => `<p>${each}</p>`).join('\n');
  const html = `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${escaped(words.subject)}</title></head><body>\n${body}\n</body></html>\n`;
  return { subject: words.subject, text: `${text}\n`, html };
}

function escaped(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
