import type { Context, Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { TooMany } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { keyedHash } from '../../../platform/secrets/seal.ts';
import { networkOf } from '../../../platform/context/network.ts';

/**
 * How refused sign-ins slow down the next: `free` failures cost nothing, then each doubles the wait from `first` up to `most` seconds;
 * every `leak` seconds one failure is forgotten. The limit by account and network together (`pair`) is strict. The one by network stops
 * clients that try many accounts, with room for an office behind one address. The one by account is mild and does not apply to networks
 * from which the account has signed in before, so that an attacker elsewhere cannot lock out the owner.
 */
const limits = {
  pair: { free: 5, first: 5, most: 900, leak: 3 * 3600 },
  account: { free: 50, first: 1, most: 60, leak: 600 },
  network: { free: 100, first: 1, most: 900, leak: 60 },
} as const;
type Scope = keyof typeof limits;

/** Failures counted beyond the free ones; with as many, the wait has reached its maximum. */
const beyondFree = 20;
/** Milliseconds for which a network is trusted for an account after a sign-in. */
const trustKept = 90 * 24 * 3600 * 1000;
/** Expired rows that each refusal deletes; it creates at most three, so the table does not grow without end. */
const sweptAtOnce = 20;

/** A row; times in milliseconds since 1970. */
interface Throttle {
  id: string;
  key: string;
  failures: number;
  blocked: number | null;
  trusted: number | null;
  updated: number;
}

const columns = `t.id, t.key, t.failures, (extract(epoch from t.blocked_until) * 1000)::float8 as blocked,
  (extract(epoch from t.trusted_at) * 1000)::float8 as trusted, (extract(epoch from t.updated_at) * 1000)::float8 as updated`;

/** The keys of an attempt. The account is a keyed digest of the address, whether or not there is such an account. */
export type Attempted = Record<Scope, string | null>;

/** The keys of an attempt; `account` is an e-mail address in normal form, or the id of an actor without one. */
export function attempted(context: Context, account: string): Attempted {
  const digest = keyedHash(`sign-in ${context.universe} ${account}`, context.secrets.sealingKey);
  const network = networkOf(context.info.client.ip);
  return {
    pair: `pair ${digest} ${network ?? 'unknown'}`,
    account: `account ${digest}`,
    // Clients without a known network are not counted together.
    network: network === null ? null : `network ${network}`,
  };
}

/** The network of the caller if the account has recently signed in from there, otherwise null. The same statement either way. */
export async function trustedNetwork(tx: Transaction, account: string): Promise<string | null> {
  const { pair } = attempted(tx, account);
  const [known] = await sqlIn(
    tx.em,
    `select 1 from identity.sign_in_throttles where universe_id = $1 and key = $2 and trusted_at > $3`,
    [tx.universe, pair, new Date(tx.now().getTime() - trustKept)],
  );
  return known ? networkOf(tx.info.client.ip) : null;
}

function scopeOf(key: string): Scope {
  return key.slice(0, key.indexOf(' ')) as Scope;
}

function keysOf({ pair, account, network }: Attempted): string[] {
  return [pair, account, network].filter((key) => key !== null);
}

/** Throws TOO_MANY with the seconds to wait if one of these is blocked. */
function refuseBlocked(rows: readonly Throttle[], now: Date): void {
  const trusted = rows.some((row) => row.trusted !== null && scopeOf(row.key) === 'pair');
  const waits = rows
    .filter((row) => !(trusted && scopeOf(row.key) === 'account'))
    .map((row) => (row.blocked ?? 0) - now.getTime());
  const wait = Math.ceil(Math.max(0, ...waits) / 1000);
  if (wait > 0) throw new TooMany('Too many wrong passwords. Wait before you try again.', { retryAfter: wait });
}

/** Throws TOO_MANY if the attempt must wait. Called before the password is compared, so that blocked attempts cost no hashing. */
export async function throttleCheck(context: Context, attempt: Attempted): Promise<void> {
  const rows = await sqlIn<Throttle>(
    context.em,
    `select ${columns} from identity.sign_in_throttles t where universe_id = $1 and key = any($2) and expires_at > $3`,
    [context.universe, keysOf(attempt), context.now()],
  );
  refuseBlocked(rows, context.now());
}

/** Locks the rows, and creates missing ones; always in the order pair, account, network, so that transactions never deadlock. */
async function locked(tx: Transaction, keys: readonly string[]): Promise<Throttle[]> {
  const now = tx.now();
  const rows = keys.map((key, n) => ({ n, key, id: newId('thr') }));
  const found = await sqlIn<Throttle>(
    tx.em,
    `insert into identity.sign_in_throttles as t (id, universe_id, created_at, updated_at, key, expires_at)
    select r.id, $2::text, $3::timestamptz, $3::timestamptz, r.key, $3::timestamptz from jsonb_to_recordset($1::jsonb) r (n int, key text, id text) order by r.n
    on conflict (universe_id, key) do update set key = excluded.key
    returning ${columns}`,
    [JSON.stringify(rows), tx.universe, now],
  );
  return found.map((row) => {
    const forgotten = Math.floor((now.getTime() - row.updated) / 1000 / limits[scopeOf(row.key)].leak);
    const trusted = row.trusted !== null && row.trusted + trustKept > now.getTime() ? row.trusted : null;
    return { ...row, failures: Math.max(0, row.failures - Math.max(0, forgotten)), trusted };
  });
}

/** Records a right password: resets the pair's failures and trusts the network. Throws TOO_MANY if the attempt must wait. */
export async function throttleRight(tx: Transaction, attempt: Attempted): Promise<void> {
  const [pair, ...others] = keysOf(attempt);
  // Simultaneous guesses are serialized by the pair's lock, so a right one among them has to wait like the others.
  const own = await locked(tx, [pair ?? '']);
  const now = tx.now();
  const rows = await sqlIn<Throttle>(
    tx.em,
    `select ${columns} from identity.sign_in_throttles t where universe_id = $1 and key = any($2) and expires_at > $3`,
    [tx.universe, others, now],
  );
  refuseBlocked([...own, ...rows], now);
  await sqlIn(
    tx.em,
    `update identity.sign_in_throttles set failures = 0, blocked_until = null, trusted_at = $2, updated_at = $2, expires_at = $3
    where id = $1`,
    [own[0]?.id, now, new Date(now.getTime() + trustKept)],
  );
}

/** Counts a wrong password; returns the number for this account from this network. Throws TOO_MANY if the attempt must wait. */
export async function throttleWrong(tx: Transaction, attempt: Attempted): Promise<number> {
  const rows = await locked(tx, keysOf(attempt));
  const now = tx.now();
  refuseBlocked(rows, now);
  let failures = 0;
  const counted = rows.map((row) => {
    const scope = scopeOf(row.key);
    const { free, first, most, leak } = limits[scope];
    const count = Math.min(row.failures + 1, free + beyondFree);
    if (scope === 'pair') failures = count;
    const wait = count < free ? 0 : Math.min(most, first * 2 ** (count - free));
    const trustEnds = row.trusted === null ? 0 : row.trusted + trustKept;
    return {
      id: row.id,
      failures: count,
      blocked: wait === 0 ? null : new Date(now.getTime() + wait * 1000),
      trusted: row.trusted === null ? null : new Date(row.trusted),
      expires: new Date(Math.max(trustEnds, now.getTime() + count * leak * 1000)),
    };
  });
  await sqlIn(
    tx.em,
    `update identity.sign_in_throttles t
    set failures = r.failures, blocked_until = r.blocked, trusted_at = r.trusted, expires_at = r.expires, updated_at = $2
    from jsonb_to_recordset($1::jsonb) r (id text, failures int, blocked timestamptz, trusted timestamptz, expires timestamptz)
    where t.id = r.id`,
    [JSON.stringify(counted), now],
  );
  await sqlIn(
    tx.em,
    `delete from identity.sign_in_throttles where id in (
      select id from identity.sign_in_throttles where expires_at <= $1 order by expires_at limit ${sweptAtOnce} for update skip locked
    )`,
    [now],
  );
  return failures;
}
