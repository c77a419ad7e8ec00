import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { MailRefused, type MailPort } from '../../../platform/mail/mail.ts';
import { WorkLoop } from '../../../platform/work/loop.ts';
import type { Cause, Worker, Workplace } from '../../../platform/work/worker.ts';
import { accountMailFailed, accountMailSent, mailQueuingFacts } from '../events.ts';
import { AccountMail, attemptsAtMost } from './account-mail.entity.ts';
import { accountMailLetter, subjectOf } from './account-mail-letter.service.ts';
import type { Letter } from './letter.ts';

/** Mails that one process takes at once; the mailer has few connections anyway. */
const takenAtOnce = 10;

/** A process that took a mail and has not reported the outcome after this many seconds is presumed dead. A message takes a minute. */
const leaseSeconds = 300;

/** Milliseconds until the next check while the public address is unknown. */
const untilPublic = 500;

interface Taken {
  id: string;
  universe_id: string;
  requested_by: string | null;
  correlation_id: string;
}

/**
 * Sends the mails that mutations have recorded: at least once, even if the process dies, each time under the same Message-ID, with
 * growing delays after failures. A process takes a mail by postponing its next attempt, so that of several processes one sends it.
 */
export function accountMailDelivery(place: Workplace): Worker {
  const { mail } = place;
  const work = async (port: MailPort, closing: AbortSignal): Promise<Date | null> => {
    const publicUrl = port.publicUrl();
    if (publicUrl === null) return new Date(place.clock.now().getTime() + untilPublic);
    while (!closing.aborted) {
      const next = await nextDue(place);
      if (next === null || next > place.clock.now()) return next;
      const taken = await take(place);
      // Other processes have locked what is due.
      if (taken.length === 0) return next;
      await Promise.all(taken.map((each) => deliver(place, port, publicUrl, each)));
    }
    return null;
  };
  const loop =
    mail &&
    new WorkLoop({ name: 'accountMail', clock: place.clock, log: place.log, work: (closing) => work(mail, closing) });
  let unhear = (): void => {};
  return {
    start() {
      if (!loop) return;
      const types = mailQueuingFacts.map(({ type }) => type);
      unhear = place.hub.hear(types, () => loop.wake());
      loop.wake();
    },
    settled: async () => loop?.settled(),
    async close() {
      unhear();
      await loop?.close();
    },
  };
}

function take(place: Workplace): Promise<Taken[]> {
  return place.database.query<Taken>(
    `update identity.account_mails set attempts = attempts + 1, next_at = $1::timestamptz + $2 * interval '1 second', updated_at = $1
     where id in (
       select id from identity.account_mails where status = 'WAITING' and next_at <= $1 order by next_at limit $3
       for update skip locked
     )
     returning id, universe_id, requested_by, correlation_id`,
    [place.clock.now(), leaseSeconds, takenAtOnce],
  );
}

async function nextDue(place: Workplace): Promise<Date | null> {
  const [row] = await place.database.query<{ next: Date | null }>(
    `select min(next_at) as next from identity.account_mails where status = 'WAITING'`,
  );
  return row?.next ?? null;
}

async function deliver(place: Workplace, port: MailPort, publicUrl: string, taken: Taken): Promise<void> {
  const { id, universe_id: universe } = taken;
  const cause: Cause = { correlationId: taken.correlation_id, onBehalfOf: taken.requested_by };
  let failure: unknown = null;
  try {
    const ready = await place.transaction(
      'identity.accountMail.write',
      universe,
      (tx) => written(tx, id, publicUrl),
      cause,
    );
    if (!ready) return;
    const { letter, mail } = ready;
    await port.mailer.send({ id, to: mail.recipient, date: mail.createdAt, ...letter });
  } catch (error) {
    failure = error ?? new Error('the mail could not be sent');
  }
  await place.transaction('identity.accountMail.note', universe, (tx) => noted(tx, id, failure), cause);
}

/** The mail and its text; null, with the mail deleted, if it is no longer needed. */
async function written(
  tx: Transaction,
  id: string,
  publicUrl: string,
): Promise<{ mail: AccountMail; letter: Letter } | null> {
  const seen = await tx.em.findOne(AccountMail, { id, status: 'WAITING' });
  if (!seen) return null;
  const subject = await subjectOf(tx, seen);
  const mail = await waiting(tx, id);
  if (!mail) return null;
  // Processes that took it died before they could record the outcome; the attempts must end.
  if (mail.attempts > attemptsAtMost) throw new Error('too many processes died while sending this mail');
  // No process ran in time. A late mail is of no use; the person can request it again.
  if (mail.expiresAt <= tx.now()) throw new MailRefused('the mail expired before it could be sent');
  const letter = subject && (await accountMailLetter(tx, mail, subject, publicUrl));
  if (!letter) tx.em.remove(mail);
  return letter && { mail, letter };
}

/** Records the outcome of an attempt; null is success. */
async function noted(tx: Transaction, id: string, failure: unknown): Promise<void> {
  const mail = await waiting(tx, id);
  if (!mail) return;
  const { template } = mail;
  if (failure === null) mail.sent(tx.now());
  else mail.failed(failure, tx.now());
  const { attempts } = mail;
  if (mail.status === 'SENT') tx.emit(accountMailSent, id, { accountMailId: id, template, attempts });
  if (mail.status === 'FAILED') {
    tx.emit(accountMailFailed, id, { accountMailId: id, template, attempts });
    // The error is in `accountMails`, for operators: mail servers quote the address in their answers, and logs contain no addresses.
    tx.log.error({ accountMailId: id, template, attempts }, 'a mail could not be delivered');
  }
}

function waiting(tx: Transaction, id: string): Promise<AccountMail | null> {
  return tx.em.findOne(AccountMail, { id, status: 'WAITING' }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
}
