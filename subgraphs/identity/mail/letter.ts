import type { OrganizationRole } from '../../../platform/context/actor.ts';
import type { AccountMailTemplate } from './account-mail.entity.ts';
import { nameInMail } from './name-in-mail.ts';

/** The values in a letter. */
export interface LetterContent {
  template: AccountMailTemplate;
  /** The name of the recipient; null without an account. */
  name: string | null;
  /** The URL of the link; null in a letter without one. */
  link: string | null;
  invitation?: { organization: string; inviter: string; role: OrganizationRole };
  /** The present address of the account. */
  address?: string;
  /** Whether an operator requested it, and not the person. */
  isByOperator?: boolean;
}

export interface Letter {
  subject: string;
  text: string;
  html: string;
}

interface Words {
  subject: string;
  before: string[];
  /** The text of the link in HTML. */
  action?: string;
  after: string[];
}

const ignore = 'If you did not ask for this, ignore this message: nothing happens unless the link is used.';

/** The text of each letter. Names that contain an address or a link are left out. */
const words: Record<AccountMailTemplate, (content: LetterContent) => Words> = {
  EMAIL_CONFIRMATION: () => ({
    subject: 'Confirm your e-mail address',
    before: ['please confirm that this is your e-mail address.'],
    action: 'Confirm the address',
    after: ['The link can be used once, within 24 hours.', ignore],
  }),
  EMAIL_CHANGE: () => ({
    subject: 'Confirm your new e-mail address',
    before: ['please confirm that your account is to use this e-mail address from now on.'],
    action: 'Confirm the new address',
    after: [
      'The link can be used once, within 24 hours. Until you confirm, the account keeps its present address.',
      ignore,
    ],
  }),
  EMAIL_CHANGE_STOP: ({ isByOperator = false }) => ({
    subject: 'A change of your e-mail address was requested',
    before: [
      isByOperator
        ? 'an operator of this site requested another e-mail address for your account, because a second account has the same address. The change takes effect as soon as the new address is confirmed.'
        : 'someone who knows your password requested another e-mail address for your account. The change takes effect as soon as the new address is confirmed.',
      isByOperator
        ? 'If you did not agree to this, stop it now. This ends all sessions and the keys of your agents.'
        : 'If this was not you, stop it now. This ends all sessions and the keys of your agents. Then set a new password.',
      'The link can be used once, within 48 hours, even after the change: it then restores this address and deletes the password.',
    ],
    action: 'Stop the change',
    after: [isByOperator ? 'If you agree, ignore this message.' : 'If this was you, ignore this message.'],
  }),
  SIGN_UP: ({ link }) =>
    link === null
      ? {
          subject: 'You already have an account',
          before: ['someone asked to sign up with this e-mail address, which already has an account.'],
          after: [
            'If this was you, sign in; if you have forgotten your password, ask for a new one. If not, ignore this message.',
          ],
        }
      : {
          subject: 'Complete your sign-up',
          before: ['someone asked to sign up with this e-mail address.'],
          action: 'Create the account',
          after: ['The link can be used once, within 24 hours.', ignore],
        },
  EMAIL_CHANGED: ({ address = '' }) => ({
    subject: 'Your e-mail address was changed',
    before: [`your account now has the e-mail address ${address}; this one is no longer used.`],
    after: [
      'If this was not you, someone else has taken over your account. Use the link in the previous mail to restore this address, and write to the operator of this site.',
    ],
  }),
  PASSWORD_RESET: () => ({
    subject: 'Set a new password',
    before: ['someone asked for a new password for your account.'],
    action: 'Set a new password',
    after: [
      'The link can be used once, within one hour. A new password signs you out everywhere and ends the keys of your agents.',
      ignore,
    ],
  }),
  PASSWORD_CHANGED: () => ({
    subject: 'Your password was changed',
    before: ['the password of your account was changed; all other sessions and the keys of your agents were ended.'],
    after: ['If this was not you, ask for a new password at once.'],
  }),
  ACCOUNT_SETUP: () => ({
    subject: 'An account was created for you',
    before: ['an account was created for you. Set a password to sign in.'],
    action: 'Set a password',
    after: ['The link can be used once, within seven days. After that, ask for a new password with this address.'],
  }),
  INVITATION: ({ invitation }) => {
    const organization = nameInMail(invitation?.organization);
    const inviter = nameInMail(invitation?.inviter);
    const which = organization === null ? 'an organization' : `“${organization}”`;
    const who = inviter === null ? 'Someone' : `“${inviter}”`;
    return {
      subject: `Join ${organization ?? 'an organization'}`,
      before: [`${who} invites you to join ${which} as ${(invitation?.role ?? '').toLowerCase()}.`],
      action: 'Accept the invitation',
      after: ['The link can be used once, within seven days. You need an account, with this address or another one.'],
    };
  },
};

/** A letter as text and as HTML, in which texts by users are escaped. */
export function letterOf(content: LetterContent): Letter {
  const letter = words[content.template](content);
  const name = nameInMail(content.name);
  const greeting = name === null ? 'Hello,' : `Hello ${name},`;
  const text = [greeting, ...letter.before, ...(content.link ? [content.link] : []), ...letter.after].join('\n\n');
  const paragraphs = [
    ...[greeting, ...letter.before].map(escaped),
    ...(content.link ? [`<a href="${escaped(content.link)}">${escaped(letter.action ?? content.link)}</a>`] : []),
    ...letter.after.map(escaped),
  ];
  const body = paragraphs.map((each) => `<p>${each}</p>`).join('\n');
  const html = `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${escaped(letter.subject)}</title></head><body>\n${body}\n</body></html>\n`;
  return { subject: letter.subject, text: `${text}\n`, html };
}

function escaped(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
