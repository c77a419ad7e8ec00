import { LockMode } from '@mikro-orm/core';
import type { Context, Transaction } from '../../../platform/context/context.ts';
import { Actor } from '../actor/actor.entity.ts';
import { emailConfirmed, passwordResetCompleted, passwordResetRequested } from '../events.ts';
import { linkExpired, linkIsLive, linksVoid, linkUse } from '../link/one-time-link.service.ts';
import { accountMailQueue } from '../mail/account-mail.service.ts';
import { sessionsRevoke, sessionStart, type TokenPair } from '../session/session.service.ts';
import type { SigningPair } from '../signing/signing.service.ts';
import { clientAllowance, perAddress, allowanceUse } from '../allowance/allowance.service.ts';
import { Credential } from '../user/credential.entity.ts';
import { passwordHash } from '../user/password.ts';
import { normalEmail } from '../user/user.service.ts';

/**
 * Queues a mail to this address without looking whether anybody has it: that is found out when the mail goes out, so that the
 * answer and the time it takes are the same for every address.
 */
export async function passwordResetRequest(tx: Transaction, input: { email: string }): Promise<void> {
  const recipient = normalEmail(input.email);
  await allowanceUse(tx, [
    { purpose: 'mail.address', of: recipient, ...perAddress },
    ...clientAllowance(tx, 'passwordReset'),
  ]);
  const mail = accountMailQueue(tx, { template: 'PASSWORD_RESET', recipient, subjectId: null });
  tx.emit(passwordResetRequested, mail.id, { accountMailId: mail.id });
}

/** Hashes the new password, which is slow on purpose; for a link that is not good it is not done at all. */
export async function newPasswordHash(
  context: Context,
  input: { token: string; password: string },
): Promise<string | null> {
  return (await linkIsLive(context, input.token)) ? passwordHash(input.password) : null;
}

/**
 * Sets the password of whoever a link was sent to, ends every session there was, and signs in. Also the first password of
 * somebody who was invited. The link went to the account's address, so that is confirmed as well.
 */
export async function passwordReset(
  tx: Transaction,
  token: string,
  hash: string | null,
  key: SigningPair,
): Promise<TokenPair> {
  const link = await linkUse(tx, token, ['PASSWORD_RESET', 'ACCOUNT_SETUP']);
  const user = await tx.em.findOne(
    Actor,
    { id: link.subjectId, kind: 'USER' },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  if (hash === null || user?.email !== link.address) throw linkExpired();
  await linksVoid(tx, ['PASSWORD_RESET', 'ACCOUNT_SETUP'], user.id);
  await setPassword(tx, user.id, hash);
  const sessionsEnded = await sessionsRevoke(tx, user.id);
  if (!user.emailConfirmedAt) tx.emit(emailConfirmed, user.id, { actorId: user.id });
  user.emailWasRead(tx.now());
  const notice = accountMailQueue(tx, { template: 'PASSWORD_CHANGED', recipient: link.address, subjectId: user.id });
  tx.emit(passwordResetCompleted, user.id, { actorId: user.id, accountMailId: notice.id, sessionsEnded });
  return sessionStart(tx, user, key);
}

async function setPassword(tx: Transaction, userId: string, hash: string): Promise<void> {
  const now = tx.now();
  const known = await tx.em.findOne(Credential, { id: userId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (known) {
    known.passwordHash = hash;
    known.updatedAt = now;
    return;
  }
  const times = { createdAt: now, updatedAt: now };
  tx.em.persist(tx.em.create(Credential, { id: userId, universeId: tx.universe, ...times, passwordHash: hash }));
}
