import { mutation } from '../../../platform/declare/mutation.ts';
import { users } from '../actor/actor.noun.ts';
import { allowanceUse, clientAllowance, mailAllowance } from '../allowance/allowance.service.ts';
import { sessionSignedIn, userSignedUp, userSignUpRequested } from '../events.ts';
import { hashByLink, linkExpired, linkHold, linkUsed } from '../link/one-time-link.service.ts';
import { accountMailQueue } from '../mail/account-mail.service.ts';
import { sessionStart } from '../session/session.service.ts';
import { SessionTokens } from '../session/session-tokens.ts';
import { signingKey } from '../signing/signing.service.ts';
import { linkToken, newPassword, newUserEmail, newUserName } from '../user/user-arguments.ts';
import { makeUser } from '../user/user.service.ts';

/**
 * Queues a mail to this address without looking whether anybody has it: that is found out when the mail goes out, so that the
 * answer and the time it takes are the same for every address. Nothing is hashed and no name is taken before somebody has shown
 * that they read it, so no stranger's words stand in the mail, and no account waits for its owner with a stranger's password.
 */
export const userSignUp = mutation('userSignUp', {
  access: 'public',
  description:
    'Sends a link with which `userSignUpComplete` makes the account; the answer is the same whether or not the address has an account. The link can be used once, within 24 hours, until the next one is sent.',
  errors: 'INVALID, TOO_MANY with `retryAfter` in seconds after five mails to one address within an hour',
  tells: [userSignUpRequested],
  input: { email: newUserEmail },
  payload: (f) => ({
    requested: f.boolean(
      'Always true: a mail is sent to the address. Only the mail says whether an account has it already.',
    ),
  }),
  async run(tx, { email }) {
    await allowanceUse(tx, [mailAllowance(email), ...clientAllowance(tx, 'signUp')]);
    const mail = accountMailQueue(tx, { template: 'SIGN_UP', recipient: email, subjectId: null });
    tx.emit(userSignUpRequested, mail.id, { accountMailId: mail.id });
    return { requested: true };
  },
});

export const userSignUpComplete = mutation('userSignUpComplete', {
  access: 'public',
  description:
    'Creates the account by the link that `userSignUp` sent, and signs in. The e-mail address of the account counts as confirmed. The link of an invitation can be used instead, and stays valid for `invitationAccept`.',
  errors:
    'NOT_FOUND for an unknown link, EXPIRED for one that is used, too old or followed by a newer one, CONFLICT when the address has an account by now, INVALID, TOO_MANY',
  tells: [userSignedUp, sessionSignedIn],
  input: {
    token: linkToken('The text behind `#token=` in the link of the mail: that of `userSignUp`, or of an invitation.'),
    password: newPassword('12 to 200 characters.'),
    displayName: newUserName,
  },
  implements: SessionTokens,
  payload: (f) => ({ ...SessionTokens.fields, user: f.row(() => users, 'The new account.') }),
  async prepare(given, context) {
    return { hash: await hashByLink(context, given), key: await signingKey(context) };
  },
  async run(tx, { token, displayName }, { hash, key }) {
    const link = await linkHold(tx, token, ['SIGN_UP', 'INVITATION']);
    if (hash === null) throw linkExpired();
    const user = await makeUser(tx, { email: link.address, passwordHash: hash, displayName }, ['input', 'token']);
    user.emailWasRead(tx.now());
    // An invitation's link is used by the acceptance that follows.
    if (link.purpose === 'SIGN_UP') linkUsed(tx, link);
    tx.emit(userSignedUp, user.id, { userId: user.id });
    return { user, ...(await sessionStart(tx, user, key)) };
  },
});
