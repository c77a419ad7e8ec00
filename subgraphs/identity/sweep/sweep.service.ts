import type { Context } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { writeMissingWords } from '../actor/name-words.ts';

const day = 24 * 3600 * 1000;
/** How long mails and expired links are kept for operators, in milliseconds. */
const keepMails = 30 * day;
/** How long a removed membership is kept for a repeated removal, in milliseconds. */
const keepMemberships = 30 * day;
/** How long a session that has ended is kept with its network and device, in milliseconds. */
const keepSessions = 30 * day;
/** Rows per statement, which keeps it short, and statements per table and sweep; the sweep of the next hour continues. */
const atOnce = 10_000;
const statementsAtMost = 100;

/** Conditions on rows to delete; $1 is the time before which they are deleted. */
const over: readonly { table: string; where: string; keep: number }[] = [
  { table: 'account_mails', where: `status <> 'WAITING' and created_at < $1`, keep: keepMails },
  { table: 'one_time_links', where: `expires_at < $1`, keep: keepMails },
  { table: 'request_allowances', where: `ends_at < $1`, keep: 0 },
  // Used tokens are kept until they expire, because a second use is a sign of theft.
  { table: 'refresh_tokens', where: `expires_at < $1`, keep: 0 },
  { table: 'ended_memberships', where: `ended_at < $1`, keep: keepMemberships },
  { table: 'sessions', where: `(expires_at < $1 or revoked_at < $1)`, keep: keepSessions },
];

/**
 * Deletes expired rows in all universes, and writes the words of rows that have none. Refused sign-ins are swept by later ones, so that
 * a flood of them sweeps itself.
 */
export async function sweepIdentity(context: Context): Promise<void> {
  const now = context.now().getTime();
  for (const { table, where, keep } of over) {
    for (let n = 0; n < statementsAtMost; n++) {
      const gone = await sqlIn(
        context.em,
        `delete from identity.${table} where id in (select id from identity.${table} where ${where} limit ${atOnce}) returning 1`,
        [new Date(now - keep)],
      );
      if (gone.length < atOnce) break;
    }
  }
  const pages = writeMissingWords((sql, params = []) => sqlIn(context.em, sql, [...params]));
  while (!(await pages.next()).done);
}
