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
 * Queues a mail without checking whether an account has the address: the delivery does that, so that the answer and its timing are the
 * same for every address. Password and name are asked for only after the address is confirmed, so that the mail contains no text by a
 * stranger, and no account exists with a stranger's password.
 */
export const userSignUp = mutation('userSignUp', {
  access: 'public',
  description:
    'Sends a link for `userSignUpComplete`, which creates the account; the answer is the same whether or not the address has an account. The link can be used once, within 24 hours, until the next one is sent.',
  errors:
    'INVALID, TOO_MANY with `retryAfter` in seconds after five mails to one address, or 100 from one network, within an hour',
  tells: [userSignUpRequested],
  input: { email: newUserEmail },
  payload: (f) => ({
    requested: f.boolean(
      'Always true: a mail is sent to the address. Only the mail says whether the address already has an account.',
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
    'Creates an account with the link that `userSignUp` sent, and signs in. The e-mail address is confirmed by it. The link of an invitation can be used instead, and stays valid for `invitationAccept`.',
  errors:
    'NOT_FOUND for an unknown link, EXPIRED for one that was used, is too old or was replaced by a newer one, CONFLICT if the address now has an account, INVALID, TOO_MANY with `retryAfter` in seconds for too many passwords from one network',
  tells: [userSignedUp, sessionSignedIn],
  input: {
    token: linkToken,
    password: newPassword('The password of the account; 12 to 200 characters.'),
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
    // An invitation's link is used by the subsequent acceptance.
    if (link.purpose === 'SIGN_UP') linkUsed(tx, link);
    tx.emit(userSignedUp, user.id, { userId: user.id });
    return { user, ...(await sessionStart(tx, user, key)) };
  },
});
