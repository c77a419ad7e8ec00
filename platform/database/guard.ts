/**
 * Inside a transaction only its own connection may be used, and nothing outside may be called. In the embedded database (one session) a
 * second connection would wait for ever; on Postgres it would not see the transaction's writes and, with an exhausted pool, deadlock. So
 * both databases refuse it at once.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Dispatcher, getGlobalDispatcher, setGlobalDispatcher } from 'undici';

interface OpenTransaction {
  open: boolean;
  label: string;
}

const transactions = new AsyncLocalStorage<OpenTransaction>();

/** A programming error: code inside a transaction asked the pool for another connection. */
export class SecondConnectionInTransaction extends Error {
  constructor(what: string, label: string) {
    super(
      `The transaction "${label}" is open, and ${what} was asked for inside it. Use the transaction's own connection ` +
        `(ctx.em, or the client that transaction() handed over), or do this before it begins or after it commits.`,
    );
    this.name = 'SecondConnectionInTransaction';
  }
}

/** A programming error: code inside a transaction called something outside the database. */
export class OutsideCallInTransaction extends Error {
  constructor(what: string, label: string) {
    super(
      `The transaction "${label}" is open, and ${what} was called inside it. Do slow work in prepare, or record the ` +
        `intention and a fact and let a job make the call after the commit.`,
    );
    this.name = 'OutsideCallInTransaction';
  }
}

/**
 * Runs `fn` as the body of the transaction `label`, which the caller begins and ends on its own connection. Timers and loader batches that
 * `fn` leaves behind see the transaction as closed once `fn` has ended.
 */
export async function insideTransaction<T>(label: string, fn: () => Promise<T>): Promise<T> {
  assertNoTransaction(`a transaction "${label}"`);
  const transaction: OpenTransaction = { open: true, label };
  try {
    return await transactions.run(transaction, fn);
  } finally {
    transaction.open = false;
  }
}

/** The label of the open transaction of this async context, or null. */
export function openTransaction(): string | null {
  const transaction = transactions.getStore();
  return transaction?.open ? transaction.label : null;
}

/** Throws `SecondConnectionInTransaction` inside an open transaction. `what` ends the sentence "… was asked for". */
export function assertNoTransaction(what: string): void {
  const label = openTransaction();
  if (label !== null) throw new SecondConnectionInTransaction(what, label);
}

/** Throws `OutsideCallInTransaction` inside an open transaction. `what` ends the sentence "… was called". */
export function assertOutside(what: string): void {
  const label = openTransaction();
  if (label !== null) throw new OutsideCallInTransaction(what, label);
}

/**
 * `dispatcher` with the guard: a request inside an open transaction fails with `OutsideCallInTransaction` and is not sent (`fetch` wraps it
 * as the `cause` of a TypeError).
 */
export function guardedDispatcher(dispatcher: Dispatcher): Dispatcher {
  return dispatcher.compose((dispatch) => (options, handler) => {
    assertOutside(`${options.method} ${String(options.origin ?? '')}${options.path}`);
    return dispatch(options, handler);
  });
}

/**
 * Guards the global dispatcher: `fetch` and undici calls without their own dispatcher; `node:http` is not covered. Returns a function that
 * removes the guard.
 */
export function guardOutsideCalls(): () => void {
  guards += 1;
  if (guards === 1) {
    unguarded = getGlobalDispatcher();
    setGlobalDispatcher(guardedDispatcher(unguarded));
  }
  let mine = true;
  return () => {
    if (!mine) return;
    mine = false;
    guards -= 1;
    if (guards === 0 && unguarded) setGlobalDispatcher(unguarded);
  };
}

/** The number of callers that still need the guard, and the dispatcher to restore after the last one. */
let guards = 0;
let unguarded: Dispatcher | null = null;
