import type { Context, Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { TooMany } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { keyedHash } from '../../../platform/secrets/seal.ts';
import { networkOf } from '../../../platform/context/network.ts';

/**
 * How refused sign-ins slow down the next: `free` failures cost nothing, then each doubles the wait from `first` up to `most`
 * seconds; every `leak` seconds one failure is forgotten. By account and network together it is strict. By network it stops those who try many accounts, with room for an
 * office behind one address. By account alone it is mild and spares networks from which the account has signed in before:
 * whoever tries wrong passwords from elsewhere slows down themselves, and cannot lock out the owner at home.
 */
const limits = {
  pair: { free: 5, first: 5, most: 900, leak: 3 * 3600 },
  account: { free: 50, first: 1, most: 60, leak: 600 },
  network: { free: 100, first: 1, most: 900, leak: 60 },
} as const;
type Scope = keyof typeof limits;

/** Failures counted beyond the free ones; by then the wait is as long as it gets. */
const beyondFree = 20;
/** Milliseconds for which a network is known as one of the account's own after a sign-in. */
const trustKept = 90 * 24 * 3600 * 1000;
/** Rows past their time that each refusal takes away; it makes three at most, so the table does not grow without end. */
const sweptAtOnce = 20;

/** A row as it is read; times in milliseconds since 1970. */
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

/** Who tries to sign in where. The account is a keyed digest of the address, whether or not there is such an account. */
export type Attempted = Record<Scope, string | null>;

/** What is counted of a sign-in as `account`: an e-mail address in its normal form, or the id of whoever confirms a password. */
export function attempted(context: Context, account: string): Attempted {
  const digest = keyedHash(`sign-in ${context.universe} ${account}`, context.secrets.sealingKey);
  const network = networkOf(context.info.client.ip);
  return {
    pair: `pair ${digest} ${network ?? 'unknown'}`,
    account: `account ${digest}`,
    // Whoever comes from nowhere shares nothing with others from nowhere.
    network: network === null ? null : `network ${network}`,
  };
}

/** The network from which somebody asks, if the account has signed in from there lately; else null. The same statement either way. */
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

/** Refuses with TOO_MANY and the seconds to wait when one of these is to wait. */
function refuseBlocked(rows: readonly Throttle[], now: Date): void {
  const trusted = rows.some((row) => row.trusted !== null && scopeOf(row.key) === 'pair');
  const waits = rows
    .filter((row) => !(trusted && scopeOf(row.key) === 'account'))
    .map((row) => (row.blocked ?? 0) - now.getTime());
  const wait = Math.ceil(Math.max(0, ...waits) / 1000);
  if (wait > 0) throw new TooMany('Too many wrong passwords. Wait before you try again.', { retryAfter: wait });
}

/** Looks whether this sign-in is to wait, before a password is compared: whoever is to wait costs no hashing. */
export async function throttleCheck(context: Context, attempt: Attempted): Promise<void> {
  const rows = await sqlIn<Throttle>(
    context.em,
    `select ${columns} from identity.sign_in_throttles t where universe_id = $1 and key = any($2) and expires_at > $3`,
    [context.universe, keysOf(attempt), context.now()],
  );
  refuseBlocked(rows, context.now());
}

/** The rows under their locks, made where there are none; always in the order pair, account, network, so that nobody waits in a circle. */
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

/** A right password: the pair's failures are forgotten and the network is known from now on. TOO_MANY when it was to wait. */
export async function throttleRight(tx: Transaction, attempt: Attempted): Promise<void> {
  const [pair, ...others] = keysOf(attempt);
  // Guesses made at once meet at the pair's lock, so the right one among them waits like the others.
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

/** A wrong password: counts it everywhere and says how many there were of this account from this network. TOO_MANY when it was to wait. */
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
