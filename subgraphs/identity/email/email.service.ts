import type { Transaction } from '../../../platform/context/context.ts';
import { Forbidden, NotFound } from '../../../platform/errors/errors.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { lockActor } from '../actor/actor-locks.service.ts';
import { allowanceUse, clientAllowance, mailAllowance, perAddress } from '../allowance/allowance.service.ts';
import { emailChangeRequested } from '../events.ts';
import { accountMailQueue } from '../mail/account-mail.service.ts';

/** Locks and returns the person who makes the request. An operator on their behalf must not decide about their address. */
export async function ownUser(tx: Transaction): Promise<Actor> {
  if (tx.actor.delegate !== null) throw new Forbidden('This cannot be done on behalf of another actor.');
  const user = await lockActor(tx, { id: tx.actorId, kind: 'USER' });
  if (!user) throw new NotFound('Only people have an e-mail address.');
  return user;
}

/** Queues the mails of a change for a locked user: a confirming link to the new address, a stopping link to the present one. */
export async function requestEmailChange(tx: Transaction, user: Actor, email: string): Promise<void> {
  const { id: actorId, email: present } = user;
  await allowanceUse(tx, [
    { purpose: 'emailChange.account', of: actorId, ...perAddress },
    mailAllowance(email),
    ...clientAllowance(tx, 'emailChange'),
  ]);
  // Whether another account has the address is checked by the delivery, which then sends nothing, so that the answer does not reveal it.
  const mail = accountMailQueue(tx, { template: 'EMAIL_CHANGE', recipient: email, subjectId: actorId });
  // The reader of the present address can stop the change: a stolen password alone does not take over the account.
  if (present) accountMailQueue(tx, { template: 'EMAIL_CHANGE_STOP', recipient: present, subjectId: actorId });
  tx.emit(emailChangeRequested, actorId, { actorId, accountMailId: mail.id });
}
