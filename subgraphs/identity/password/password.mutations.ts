import type { Transaction } from '../../../platform/context/context.ts';
import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { allowanceUse, clientAllowance, perAddress, type Allowance } from '../allowance/allowance.service.ts';
import { ownUser } from '../email/email.service.ts';
import {
  actorKeyRevoked,
  emailConfirmed,
  passwordChanged,
  passwordResetCompleted,
  passwordResetRequested,
  sessionSignedIn,
} from '../events.ts';
import { ownAgentKeysRevoke } from '../key/actor-key.service.ts';
import type { LinkPurpose } from '../link/one-time-link.entity.ts';
import { hashByLink, linkExpired, linkUse, linkUser } from '../link/one-time-link.service.ts';
import { accountMailQueue } from '../mail/account-mail.service.ts';
import { otherSessionsRevoke, sessionsRevoke, sessionStart } from '../session/session.service.ts';
import { SessionTokens } from '../session/session-tokens.ts';
import { signingKey } from '../signing/signing.service.ts';
import { trustedNetwork } from '../throttle/throttle.service.ts';
import { passwordSet } from '../user/credential.service.ts';
import { passwordHash } from '../user/password.ts';
import { checkHasPassword, passwordProof, passwordProved } from '../user/password-proof.service.ts';
import { linkToken, newPassword, presentPassword } from '../user/user-arguments.ts';
import { Viewer } from '../viewer/viewer.ts';

export const passwordChange = mutation('passwordChange', {
  access: 'signedIn',
  description:
    'Changes the password of the viewer. All other sessions end, the keys of the viewer’s own agents are revoked, links that were sent before and a pending change of address are void, and a mail tells of it.',
  errors:
    'FORBIDDEN for a wrong password, without a password or on behalf of somebody else, INVALID, TOO_MANY with `retryAfter` in seconds',
  tells: [passwordChanged, actorKeyRevoked],
  input: {
    currentPassword: presentPassword('The present password, at most 200 characters.'),
    password: newPassword('The new password, 12 to 200 characters.'),
  },
  payload: (f) => ({
    viewer: f.object(Viewer, 'Whose password it is.'),
    revokedCount: f.int('Number of sessions that ended: all but the one that asks.'),
  }),
  async prepare({ currentPassword, password }, context) {
    const proof = await passwordProof(context, currentPassword);
    return { proof, hash: proof.proven === null ? null : await passwordHash(context, password) };
  },
  async run(tx, _given, { proof, hash }) {
    const user = await ownUser(tx);
    await checkHasPassword(tx, user.id);
    await passwordProved(tx, proof);
    if (hash === null) throw new Error('a right password comes with a hash of the next');
    await passwordSet(tx, user, hash);
    const { length: revokedCount } = await otherSessionsRevoke(tx);
    await ownAgentKeysRevoke(tx, user.id);
    const { id: actorId, email } = user;
    const notice =
      email && accountMailQueue(tx, { template: 'PASSWORD_CHANGED', recipient: email, subjectId: actorId });
    tx.emit(passwordChanged, actorId, {
      actorId,
      accountMailId: notice ? notice.id : null,
      sessionsEnded: revokedCount,
    });
    return { viewer: user, revokedCount };
  },
});

/**
 * Queues a mail to this address without looking whether anybody has it: that is found out when the mail goes out, so that the
 * answer and the time it takes are the same for every address.
 */
export const passwordResetRequest = mutation('passwordResetRequest', {
  access: 'public',
  description:
    'Sends a link to set a new password, if there is an account with this address; the answer is the same either way. The link can be used once, within one hour, until the next one is sent.',
  errors:
    'INVALID, TOO_MANY with `retryAfter` in seconds after five to one address within an hour; networks from which the account has signed in are counted apart',
  tells: [passwordResetRequested],
  input: { email: arg.email('At most 254 characters.') },
  payload: (f) => ({ requested: f.boolean('Always true, whether or not an account has this address.') }),
  async run(tx, { email }) {
    await allowanceUse(tx, [await resetAllowance(tx, email), ...clientAllowance(tx, 'passwordReset')]);
    const mail = accountMailQueue(tx, { template: 'PASSWORD_RESET', recipient: email, subjectId: null });
    tx.emit(passwordResetRequested, mail.id, { accountMailId: mail.id });
    return { requested: true };
  },
});

/**
 * Who asks from a network from which the account has signed in has a count of their own, which strangers cannot use up. From
 * elsewhere all share one; when it is used up, the last link was sent less than its lifetime ago and is still valid.
 */
async function resetAllowance(tx: Transaction, recipient: string): Promise<Allowance> {
  const network = await trustedNetwork(tx, recipient);
  return network === null
    ? { purpose: 'mail.reset', of: recipient, ...perAddress }
    : { purpose: 'mail.reset.known', of: `${recipient} ${network}`, ...perAddress };
}

export const passwordReset = mutation('passwordReset', {
  access: 'public',
  description:
    'Sets a new password with a link from a mail, and signs in. An invited person sets their first password this way. All existing sessions end at once, the keys of the person’s own agents are revoked, and all other links and a pending change of address become void.',
  errors: 'NOT_FOUND for an unknown link, EXPIRED for one that is used, too old or followed by a newer one, INVALID',
  tells: [passwordResetCompleted, emailConfirmed, sessionSignedIn, actorKeyRevoked],
  input: { token: linkToken('The text behind `#token=` in the link.'), password: newPassword('12 to 200 characters.') },
  implements: SessionTokens,
  payload: () => SessionTokens.fields,
  async prepare(given, context) {
    return { hash: await hashByLink(context, given), key: await signingKey(context) };
  },
  async run(tx, { token }, { hash, key }) {
    const purposes: LinkPurpose[] = ['PASSWORD_RESET', 'ACCOUNT_SETUP'];
    const user = await linkUser(tx, token, purposes);
    const link = await linkUse(tx, token, purposes);
    if (hash === null || user?.email !== link.address) throw linkExpired();
    await passwordSet(tx, user, hash);
    const sessionsEnded = await sessionsRevoke(tx, user.id);
    await ownAgentKeysRevoke(tx, user.id);
    // The link went to the account's address, so that is confirmed as well.
    if (!user.emailConfirmedAt) tx.emit(emailConfirmed, user.id, { actorId: user.id });
    user.emailWasRead(tx.now());
    const notice = accountMailQueue(tx, { template: 'PASSWORD_CHANGED', recipient: link.address, subjectId: user.id });
    tx.emit(passwordResetCompleted, user.id, { actorId: user.id, accountMailId: notice.id, sessionsEnded });
    return sessionStart(tx, user, key);
  },
});
