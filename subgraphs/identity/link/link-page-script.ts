/** The script of the pages of links, an ordinary client of the graph. */
export const linkPageScript = `'use strict';
const given = new URLSearchParams(location.hash.slice(1));
// Keeps the token out of the history and the address bar.
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
    return 'The account was created. Sign in with it.';
  },
  async 'stop-email-change'() {
    await ask('mutation ($input: EmailChangeStopInput!) { emailChangeStop(input: $input) { user { id } } }', { token });
    return 'The change was stopped, and the account has the address to which this link was sent. Ask for a new password now.';
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
  // A new account gets the address to which the invitation was sent.
  const email = form.elements.namedItem('email');
  email.closest('label').hidden = isNew.checked;
  email.required = !isNew.checked;
});
if (!token) {
  form.hidden = true;
  status.textContent = 'This link is incomplete. Open it again from the mail.';
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
