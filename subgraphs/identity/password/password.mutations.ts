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
    'Changes the viewer’s password. All other sessions end, the keys of the viewer’s own agents are revoked, earlier links and a pending change of address become void, and the viewer gets a notice by mail.',
  errors:
    'NOT_FOUND for agents and services, FORBIDDEN for a wrong password, without a password or on behalf of another actor, INVALID, TOO_MANY with `retryAfter` in seconds after wrong passwords',
  tells: [passwordChanged, actorKeyRevoked],
  input: {
    currentPassword: presentPassword('The present password, at most 200 characters.'),
    password: newPassword('The new password, 12 to 200 characters.'),
  },
  payload: (f) => ({
    viewer: f.object(Viewer, 'The viewer.'),
    revokedCount: f.int('Number of sessions that ended: all except the present one.'),
  }),
  async prepare({ currentPassword, password }, context) {
    const proof = await passwordProof(context, currentPassword);
    return { proof, hash: proof.proven === null ? null : await passwordHash(context, password) };
  },
  async run(tx, _given, { proof, hash }) {
    const user = await ownUser(tx);
    await checkHasPassword(tx, user.id);
    await passwordProved(tx, proof);
    if (hash === null) throw new Error('the new password was not hashed although the present one was right');
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
 * Queues a mail without checking whether an account has the address: the delivery does that, so that the answer and its timing are the
 * same for every address.
 */
export const passwordResetRequest = mutation('passwordResetRequest', {
  access: 'public',
  description:
    'Sends a link for `passwordReset` if there is an account with this address; the answer is the same either way. The link can be used once, within one hour, until the next one is sent.',
  errors:
    'INVALID, TOO_MANY with `retryAfter` in seconds after five for one address, or 100 from one network, within an hour; for an address, each network from which its account has signed in is counted separately',
  tells: [passwordResetRequested],
  input: { email: arg.email('E-mail address of the account; at most 254 characters.') },
  payload: (f) => ({ requested: f.boolean('Always true, whether or not an account has this address.') }),
  async run(tx, { email }) {
    await allowanceUse(tx, [await resetAllowance(tx, email), ...clientAllowance(tx, 'passwordReset')]);
    const mail = accountMailQueue(tx, { template: 'PASSWORD_RESET', recipient: email, subjectId: null });
    tx.emit(passwordResetRequested, mail.id, { accountMailId: mail.id });
    return { requested: true };
  },
});

/**
 * Each network from which the account has signed in is counted separately, so that strangers cannot use it up. All other networks share
 * one count; when it is used up, the last link was sent less than its lifetime ago and is still valid.
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
    'Sets a new password with a link from a mail, confirms the e-mail address, and signs in. A person whose account an operator created sets their first password this way. All existing sessions end, the keys of the person’s own agents are revoked, and all other links and a pending change of address become void.',
  errors:
    'NOT_FOUND for an unknown link, EXPIRED for one that was used, is too old or was replaced by a newer one, INVALID, TOO_MANY with `retryAfter` in seconds for too many passwords from one network',
  tells: [passwordResetCompleted, emailConfirmed, sessionSignedIn, actorKeyRevoked],
  input: { token: linkToken, password: newPassword('The new password; 12 to 200 characters.') },
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
    // The link was sent to the account's address, so this confirms the address as well.
    if (!user.emailConfirmedAt) tx.emit(emailConfirmed, user.id, { actorId: user.id });
    user.emailWasRead(tx.now());
    const notice = accountMailQueue(tx, { template: 'PASSWORD_CHANGED', recipient: link.address, subjectId: user.id });
    tx.emit(passwordResetCompleted, user.id, { actorId: user.id, accountMailId: notice.id, sessionsEnded });
    return sessionStart(tx, user, key);
  },
});
