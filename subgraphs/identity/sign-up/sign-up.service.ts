import type { Transaction } from '../../../platform/context/context.ts';
import { normalEmail } from '../../../platform/scalars/email.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { allowanceUse, clientAllowance, mailAllowance } from '../allowance/allowance.service.ts';
import { userSignedUp, userSignUpRequested } from '../events.ts';
import { linkExpired, linkHold, linkUsed } from '../link/one-time-link.service.ts';
import { accountMailQueue } from '../mail/account-mail.service.ts';
import { sessionStart, type TokenPair } from '../session/session.service.ts';
import type { SigningPair } from '../signing/signing.service.ts';
import { makeUser } from '../user/user.service.ts';

/**
 * Queues a mail to this address without looking whether anybody has it: that is found out when the mail goes out, so that the
 * answer and the time it takes are the same for every address. Nothing is hashed and no name is taken before somebody has shown
 * that they read it, so no stranger's words stand in the mail, and no account waits for its owner with a stranger's password.
 */
export async function userSignUp(tx: Transaction, input: { email: string }): Promise<void> {
  const recipient = normalEmail(input.email);
  await allowanceUse(tx, [mailAllowance(recipient), ...clientAllowance(tx, 'signUp')]);
  const mail = accountMailQueue(tx, {
    template: 'SIGN_UP',
    recipient,
    subjectId: null,
  });
  tx.emit(userSignUpRequested, mail.id, { accountMailId: mail.id });
}

export async function userSignUpComplete(
  tx: Transaction,
  input: { token: string; displayName: string },
  hash: string | null,
  key: SigningPair,
): Promise<TokenPair & { user: Actor }> {
  const link = await linkHold(tx, input.token, ['SIGN_UP', 'INVITATION']);
  if (hash === null) throw linkExpired();
  const user = await makeUser(tx, { email: link.address, passwordHash: hash, displayName: input.displayName }, [
    'input',
    'token',
  ]);
  user.emailWasRead(tx.now());
  // An invitation's link is used by the acceptance that follows.
  if (link.purpose === 'SIGN_UP') linkUsed(tx, link);
  tx.emit(userSignedUp, user.id, { userId: user.id });
  return { user, ...(await sessionStart(tx, user, key)) };
}
