import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer } from './answer.ts';

/**
 * The pages to which links in mails lead: plain ones of our own, so that a link works before anybody has built a front end. Whoever
 * has one points PUBLIC_URL there and serves the same paths. The token stands behind the # and reaches no server until somebody
 * presses the button: programs that look at links in mails use none of them up.
 */
const pages: Record<string, { title: string; form: string }> = {
  '/account/confirm-email': { title: 'Confirm your e-mail address', form: '<button>Confirm the address</button>' },
  '/account/reset-password': {
    title: 'Set a password',
    form: `<label>New password, at least 12 characters
<input name="password" type="password" minlength="12" maxlength="200" autocomplete="new-password" required></label>
<button>Set the password</button>`,
  },
  '/account/sign-up': {
    title: 'Make your account',
    form: `<label>Name, which others see <input name="displayName" maxlength="80" autocomplete="name" required></label>
<label>Password, at least 12 characters
<input name="password" type="password" minlength="12" maxlength="200" autocomplete="new-password" required></label>
<button>Create the account</button>`,
  },
  '/account/stop-email-change': {
    title: 'Stop the change of your e-mail address',
    form: '<button>Stop the change and sign out everywhere</button>',
  },
  '/account/accept-invitation': {
    title: 'Accept the invitation',
    form: `<label>E-mail address of your account <input name="email" type="email" maxlength="254" autocomplete="username" required></label>
<label>Password <input name="password" type="password" maxlength="200" autocomplete="current-password" required></label>
<label><input name="isNew" type="checkbox"> I have no account yet</label>
<label hidden>Name, which others see <input name="displayName" maxlength="80" autocomplete="name"></label>
<button>Accept</button>`,
  },
};

const script = `'use strict';
const given = new URLSearchParams(location.hash.slice(1));
// Neither the history nor whoever looks over a shoulder needs it.
history.replaceState(null, '', location.pathname);
const form = document.querySelector('form');
const status = document.querySelector('[role=status]');
const token = given.get('token');

async function ask(query, input, bearer) {
  const headers = { 'content-type': 'application/json', universe: given.get('universe') || 'main' };
  if (bearer) headers.authorization = 'Bearer ' + bearer;
  const response = await fetch('../graphql', { method: 'POST', headers, body: JSON.stringify({ query, variables: { input } }) });
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors[0].message);
  return Object.values(data)[0];
}

const actions = {
  async 'confirm-email'() {
    await ask('mutation ($input: EmailConfirmInput!) { emailConfirm(input: $input) { user { id } } }', { token });
    return 'The address is confirmed.';
  },
  async 'reset-password'({ password }) {
    await ask('mutation ($input: PasswordResetInput!) { passwordReset(input: $input) { viewer { id } } }', { token, password });
    return 'The password is set. Sign in with it.';
  },
  async 'sign-up'({ displayName, password }) {
    await ask('mutation ($input: UserSignUpCompleteInput!) { userSignUpComplete(input: $input) { viewer { id } } }', { token, displayName, password });
    return 'The account is made. Sign in with it.';
  },
  async 'stop-email-change'() {
    await ask('mutation ($input: EmailChangeStopInput!) { emailChangeStop(input: $input) { user { id } } }', { token });
    return 'The change is stopped, and the account has the address to which this link went. Ask for a new password now.';
  },
  async 'accept-invitation'({ email, password, isNew, displayName }) {
    const { accessToken } = isNew
      ? await ask('mutation ($input: UserSignUpCompleteInput!) { userSignUpComplete(input: $input) { accessToken } }', { token, password, displayName })
      : await ask('mutation ($input: SessionSignInInput!) { sessionSignIn(input: $input) { accessToken } }', { email, password });
    const accept = 'mutation ($input: InvitationAcceptInput!) { invitationAccept(input: $input) { membership { organization { displayName } } } }';
    const { membership } = await ask(accept, { token }, accessToken);
    return 'You are a member of ' + (membership.organization ? membership.organization.displayName : 'the organization') + '.';
  },
};

const isNew = form.elements.namedItem('isNew');
if (isNew) isNew.addEventListener('change', () => {
  const name = form.elements.namedItem('displayName');
  name.closest('label').hidden = !isNew.checked;
  name.required = isNew.checked;
  // A new account has the address to which the invitation went.
  const email = form.elements.namedItem('email');
  email.closest('label').hidden = isNew.checked;
  email.required = !isNew.checked;
});
if (!token) {
  form.hidden = true;
  status.textContent = 'This link is not whole. Open it once more from the mail.';
}
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const button = form.querySelector('button');
  button.disabled = true;
  status.textContent = '';
  try {
    status.textContent = await actions[location.pathname.split('/').pop()](Object.fromEntries(new FormData(form)));
    form.hidden = true;
  } catch (error) {
    status.textContent = error.message;
    button.disabled = false;
  }
});
`;

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "connect-src 'self'",
  "style-src 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const style =
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:28rem;margin:10vh auto;padding:0 1rem}label,button{display:block;margin:1rem 0}[hidden]{display:none}';

function pageOf({ title, form }: { title: string; form: string }): string {
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

/** Answers GET and HEAD of the pages; returns false when there is none of that path. */
export function answerAccount(request: IncomingMessage, response: ServerResponse, path: string): boolean {
  const headers = { 'cache-control': 'no-cache', 'content-security-policy': policy };
  if (path === '/account/page.js') {
    answer(request, response, 200, { ...headers, 'content-type': 'text/javascript; charset=utf-8' }, script);
    return true;
  }
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (!page) return false;
  answer(request, response, 200, { ...headers, 'content-type': 'text/html; charset=utf-8' }, pageOf(page));
  return true;
}
