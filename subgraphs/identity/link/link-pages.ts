import type { LinkPurpose } from './one-time-link.entity.ts';

/** The path of the pages. A front end at PUBLIC_URL serves the same paths. */
export const linkPagesPrefix = '/account/';

/** The page that a link of each purpose opens. */
const pageOf = {
  EMAIL_CONFIRMATION: 'confirm-email',
  EMAIL_CHANGE: 'confirm-email',
  EMAIL_CHANGE_STOP: 'stop-email-change',
  SIGN_UP: 'sign-up',
  PASSWORD_RESET: 'reset-password',
  ACCOUNT_SETUP: 'reset-password',
  INVITATION: 'accept-invitation',
} as const satisfies Record<LinkPurpose, string>;
type PageName = (typeof pageOf)[LinkPurpose];

export function isLinkPurpose(name: string): name is LinkPurpose {
  return Object.hasOwn(pageOf, name);
}

/** The path of a link. The token follows the #, so it never appears in a server's log. */
export function linkPath(purpose: LinkPurpose, token: string, universe: string | null): string {
  const where = universe === null ? '' : `&universe=${encodeURIComponent(universe)}`;
  return `${linkPagesPrefix}${pageOf[purpose]}#token=${token}${where}`;
}

/** Plain built-in pages, so that links work without a front end. */
const pages: Record<PageName, { title: string; form: string }> = {
  'confirm-email': { title: 'Confirm your e-mail address', form: '<button>Confirm the address</button>' },
  'reset-password': {
    title: 'Set a password',
    form: `<label>New password, at least 12 characters
<input name="password" type="password" minlength="12" maxlength="200" autocomplete="new-password" required></label>
<button>Set the password</button>`,
  },
  'sign-up': {
    title: 'Create your account',
    form: `<label>Name shown to others <input name="displayName" maxlength="80" autocomplete="name" required></label>
<label>Password, at least 12 characters
<input name="password" type="password" minlength="12" maxlength="200" autocomplete="new-password" required></label>
<button>Create the account</button>`,
  },
  'stop-email-change': {
    title: 'Stop the change of your e-mail address',
    form: '<button>Stop the change and sign out everywhere</button>',
  },
  'accept-invitation': {
    title: 'Accept the invitation',
    form: `<label>E-mail address of your account <input name="email" type="email" maxlength="254" autocomplete="username" required></label>
<label>Password <input name="password" type="password" maxlength="200" autocomplete="current-password" required></label>
<label><input name="isNew" type="checkbox"> I have no account yet</label>
<label hidden>Name shown to others <input name="displayName" maxlength="80" autocomplete="name"></label>
<button>Accept</button>`,
  },
};

const style =
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:28rem;margin:10vh auto;padding:0 1rem}label,button{display:block;margin:1rem 0}[hidden]{display:none}';

/** The HTML of a page; null if there is no such page. */
export function linkPage(name: string): string | null {
  const page = Object.hasOwn(pages, name) ? pages[name as PageName] : null;
  return page && htmlOf(page);
}

function htmlOf({ title, form }: { title: string; form: string }): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${style}</style></head>
<body>
<h1>${title}</h1>
<form method="post">
${form}
</form>
<p role="status"></p>
<script src="page.js"></script>
</body>
</html>
`;
}
