import { TooMany, Unauthenticated } from '../../platform/errors/errors.ts';
import { GatewayError } from '../errors.ts';
import type { Account, Consumer } from './consumer.ts';
import { Gcra, type Bucket } from './gcra.ts';
import type { LimitRole, LimitTable } from './limits.ts';
import { badTokens } from './rations.ts';

/** Estimated objects that any operation weighs besides its own: finding out who asks, parsing, planning, the log. */
export const operationWeight = 100;
/**
 * Objects that sending one event weighs besides those that are read for it: looking at the rights and writing to a socket. Who
 * asks, the plan and the log were paid for when the stream was opened.
 */
export const eventWeight = 1;
/** Accounts whose rates are kept. A hundred bytes each; whoever is forgotten was not seen for as many others. */
const mostAccounts = 50_000;

/** What is held for a while, and how it is called. */
const things = {
  atOnce: 'operations at the same time',
  sockets: 'WebSockets',
  streamsPerSocket: 'subscriptions (one with a stream of its own counts 5, and each 500 objects of an event one more)',
  streams: 'subscriptions (one with a stream of its own counts 5, and each 500 objects of an event one more)',
  filesAtOnce: 'requests for files at the same time',
} as const;
export type Thing = keyof typeof things;

/** What is taken over time, by the names of its rate and its burst, and how it is called. */
const goods = {
  work: { rate: 'rate', burst: 'burst', name: 'estimated objects' },
  bytes: { rate: 'traffic', burst: 'trafficBurst', name: 'bytes' },
  files: { rate: 'files', burst: 'filesBurst', name: 'files' },
  fileBytes: { rate: 'fileTraffic', burst: 'fileTrafficBurst', name: 'bytes of files' },
} as const;
type Good = keyof typeof goods;

/** One account's ration of one good. */
interface Purse extends Bucket {
  readonly account: Account;
  readonly key: string;
}

/**
 * What each consumer of this gateway has used. Each gateway counts for itself and in memory: behind a balancer with n of them a
 * consumer has up to n times its ration.
 */
export class Rationing {
  private readonly table: LimitTable;
  private readonly rates: Gcra;
  private readonly pursesOf = new WeakMap<Consumer, Partial<Record<Good, readonly Purse[]>>>();
  private readonly held = new Map<string, number>();
  /** Tokens and keys of an address that are being looked at. */
  private readonly looking = new Map<string, number>();

  constructor(table: LimitTable, now?: () => number) {
    this.table = table;
    this.rates = new Gcra(mostAccounts, now);
  }

  /** The limits of a role. */
  of(role: LimitRole): LimitTable[LimitRole] {
    return this.table[role];
  }

  /** Takes what reading so many objects weighs. Throws TOO_MANY, and takes nothing then. */
  spend(consumer: Consumer, amount: number): void {
    this.require(consumer, 'work', amount);
    this.require(consumer, 'bytes', 0);
    this.take(consumer, 'work', amount);
  }

  /** Takes the bytes of a body or an answer. It is too late to refuse them: the next operation waits for them. */
  carried(consumer: Consumer, bytes: number): void {
    this.take(consumer, 'bytes', bytes);
  }

  /**
   * Takes what an event of a stream weighs. It has been made, so it is too late to refuse it: the next one waits for the
   * milliseconds that are answered.
   */
  delivered(consumer: Consumer, objects: number, bytes: number): number {
    return Math.max(this.take(consumer, 'work', objects), this.take(consumer, 'bytes', bytes));
  }

  /** Milliseconds until all that streams and operations have taken is within the ration; 0 when it is. */
  wait(consumer: Consumer): number {
    return Math.max(this.waitFor(consumer, 'work'), this.waitFor(consumer, 'bytes'));
  }

  /** Takes a request for a file. Throws TOO_MANY, and takes nothing then. */
  requestFile(consumer: Consumer): void {
    this.require(consumer, 'files', 1);
    this.require(consumer, 'fileBytes', 0);
    this.take(consumer, 'files', 1);
  }

  /** Takes bytes of files. They are on their way: the next request waits for them. */
  carriedFile(consumer: Consumer, bytes: number): void {
    this.take(consumer, 'fileBytes', bytes);
  }

  /** Takes `weight` of something until what is answered is called. Throws TOO_MANY. */
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
   * Looks at a token or key. Throws what looking throws, or TOO_MANY without a look when so many that were not genuine came from
   * that address, unless it is `recognised` without one: what others behind the address try out keeps nobody else away.
   */
  async trying<T>(
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

  private require(consumer: Consumer, good: Good, amount: number): void {
    for (const { account, key, rate, burst } of this.purses(consumer, good)) {
      // What is larger than all that is kept would else wait for ever: it passes after a rest, and is paid back.
      const most = good === 'work' ? Math.max(burst - operationWeight, operationWeight) : burst;
      const wait = this.rates.wait(key, Math.min(amount, most), { rate, burst });
      if (wait > 0) throw tooFast(account, goods[good].name, rate, burst, wait);
    }
  }

  /** Takes from all accounts; answers the milliseconds until none owes anything. */
  private take(consumer: Consumer, good: Good, amount: number): number {
    let wait = 0;
    for (const purse of this.purses(consumer, good)) wait = Math.max(wait, this.rates.take(purse.key, amount, purse));
    return wait;
  }

  private waitFor(consumer: Consumer, good: Good): number {
    return Math.max(...this.purses(consumer, good).map((purse) => this.rates.wait(purse.key, 0, purse)));
  }

  /** Out of what a consumer pays for something, account by account. Kept, since each event of a stream asks for it. */
  private purses(consumer: Consumer, good: Good): readonly Purse[] {
    const known = this.pursesOf.get(consumer) ?? {};
    this.pursesOf.set(consumer, known);
    const { rate, burst } = goods[good];
    const table = this.table[consumer.role];
    return (known[good] ??= consumer.accounts.map((account) => ({
      account,
      key: `${good} ${account.key}`,
      rate: table[rate] * account.times,
      burst: table[burst] * account.times,
    })));
  }
}

/** TOO_MANY for a stream that brings more than its reader's ration for longer than events may wait. */
export function eventsTooFast(waiting: number, wait: number): TooMany {
  return new TooMany(
    `This stream brings more than you may have per second, and ${waiting} events wait. Go on from your last cursor later, or select fewer fields and narrow the filter.`,
    { retryAfter: seconds(wait) },
  );
}

/** LIMIT_EXCEEDED for an answer that is not sent. A mutation is done by then, and its client must know. */
export function answerTooLarge(
  allowed: number,
  found: number,
  kind: 'query' | 'mutation' | 'subscription' | null,
): GatewayError {
  const done = kind === 'mutation' ? ' The mutation was done; only its answer is too large.' : '';
  return new GatewayError(
    'LIMIT_EXCEEDED',
    `bytes of answer ${found} of at most ${allowed}: ask for smaller pages and fewer fields.${done}`,
    { limit: 'answer', allowed, found },
  );
}

/** TOO_MANY for a token or key that is not looked at, for so many milliseconds, or because too many others are. */
function tooManyTokens(wait: number): TooMany {
  return wait > 0
    ? new TooMany('Too many tokens and keys from your address were not valid. Try again later.', {
        retryAfter: seconds(wait),
      })
    : new TooMany('Too many tokens and keys from your address are being looked at. Try again in a moment.', {
        retryAfter: 1,
      });
}

function tooFast({ name }: Account, what: string, rate: number, burst: number, wait: number): TooMany {
  return new TooMany(
    `Too much for ${name}: at most ${rate} ${what} per second, ${burst} at once after a rest. Wait and try again, or ask for less at a time.`,
    { retryAfter: seconds(wait) },
  );
}

function tooMuch({ name }: Account, thing: Thing, most: number): TooMany {
  return new TooMany(`Too many for ${name}: at most ${most} ${things[thing]}. End some first.`, { retryAfter: 1 });
}

/** Whole seconds, as the header Retry-After wants them. */
function seconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1_000));
}
