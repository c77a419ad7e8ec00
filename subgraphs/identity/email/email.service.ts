import type { Transaction } from '../../../platform/context/context.ts';
import { Forbidden, NotFound } from '../../../platform/errors/errors.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { lockActor } from '../actor/actor-locks.service.ts';
import { allowanceUse, clientAllowance, mailAllowance, perAddress } from '../allowance/allowance.service.ts';
import { emailChangeRequested } from '../events.ts';
import { accountMailQueue } from '../mail/account-mail.service.ts';

/** The person who asks, by themselves: an operator in their name does not decide over their address. */
export async function ownUser(tx: Transaction): Promise<Actor> {
  if (tx.actor.delegate !== null) throw new Forbidden('Nobody does this on behalf of somebody else.');
  const user = await lockActor(tx, { id: tx.actorId, kind: 'USER' });
  if (!user) throw new NotFound('Only people have an e-mail address.');
  return user;
}

/** Queues the links of a change for a user whose row is locked: one that makes it to the new address, one that stops it to the present. */
export async function requestEmailChange(tx: Transaction, user: Actor, email: string): Promise<void> {
  const { id: actorId, email: present } = user;
  await allowanceUse(tx, [
    { purpose: 'emailChange.account', of: actorId, ...perAddress },
    mailAllowance(email),
    ...clientAllowance(tx, 'emailChange'),
  ]);
  // Whether somebody else has the address is found out when the mail is to go out: then none does, and the answer is the same.
  const mail = accountMailQueue(tx, { template: 'EMAIL_CHANGE', recipient: email, subjectId: actorId });
  // Who reads the present address can stop it: a stolen password alone does not take the account.
  if (present) accountMailQueue(tx, { template: 'EMAIL_CHANGE_STOP', recipient: present, subjectId: actorId });
  tx.emit(emailChangeRequested, actorId, { actorId, accountMailId: mail.id });
}
