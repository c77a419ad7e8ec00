import type { Transaction } from '../../../platform/context/context.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { createRow } from '../../../platform/nouns/row.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { linkLifetimes, type LinkPurpose } from '../link/one-time-link.entity.ts';
import { AccountMail, type AccountMailTemplate } from './account-mail.entity.ts';

/** How long a notice without a link is of use, in milliseconds. */
const noticeLifetime = 3 * 24 * 3600 * 1000;

interface NewMail {
  template: AccountMailTemplate;
  /** One address, in normal form. */
  recipient: string;
  /** The user or invitation that it is about; null if the delivery looks it up by the address. */
  subjectId: string | null;
}

/** The columns of a new mail, without its id and times. */
function waiting(tx: Transaction, mail: NewMail) {
  const { template } = mail;
  const lifetime = template in linkLifetimes ? linkLifetimes[template as LinkPurpose] : noticeLifetime;
  return {
    ...mail,
    status: 'WAITING' as const,
    nextAt: tx.now(),
    expiresAt: new Date(tx.now().getTime() + lifetime),
    requestedBy: tx.actor.id,
    correlationId: tx.info.correlationId,
  };
}

/**
 * Records a mail to be sent after the commit. The link and the text are created by the delivery, so that a request takes as long for an
 * unknown address as for any other. The caller emits a fact, which wakes the delivery.
 */
export function accountMailQueue(tx: Transaction, mail: NewMail): AccountMail {
  return createRow(tx, AccountMail, newId('aml'), waiting(tx, mail));
}

/**
 * Deletes waiting mails of these purposes; of those that stop a change of address only the ones to the present address. The caller has
 * locked the user's row, which the delivery locks before it creates a link: so either the mail is deleted here, or its link already
 * exists and can be voided.
 */
export async function accountMailsDrop(tx: Transaction, user: Actor, purposes: readonly LinkPurpose[]): Promise<void> {
  const stop = 'EMAIL_CHANGE_STOP';
  const stops = purposes.includes(stop) ? [{ template: stop, recipient: user.email ?? '' } as const] : [];
  await tx.em.nativeDelete(AccountMail, {
    status: 'WAITING',
    $and: [{ $or: [{ template: { $in: purposes.filter((purpose) => purpose !== stop) } }, ...stops] }],
    $or: [{ subjectId: user.id }, ...(user.email ? [{ subjectId: null, recipient: user.email }] : [])],
  });
}

/** Deletes waiting mails that stop or undo a user's changes of address. */
export async function stopMailsDrop(tx: Transaction, userId: string): Promise<void> {
  await tx.em.nativeDelete(AccountMail, { status: 'WAITING', template: 'EMAIL_CHANGE_STOP', subjectId: userId });
}
