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
  invitation?: {
    organization: string;
    inviter: string;
    role: OrganizationRole;
  };
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

/** What is said of an invitation; names that could lead somewhere are left out. */
function invitationWords({ invitation }: LetterContent): {
  subject: string;
  sentence: string;
} {
  const organization = nameInMail(invitation?.organization);
  const inviter = nameInMail(invitation?.inviter);
  const role = (invitation?.role ?? '').toLowerCase();
  const which = organization === null ? 'an organization' : `“${organization}”`;
  const who = inviter === null ? 'Somebody' : `“${inviter}”`;
  return {
    subject: `Join ${organization ?? 'an organization'}`,
    sentence: `${who} invites you to join ${which} as ${role}.`,
  };
}

function wordsOf(content: LetterContent): Words {
  const { template, address = '', link, isByOperator = false } = content;
  switch (template) {
    case 'EMAIL_CONFIRMATION':
      return {
        subject: 'Confirm your e-mail address',
        before: ['please confirm that this is your e-mail address.'],
        action: 'Confirm the address',
        after: ['The link can be used once, within 24 hours.', ignore],
      };
    case 'EMAIL_CHANGE':
      return {
        subject: 'Confirm your new e-mail address',
        before: ['please confirm that this is to be the e-mail address of your account from now on.'],
        action: 'Confirm the new address',
        after: [
          'The link can be used once, within 24 hours. Until then the account keeps its present address.',
          ignore,
        ],
      };
    case 'EMAIL_CHANGE_STOP':
      return {
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
      };
    case 'SIGN_UP':
      return link === null
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
          };
    case 'EMAIL_CHANGED':
      return {
        subject: 'Your e-mail address was changed',
        before: [`your account now has the e-mail address ${address}; this one is no longer used.`],
        after: [
          'If that was not you, somebody else has your account. Take it back with the link of the mail before this one, and write to the operator of this site.',
        ],
      };
    case 'PASSWORD_RESET':
      return {
        subject: 'Set a new password',
        before: ['somebody asked for a new password for your account.'],
        action: 'Set a new password',
        after: [
          'The link can be used once, within one hour. A new password signs you out everywhere, and the keys of your agents end.',
          ignore,
        ],
      };
    case 'PASSWORD_CHANGED':
      return {
        subject: 'Your password was changed',
        before: [
          'the password of your account was changed, and all other sessions and the keys of your agents were ended.',
        ],
        after: ['If that was not you, ask for a new password at once.'],
      };
    case 'ACCOUNT_SETUP':
      return {
        subject: 'An account was created for you',
        before: ['an account was created for you. Set a password to sign in.'],
        action: 'Set a password',
        after: ['The link can be used once, within seven days. After that, ask for a new password with this address.'],
      };
    case 'INVITATION':
      return {
        subject: invitationWords(content).subject,
        before: [invitationWords(content).sentence],
        action: 'Accept the invitation',
        after: ['The link can be used once, within seven days. You need an account, with this address or another one.'],
      };
  }
}

/** A letter as text, and the same as a page. Whatever people have written themselves is shown as text. */
export function letterOf(content: LetterContent): Letter {
  const words = wordsOf(content);
  const name = nameInMail(content.name);
  const greeting = name === null ? 'Hello,' : `Hello ${name},`;
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
