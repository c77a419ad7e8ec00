import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { Conflict, Forbidden, Invalid, NotFound } from '../../../platform/errors/errors.ts';
import { Actor } from '../actor/actor.entity.ts';
import {
  emailChanged,
  emailChangeRequested,
  emailChangeStopped,
  emailConfirmationRequested,
  emailConfirmed,
} from '../events.ts';
import { ownAgentKeysRevoke } from '../key/actor-key.service.ts';
import { accountLinkPurposes, type LinkPurpose, type OneTimeLink } from '../link/one-time-link.entity.ts';
import { laterStopsVoid, linkExpired, linksVoid, linkUse, linkUser } from '../link/one-time-link.service.ts';
import { accountMailQueue, accountMailsDrop, stopMailsDrop } from '../mail/account-mail.service.ts';
import { clientAllowance, mailAllowance, perAddress, allowanceUse } from '../allowance/allowance.service.ts';
import { sessionsRevoke } from '../session/session.service.ts';
import { Credential } from '../user/credential.entity.ts';
import { checkHasPassword, passwordProved, type PasswordProof } from '../user/password-proof.service.ts';
import { normalEmail } from '../../../platform/scalars/email.ts';

/** What opens an account or changes it, without what takes a change back. */
const changingPurposes = accountLinkPurposes.filter((purpose) => purpose !== 'EMAIL_CHANGE_STOP');

/** The person who asks, by themselves: an operator in their name does not decide over their address. */
export async function ownUser(tx: Transaction): Promise<Actor> {
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
    // Not what strangers use up: the owner of the account asks.
    { purpose: 'mail.confirmation', of: user.email, ...perAddress },
  ]);
  const mail = accountMailQueue(tx, { template: 'EMAIL_CONFIRMATION', recipient: user.email, subjectId: user.id });
  tx.emit(emailConfirmationRequested, user.id, { actorId: user.id, accountMailId: mail.id });
  return true;
}

/** Uses a link up: the address is confirmed, or is the one of the account from now on. */
export async function emailConfirm(tx: Transaction, token: string): Promise<Actor> {
  const purposes: LinkPurpose[] = ['EMAIL_CONFIRMATION', 'EMAIL_CHANGE'];
  const user = await linkUser(tx, token, purposes);
  const link = await linkUse(tx, token, purposes);
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
  // Links that went to the address before must not open the account any more, nor those that wait to go there; one takes it back.
  await accountMailsDrop(tx, user, changingPurposes);
  await linksVoid(tx, changingPurposes, user.id);
  user.changeEmail(link.address, now);
  const notice = accountMailQueue(tx, {
    template: 'EMAIL_CHANGED',
    recipient: previous,
    subjectId: user.id,
  });
  tx.emit(emailChanged, user.id, {
    actorId: user.id,
    accountMailId: notice.id,
  });
  return user;
}

const taken = (): Conflict =>
  new Conflict('There is another account with this e-mail address by now.', { path: ['input', 'token'] });

/** Queues a link to the new address. Whether somebody else has it is not told: then no mail goes out. */
export async function emailChange(tx: Transaction, input: { email: string }, proof: PasswordProof): Promise<void> {
  const user = await ownUser(tx);
  const email = normalEmail(input.email);
  await checkHasPassword(tx, user.id);
  await passwordProved(tx, proof);
  if (email === user.email)
    throw new Invalid('This is the address of the account already.', { path: ['input', 'email'] });
  await requestEmailChange(tx, user, email);
}

/** Queues the links of a change for a user whose row is locked: one that makes it to the new address, one that stops it to the present. */
export async function requestEmailChange(tx: Transaction, user: Actor, email: string): Promise<void> {
  await allowanceUse(tx, [
    { purpose: 'emailChange.account', of: user.id, ...perAddress },
    mailAllowance(email),
    ...clientAllowance(tx, 'emailChange'),
  ]);
  const mail = accountMailQueue(tx, {
    template: 'EMAIL_CHANGE',
    recipient: email,
    subjectId: user.id,
  });
  // Whoever reads the present address can stop it: a stolen password alone does not take the account.
  if (user.email)
    accountMailQueue(tx, {
      template: 'EMAIL_CHANGE_STOP',
      recipient: user.email,
      subjectId: user.id,
    });
  tx.emit(emailChangeRequested, user.id, {
    actorId: user.id,
    accountMailId: mail.id,
  });
}

/**
 * Stops a change of address that was asked for, or takes it back, and ends all sessions and the keys of own agents: whoever asked knew
 * the password, and has confirmed an own address a moment later.
 */
export async function emailChangeStop(tx: Transaction, token: string): Promise<Actor> {
  const user = await linkUser(tx, token, ['EMAIL_CHANGE_STOP']);
  const link = await linkUse(tx, token, ['EMAIL_CHANGE_STOP']);
  if (!user?.email) throw linkExpired();
  if (user.email === link.address) {
    await accountMailsDrop(tx, user, ['EMAIL_CHANGE', 'EMAIL_CHANGE_STOP']);
    await linksVoid(tx, ['EMAIL_CHANGE', 'EMAIL_CHANGE_STOP'], user.id, link.address);
  } else await takeBack(tx, user, link);
  const sessionsEnded = await sessionsRevoke(tx, user.id);
  await ownAgentKeysRevoke(tx, user.id);
  tx.emit(emailChangeStopped, user.id, { actorId: user.id, sessionsEnded });
  return user;
}

/** Gives a user the former address again. The password is void: it was known by who changed the address, or is that one's own. */
async function takeBack(tx: Transaction, user: Actor, link: OneTimeLink): Promise<void> {
  if (await tx.em.findOne(Actor, { email: normalEmail(link.address) }, { fields: ['id'] })) throw taken();
  await accountMailsDrop(tx, user, changingPurposes);
  await stopMailsDrop(tx, user.id);
  await linksVoid(tx, changingPurposes, user.id);
  await laterStopsVoid(tx, link);
  await tx.em.nativeDelete(Credential, { id: user.id });
  user.changeEmail(normalEmail(link.address), tx.now());
  tx.emit(emailChanged, user.id, { actorId: user.id, accountMailId: null });
}
