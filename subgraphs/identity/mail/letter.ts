import type { OrganizationRole } from '../../../platform/context/actor.ts';
import type { AccountMailTemplate } from './account-mail.entity.ts';
import { nameInMail } from './name-in-mail.ts';

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
  /** Whether an operator asked for what the letter is about, and not the person. */
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
  /** What the link is called where it can be clicked. */
  action?: string;
  after: string[];
}

const ignore = 'If you did not ask for this, do nothing: without the link nothing happens.';

/** What each letter says. Names that could lead somewhere are left out. */
const words: Record<AccountMailTemplate, (content: LetterContent) => Words> = {
  EMAIL_CONFIRMATION: () => ({
    subject: 'Confirm your e-mail address',
    before: ['please confirm that this is your e-mail address.'],
    action: 'Confirm the address',
    after: ['The link can be used once, within 24 hours.', ignore],
  }),
  EMAIL_CHANGE: () => ({
    subject: 'Confirm your new e-mail address',
    before: ['please confirm that this is to be the e-mail address of your account from now on.'],
    action: 'Confirm the new address',
    after: ['The link can be used once, within 24 hours. Until then the account keeps its present address.', ignore],
  }),
  EMAIL_CHANGE_STOP: ({ isByOperator = false }) => ({
    subject: 'Somebody wants to change your e-mail address',
    before: [
      isByOperator
        ? 'an operator of this site asked for another e-mail address for your account, because a second account has the same address. It changes as soon as the new address is confirmed.'
        : 'somebody who knows your password asked for another e-mail address for your account. It changes as soon as the new address is confirmed.',
      isByOperator
        ? 'If you did not agree to that, stop it now. All sessions and the keys of your agents end.'
        : 'If that was not you, stop it now. All sessions and the keys of your agents end; then set a new password.',
      'The link is good once, for 48 hours, also when the change is done: then it takes your address back and voids the password.',
    ],
    action: 'Stop the change',
    after: [isByOperator ? 'If you agree, do nothing.' : 'If it was you, do nothing.'],
  }),
  SIGN_UP: ({ link }) =>
    link === null
      ? {
          subject: 'You have an account already',
          before: ['somebody asked to sign up with this e-mail address, which has an account already.'],
          after: [
            'If that was you, sign in; if you have forgotten the password, ask for a new one. If not, do nothing.',
          ],
        }
      : {
          subject: 'Complete your sign-up',
          before: ['somebody asked to sign up with this e-mail address.'],
          action: 'Create the account',
          after: ['The link can be used once, within 24 hours.', ignore],
        },
  EMAIL_CHANGED: ({ address = '' }) => ({
    subject: 'Your e-mail address was changed',
    before: [`your account now has the e-mail address ${address}; this one is no longer used.`],
    after: [
      'If that was not you, somebody else has your account. Take it back with the link of the mail before this one, and write to the operator of this site.',
    ],
  }),
  PASSWORD_RESET: () => ({
    subject: 'Set a new password',
    before: ['somebody asked for a new password for your account.'],
    action: 'Set a new password',
    after: [
      'The link can be used once, within one hour. A new password signs you out everywhere, and the keys of your agents end.',
      ignore,
    ],
  }),
  PASSWORD_CHANGED: () => ({
    subject: 'Your password was changed',
    before: [
      'the password of your account was changed, and all other sessions and the keys of your agents were ended.',
    ],
    after: ['If that was not you, ask for a new password at once.'],
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
    const who = inviter === null ? 'Somebody' : `“${inviter}”`;
    return {
      subject: `Join ${organization ?? 'an organization'}`,
      before: [`${who} invites you to join ${which} as ${(invitation?.role ?? '').toLowerCase()}.`],
      action: 'Accept the invitation',
      after: ['The link can be used once, within seven days. You need an account, with this address or another one.'],
    };
  },
};

/** A letter as text, and the same as a page. Whatever people have written themselves is shown as text. */
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
