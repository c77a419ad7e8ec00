import { TooMany, Unauthenticated } from '../../platform/errors/errors.ts';
import { GatewayError } from '../errors.ts';
import type { Account, Consumer } from './consumer.ts';
import { Gcra, type Bucket } from './gcra.ts';
import type { LimitRole, LimitTable } from './limits.ts';
import { badTokens } from './rations.ts';

/** Estimated objects charged for any operation besides its own: authentication, parsing, planning, logging. */
export const operationWeight = 100;
/**
 * Objects charged for sending one event besides those read for it: checking rights and writing to a socket. Authentication, planning
 * and logging were charged when the stream was opened.
 */
export const eventWeight = 1;
/** Accounts whose rates are kept, at about 100 bytes each. The account forgotten is the least recently used. */
const mostAccounts = 50_000;

/** Resources that are held for a while, with their names in error messages. */
const things = {
  atOnce: 'operations at the same time',
  sockets: 'WebSockets and event streams',
  streamsPerSocket: 'subscriptions (an unshared one counts 5, and each 500 objects per event add 1)',
  streams: 'subscriptions (an unshared one counts 5, and each 500 objects per event add 1)',
  filesAtOnce: 'requests for files at the same time',
} as const;
export type Thing = keyof typeof things;

/** Resources that are used over time: the names of their rate and burst, and their names in error messages. */
const resources = {
  work: { rate: 'rate', burst: 'burst', name: 'estimated objects' },
  bytes: { rate: 'traffic', burst: 'trafficBurst', name: 'bytes' },
  files: { rate: 'files', burst: 'filesBurst', name: 'files' },
  fileBytes: { rate: 'fileTraffic', burst: 'fileTrafficBurst', name: 'bytes of files' },
} as const;
type Resource = keyof typeof resources;

/** One account's rate and burst of one resource. */
interface AccountBucket extends Bucket {
  readonly account: Account;
  readonly key: string;
}

/**
 * Tracks what each consumer of this gateway has used. Each gateway counts separately and in memory: behind a balancer with n of them
 * a consumer has up to n times its ration.
 */
export class Rationing {
  private readonly table: LimitTable;
  private readonly rates: Gcra;
  private readonly buckets = new WeakMap<Consumer, Partial<Record<Resource, readonly AccountBucket[]>>>();
  private readonly held = new Map<string, number>();
  /** Number of tokens and keys being verified, by address. */
  private readonly looking = new Map<string, number>();

  constructor(table: LimitTable, now?: () => number) {
    this.table = table;
    this.rates = new Gcra(mostAccounts, now);
  }

  /** The limits of a role. */
  of(role: LimitRole): LimitTable[LimitRole] {
    return this.table[role];
  }

  /** Charges an operation's objects. Throws TOO_MANY, and then takes nothing. */
  spend(consumer: Consumer, amount: number): void {
    this.require(consumer, 'work', amount);
    this.require(consumer, 'bytes', 0);
    this.take(consumer, 'work', amount);
  }

  /** Charges the bytes of a body or an answer. It is too late to refuse them: the next operation waits for them. */
  chargeBytes(consumer: Consumer, bytes: number): void {
    this.take(consumer, 'bytes', bytes);
  }

  /**
   * Charges an event of a stream. It has been made, so it is too late to refuse it: the next one waits for the returned number of
   * milliseconds.
   */
  chargeEvent(consumer: Consumer, objects: number, bytes: number): number {
    return Math.max(this.take(consumer, 'work', objects), this.take(consumer, 'bytes', bytes));
  }

  /** Milliseconds until everything charged is within the ration; 0 if it is. */
  wait(consumer: Consumer): number {
    return Math.max(this.waitFor(consumer, 'work'), this.waitFor(consumer, 'bytes'));
  }

  /** Charges a file request. Throws TOO_MANY, and then takes nothing. */
  requestFile(consumer: Consumer): void {
    this.require(consumer, 'files', 1);
    this.require(consumer, 'fileBytes', 0);
    this.take(consumer, 'files', 1);
  }

  /** Charges bytes of files. They are already on their way: the next request waits for them. */
  chargeFileBytes(consumer: Consumer, bytes: number): void {
    this.take(consumer, 'fileBytes', bytes);
  }

  /** Holds `weight` of a resource until the returned function is called. Throws TOO_MANY. */
  hold({ role, accounts }: Consumer, thing: Thing, weight = 1): () => void {
    const most = this.table[role][thing];
    for (const account of accounts) {
      const held = this.held.get(`${thing} ${account.key}`) ?? 0;
      if (held + weight > most * account.times) throw tooMuch(account, thing, most * account.times);
    }
    const keys = accounts.map(({ key }) => `${thing} ${key}`);
    for (const key of keys) this.held.set(key, (this.held.get(key) ?? 0) + weight);
    let released = false;
    return () => {
      if (released) return;
      released = true;
      for (const key of keys) {
        const left = (this.held.get(key) ?? 0) - weight;
        if (left > 0) this.held.set(key, left);
        else this.held.delete(key);
      }
    };
  }

  /**
   * Verifies a token or key with `look`, and throws what it throws. After too many invalid ones from an address it throws TOO_MANY
   * without verifying, unless `recognised` without a lookup: bad tokens must not lock out others behind the same address.
   */
  async verify<T>(
    address: string,
    authorization: string | null,
    { recognised, look }: { recognised: () => Promise<boolean>; look: () => Promise<T> },
  ): Promise<T> {
    if (authorization === null) return look();
    const wait = this.rates.wait(`tokens ${address}`, 1, badTokens);
    const isFull = (this.looking.get(address) ?? 0) >= badTokens.looking;
    if ((wait > 0 || isFull) && !(await recognised())) throw tooManyTokens(wait);
    this.looking.set(address, (this.looking.get(address) ?? 0) + 1);
    try {
      return await look();
    } catch (error) {
      if (error instanceof Unauthenticated) this.rates.take(`tokens ${address}`, 1, badTokens);
      throw error;
    } finally {
      const left = (this.looking.get(address) ?? 1) - 1;
      if (left > 0) this.looking.set(address, left);
      else this.looking.delete(address);
    }
  }

  private require(consumer: Consumer, resource: Resource, amount: number): void {
    for (const { account, key, rate, burst } of this.bucketsOf(consumer, resource)) {
      // An amount above the burst would otherwise wait for ever: it passes after a full pause and is repaid.
      const most = resource === 'work' ? Math.max(burst - operationWeight, operationWeight) : burst;
      const wait = this.rates.wait(key, Math.min(amount, most), { rate, burst });
      if (wait > 0) throw tooFast(account, resources[resource].name, rate, burst, wait);
    }
  }

  /** Charges all accounts; returns the milliseconds until none owes anything. */
  private take(consumer: Consumer, resource: Resource, amount: number): number {
    let wait = 0;
    for (const bucket of this.bucketsOf(consumer, resource))
      wait = Math.max(wait, this.rates.take(bucket.key, amount, bucket));
    return wait;
  }

  private waitFor(consumer: Consumer, resource: Resource): number {
    return Math.max(...this.bucketsOf(consumer, resource).map((bucket) => this.rates.wait(bucket.key, 0, bucket)));
  }

  /** The buckets from which a consumer pays for a resource. Cached, since each event of a stream needs them. */
  private bucketsOf(consumer: Consumer, resource: Resource): readonly AccountBucket[] {
    let known = this.buckets.get(consumer);
    if (!known) this.buckets.set(consumer, (known = {}));
    const { rate, burst } = resources[resource];
    const table = this.table[consumer.role];
    return (known[resource] ??= consumer.accounts.map((account) => ({
      account,
      key: `${resource} ${account.key}`,
      rate: table[rate] * account.times,
      burst: table[burst] * account.times,
    })));
  }
}

/** TOO_MANY for a stream that exceeds its reader's ration for longer than events may wait. */
export function eventsTooFast(waiting: number, wait: number): TooMany {
  return new TooMany(
    `This stream exceeds your rate limit, and ${waiting} events are waiting. Resume from your last cursor later, select fewer fields, or narrow the filter.`,
    { retryAfter: seconds(wait) },
  );
}

/** LIMIT_EXCEEDED for an answer that is not sent. A mutation has been executed, and its client must know. */
export function answerTooLarge(
  allowed: number,
  found: number,
  kind: 'query' | 'mutation' | 'subscription' | null,
): GatewayError {
  const done = kind === 'mutation' ? ' The mutation was executed; only its answer is too large.' : '';
  return new GatewayError(
    'LIMIT_EXCEEDED',
    `bytes of answer ${found} of at most ${allowed}: ask for smaller pages and fewer fields.${done}`,
    { limit: 'answer', allowed, found },
  );
}

/** TOO_MANY for a token or key that is not verified: for `wait` milliseconds, or because too many are being verified. */
function tooManyTokens(wait: number): TooMany {
  return wait > 0
    ? new TooMany('Too many tokens and keys from your address were not valid. Try again later.', {
        retryAfter: seconds(wait),
      })
    : new TooMany('Too many tokens and keys from your address are being verified. Try again in a moment.', {
        retryAfter: 1,
      });
}

function tooFast({ name }: Account, what: string, rate: number, burst: number, wait: number): TooMany {
  return new TooMany(
    `Too much for ${name}: at most ${rate} ${what} per second, with a burst of ${burst}. Wait and try again, or ask for less at a time.`,
    { retryAfter: seconds(wait) },
  );
}

function tooMuch({ name }: Account, thing: Thing, most: number): TooMany {
  return new TooMany(`Too many for ${name}: at most ${most} ${things[thing]}. End some first.`, { retryAfter: 1 });
}

/** Whole seconds for the Retry-After header. */
function seconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1_000));
}
