import type { Transaction } from '../../../platform/context/context.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { createRow } from '../../../platform/nouns/row.ts';
import type { Actor } from '../actor/actor.entity.ts';
import { linkLifetimes, type LinkPurpose } from '../link/one-time-link.entity.ts';
import { AccountMail, type AccountMailTemplate } from './account-mail.entity.ts';

/** A notice without a link is of use for this long, in milliseconds. */
const noticeLifetime = 3 * 24 * 3600 * 1000;

interface NewMail {
  template: AccountMailTemplate;
  /** One address, lower case. */
  recipient: string;
  /** The user or invitation that it is about; null where it is looked up by the address when the mail goes out. */
  subjectId: string | null;
}

/** What a mail is when it is recorded, besides its id and times. */
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
 * Records a mail that goes out after the commit. Nothing of it is made here: the link is issued and the text written when it is
 * sent, so that it takes as long for an address that nobody has as for any other. The fact that is told with it wakes the delivery.
 */
export function accountMailQueue(tx: Transaction, mail: NewMail): AccountMail {
  return createRow(tx, AccountMail, newId('aml'), waiting(tx, mail));
}

/**
 * Mails of these purposes that still wait are not sent; of those by which a change of address is taken back only what would go to the
 * present one. The caller has locked the user's row, which the delivery locks before it
 * makes a link: a mail is gone here, or its link is there to be made void.
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

/** Mails by which changes of address of somebody are stopped or taken back, and that still wait, are not sent. */
export async function stopMailsDrop(tx: Transaction, userId: string): Promise<void> {
  await tx.em.nativeDelete(AccountMail, { status: 'WAITING', template: 'EMAIL_CHANGE_STOP', subjectId: userId });
}
