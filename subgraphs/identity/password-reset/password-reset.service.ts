import type { Transaction } from '../../../platform/context/context.ts';
import { emailConfirmed, passwordResetCompleted, passwordResetRequested } from '../events.ts';
import { ownAgentKeysRevoke } from '../key/actor-key.service.ts';
import type { LinkPurpose } from '../link/one-time-link.entity.ts';
import { linkExpired, linkUse, linkUser } from '../link/one-time-link.service.ts';
import { accountMailQueue } from '../mail/account-mail.service.ts';
import { sessionsRevoke, sessionStart, type TokenPair } from '../session/session.service.ts';
import type { SigningPair } from '../signing/signing.service.ts';
import { clientAllowance, perAddress, allowanceUse, type Allowance } from '../allowance/allowance.service.ts';
import { trustedNetwork } from '../throttle/throttle.service.ts';
import { passwordSet } from '../user/credential.service.ts';
import { normalEmail } from '../../../platform/scalars/email.ts';

/**
 * Queues a mail to this address without looking whether anybody has it: that is found out when the mail goes out, so that the
 * answer and the time it takes are the same for every address.
 */
export async function passwordResetRequest(tx: Transaction, input: { email: string }): Promise<void> {
  const recipient = normalEmail(input.email);
  await allowanceUse(tx, [await resetAllowance(tx, recipient), ...clientAllowance(tx, 'passwordReset')]);
  const mail = accountMailQueue(tx, {
    template: 'PASSWORD_RESET',
    recipient,
    subjectId: null,
  });
  tx.emit(passwordResetRequested, mail.id, { accountMailId: mail.id });
}

/**
 * Whoever asks from a network from which the account has signed in has a count of their own, which strangers cannot use up. From
 * elsewhere all share one; when it is used up, the last link was sent less than its lifetime ago and is still valid.
 */
async function resetAllowance(tx: Transaction, recipient: string): Promise<Allowance> {
  const network = await trustedNetwork(tx, recipient);
  return network === null
    ? { purpose: 'mail.reset', of: recipient, ...perAddress }
    : {
        purpose: 'mail.reset.known',
        of: `${recipient} ${network}`,
        ...perAddress,
      };
}

/**
 * Sets the password of whoever a link was sent to, also the first one of somebody who was invited; ends every session there was and the
 * keys of their agents, and signs in. The link went to the account's address, so that is confirmed as well.
 */
export async function passwordReset(
  tx: Transaction,
  token: string,
  hash: string | null,
  key: SigningPair,
): Promise<TokenPair> {
  const purposes: LinkPurpose[] = ['PASSWORD_RESET', 'ACCOUNT_SETUP'];
  const user = await linkUser(tx, token, purposes);
  const link = await linkUse(tx, token, purposes);
  if (hash === null || user?.email !== link.address) throw linkExpired();
  await passwordSet(tx, user, hash);
  const sessionsEnded = await sessionsRevoke(tx, user.id);
  await ownAgentKeysRevoke(tx, user.id);
  if (!user.emailConfirmedAt) tx.emit(emailConfirmed, user.id, { actorId: user.id });
  user.emailWasRead(tx.now());
  const notice = accountMailQueue(tx, { template: 'PASSWORD_CHANGED', recipient: link.address, subjectId: user.id });
  tx.emit(passwordResetCompleted, user.id, { actorId: user.id, accountMailId: notice.id, sessionsEnded });
  return sessionStart(tx, user, key);
}
