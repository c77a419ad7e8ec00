import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { TooMany } from '../../../platform/errors/errors.ts';
import { networkOf } from '../../../platform/context/network.ts';
import { keyedHash } from '../../../platform/secrets/seal.ts';

/** How often something may be requested per subject, counted over all universes, because a mailbox has no universe. */
export interface Allowance {
  /** What is requested: `passwordReset`. */
  purpose: string;
  /** The subject: an address, an account or a client. Stored only as a hash. */
  of: string;
  /** Uses within the window; one more is TOO_MANY. */
  atMost: number;
  /** Length of the window in seconds, which begins with the first use. */
  seconds: number;
}

const hour = 3600;

/** Mails to one address, from all requesters together: enough for a person who cannot find the first ones. */
export const perAddress = { atMost: 5, seconds: hour };
/** Requests from one network, which many people may share, as in an office. */
export const perClient = { atMost: 100, seconds: hour };

/** Mails to an address that anybody may request. */
export function mailAllowance(address: string): Allowance {
  return { purpose: 'mail.address', of: address, ...perAddress };
}

/** The allowance of the client's network; none if its address is unknown. */
export function clientAllowance(tx: Transaction, purpose: string): Allowance[] {
  const network = networkOf(tx.info.client.ip);
  return network === null ? [] : [{ purpose: `${purpose}.client`, of: network, ...perClient }];
}

/**
 * Counts one use of each allowance, always in one statement, so that neither the answer nor its timing reveals whether an address has
 * an account. Throws TOO_MANY with `retryAfter` in seconds if an allowance is used up.
 */
export async function allowanceUse(tx: Transaction, allowances: readonly Allowance[]): Promise<void> {
  const key = tx.secrets.sealingKey;
  const byId = new Map(allowances.map((each) => [keyedHash(`${each.purpose}\n${each.of}`, key), each] as const));
  const rows = [...byId].map(([id, { seconds }]) => ({ id, seconds }));
  const now = tx.now();
  const counted = await sqlIn<{ id: string; count: number; ends_at: Date | string }>(
    tx.em,
    `insert into identity.request_allowances as t (id, universe_id, created_at, updated_at, count, ends_at)
     select a.id, $2, $3::timestamptz, $3::timestamptz, 1, $3::timestamptz + a.seconds * interval '1 second'
     from jsonb_to_recordset($1::jsonb) as a(id text, seconds int) order by a.id collate "C"
     on conflict (id) do update set
       count = case when t.ends_at <= excluded.created_at then 1 else t.count + 1 end,
       ends_at = case when t.ends_at <= excluded.created_at then excluded.ends_at else t.ends_at end,
       updated_at = excluded.updated_at
     returning id, count, ends_at`,
    [JSON.stringify(rows), tx.universe, now.toISOString()],
  );
  let wait = 0;
  for (const { id, count, ends_at: end } of counted) {
    if (count <= (byId.get(id)?.atMost ?? 0)) continue;
    wait = Math.max(wait, Math.ceil((new Date(end).getTime() - now.getTime()) / 1000), 1);
  }
  if (wait > 0) throw new TooMany('This was requested too often. Wait before you try again.', { retryAfter: wait });
}
