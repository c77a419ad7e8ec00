import { TooMany, Unauthenticated } from '../../platform/errors/errors.ts';
import { GatewayError } from '../errors.ts';
import type { Account, Consumer } from './consumer.ts';
import { Gcra } from './gcra.ts';
import type { LimitRole, LimitTable } from './limits.ts';
import { badTokens } from './rations.ts';

/** Estimated objects that any operation weighs besides its own: finding out who asks, parsing, planning, the log. */
export const operationWeight = 100;
/** Accounts whose rates are kept. A hundred bytes each; whoever is forgotten was not seen for as many others. */
const mostAccounts = 50_000;

/** What is held for a while, and how it is called. */
const things = {
  atOnce: 'operations at the same time',
  sockets: 'WebSockets',
  streamsPerSocket: 'subscriptions (one with a stream of its own counts 5, and each 500 objects of an event one more)',
  streams: 'subscriptions (one with a stream of its own counts 5, and each 500 objects of an event one more)',
} as const;
export type Thing = keyof typeof things;

/**
 * What each consumer of this gateway has used. Each gateway counts for itself and in memory: behind a balancer with n of them a
 * consumer has up to n times its ration.
 */
export class Rationing {
  private readonly table: LimitTable;
  private readonly rates: Gcra;
  private readonly held = new Map<string, number>();

  constructor(table: LimitTable, now?: () => number) {
    this.table = table;
    this.rates = new Gcra(mostAccounts, now);
  }

  /** The limits of a role. */
  of(role: LimitRole): LimitTable[LimitRole] {
    return this.table[role];
  }

  /** Takes what reading so many objects weighs. Throws TOO_MANY, and takes nothing then. */
  spend({ role, accounts }: Consumer, amount: number): void {
    const { rate, burst, traffic, trafficBurst } = this.table[role];
    for (const account of accounts) {
      const { key, times } = account;
      // What is larger than all that is kept would else wait for ever: it passes after a rest, and is paid back.
      const asked = Math.min(amount, Math.max(burst * times - operationWeight, operationWeight));
      const work = this.rates.wait(`work ${key}`, asked, { rate: rate * times, burst: burst * times });
      if (work > 0) throw tooFast(account, 'estimated objects', rate * times, burst * times, work);
      const bytes = this.rates.wait(`bytes ${key}`, 0, { rate: traffic * times, burst: trafficBurst * times });
      if (bytes > 0) throw tooFast(account, 'bytes', traffic * times, trafficBurst * times, bytes);
    }
    for (const { key, times } of accounts)
      this.rates.take(`work ${key}`, amount, { rate: rate * times, burst: burst * times });
  }

  /** Takes the bytes of a body or an answer. It is too late to refuse them: the next operation waits for them. */
  carried({ role, accounts }: Consumer, bytes: number): void {
    const { traffic, trafficBurst } = this.table[role];
    for (const { key, times } of accounts)
      this.rates.take(`bytes ${key}`, bytes, { rate: traffic * times, burst: trafficBurst * times });
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
   * that address.
   */
  async trying<T>(address: string, authorization: string | null, look: () => Promise<T>): Promise<T> {
    if (authorization === null) return look();
    const wait = this.rates.wait(`tokens ${address}`, 1, badTokens);
    if (wait > 0)
      throw new TooMany('Too many tokens and keys from your address were not valid. Try again later.', {
        retryAfter: seconds(wait),
      });
    try {
      return await look();
    } catch (error) {
      if (error instanceof Unauthenticated) this.rates.take(`tokens ${address}`, 1, badTokens);
      throw error;
    }
  }
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
