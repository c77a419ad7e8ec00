import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { Conflict, Forbidden, Invalid, NotFound } from '../../../platform/errors/errors.ts';
import { Actor } from '../actor/actor.entity.ts';
import { emailChanged, emailChangeRequested, emailConfirmationRequested, emailConfirmed } from '../events.ts';
import { linkExpired, linksVoid, linkUse } from '../link/one-time-link.service.ts';
import { accountMailQueue } from '../mail/account-mail.service.ts';
import { clientAllowance, perAddress, allowanceUse } from '../allowance/allowance.service.ts';
import { Credential } from '../user/credential.entity.ts';
import { passwordProved, type PasswordProof } from '../user/password-proof.service.ts';
import { normalEmail } from '../user/user.service.ts';

/** The person who asks, by themselves: an operator in their name does not decide over their address. */
async function ownUser(tx: Transaction): Promise<Actor> {
  if (tx.actor.delegate !== null) throw new Forbidden('Nobody does this on behalf of somebody else.');
  const user = await tx.em.findOne(Actor, { id: tx.actorId, kind: 'USER' }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!user) throw new NotFound('Only people have an e-mail address.');
  return user;
}

/** Queues a link that confirms the address of whoever asks; false when it is confirmed already. */
export async function emailConfirmationRequest(tx: Transaction): Promise<boolean> {
  const user = await ownUser(tx);
  if (!user.email || user.emailConfirmedAt) return false;
  await allowanceUse(tx, [
    { purpose: 'emailConfirmation.account', of: user.id, ...perAddress },
    { purpose: 'mail.address', of: user.email, ...perAddress },
  ]);
  const mail = accountMailQueue(tx, { template: 'EMAIL_CONFIRMATION', recipient: user.email, subjectId: user.id });
  tx.emit(emailConfirmationRequested, user.id, { actorId: user.id, accountMailId: mail.id });
  return true;
}

/** Uses a link up: the address is confirmed, or is the one of the account from now on. */
export async function emailConfirm(tx: Transaction, token: string): Promise<Actor> {
  const link = await linkUse(tx, token, ['EMAIL_CONFIRMATION', 'EMAIL_CHANGE']);
  const user = await tx.em.findOne(
    Actor,
    { id: link.subjectId, kind: 'USER' },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  const now = tx.now();
  if (link.purpose === 'EMAIL_CONFIRMATION') {
    // The link shows that somebody reads the address it went to, which may not be the account's any more.
    if (user?.email !== link.address) throw linkExpired();
    user.emailWasRead(now);
    tx.emit(emailConfirmed, user.id, { actorId: user.id });
    return user;
  }
  if (!user?.email) throw linkExpired();
  if (await tx.em.findOne(Actor, { email: link.address }, { fields: ['id'] })) throw taken();
  const previous = user.email;
  user.changeEmail(link.address, now);
  // Links that went to the address before must not open the account any more.
  await linksVoid(tx, ['EMAIL_CONFIRMATION', 'PASSWORD_RESET', 'ACCOUNT_SETUP'], user.id);
  const notice = accountMailQueue(tx, { template: 'EMAIL_CHANGED', recipient: previous, subjectId: user.id });
  tx.emit(emailChanged, user.id, { actorId: user.id, accountMailId: notice.id });
  return user;
}

const taken = (): Conflict =>
  new Conflict('There is another account with this e-mail address by now.', { path: ['input', 'token'] });

/** Queues a link to the new address. Whether somebody else has it is not told: then no mail goes out. */
export async function emailChange(tx: Transaction, input: { email: string }, proof: PasswordProof): Promise<void> {
  const user = await ownUser(tx);
  const email = normalEmail(input.email);
  if (!(await tx.em.findOne(Credential, { id: user.id }, { fields: ['id'] })))
    throw new Forbidden('Set a password first: `passwordResetRequest` sends a link.');
  await passwordProved(tx, proof);
  if (email === user.email)
    throw new Invalid('This is the address of the account already.', { path: ['input', 'email'] });
  await allowanceUse(tx, [
    { purpose: 'emailChange.account', of: user.id, ...perAddress },
    { purpose: 'mail.address', of: email, ...perAddress },
    ...clientAllowance(tx, 'emailChange'),
  ]);
  const mail = accountMailQueue(tx, { template: 'EMAIL_CHANGE', recipient: email, subjectId: user.id });
  tx.emit(emailChangeRequested, user.id, { actorId: user.id, accountMailId: mail.id });
}
