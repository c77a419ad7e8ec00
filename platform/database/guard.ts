/**
 * Inside an open transaction only its own connection may be used, and nothing outside may be called. On the embedded
 * database (one session) a second connection would wait for ever; on Postgres it would read past the transaction's own
 * writes and, with the pool used up, deadlock as well. So both kinds refuse it, at once.
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
 * Runs `fn` as the body of the transaction `label`, which the caller has begun on a connection it already holds and
 * which it ends afterwards. What `fn` leaves behind (timers, loader batches) sees the transaction closed as soon as
 * `fn` has ended.
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

/** The label of the transaction that is open here, or null. */
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
 * `dispatcher` with the guard before it: a request dispatched inside an open transaction fails with
 * `OutsideCallInTransaction` instead of leaving (`fetch` wraps it: it is the `cause` of its TypeError).
 */
export function guardedDispatcher(dispatcher: Dispatcher): Dispatcher {
  return dispatcher.compose((dispatch) => (options, handler) => {
    assertOutside(`${options.method} ${String(options.origin ?? '')}${options.path}`);
    return dispatch(options, handler);
  });
}

/**
 * Guards the process's global dispatcher, so `fetch` and every undici call without a dispatcher of its own; `node:http`
 * is not covered. Returns what takes the guard away again.
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

/** How many have asked for the guard, in whatever order they take it away, and the dispatcher that was there before. */
let guards = 0;
let unguarded: Dispatcher | null = null;
