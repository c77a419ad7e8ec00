/**
 * Who gets the embedded database's one session next. Ordinary work queues in its order; what is short and what many wait for
 * (the relay's stamping, the rights that every event is checked against) goes before it. A Postgres server has a session for each.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

const first = new AsyncLocalStorage<boolean>();

/** Runs `fn` so that its statements outside of a transaction go before ordinary ones. For single short statements only. */
export function withPrecedence<T>(fn: () => T): T {
  return first.run(true, fn);
}

/** Whether what runs here goes first. */
export function hasPrecedence(): boolean {
  return first.getStore() === true;
}
