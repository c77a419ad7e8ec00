/**
 * The order in which work gets connections. The embedded database has one session: urgent work goes first, all other work queues in order.
 * On Postgres each kind of work has a share of the connections that slower kinds cannot take (`lanes.ts`).
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Kinds of work, the most patient first. `query`: reads of clients. `interactive`: mutations, events of streams, and the default.
 * `background`: reactions and workers. `urgent`: short work that everything waits for (the relay's stamping, the rights that every request
 * is checked against, health).
 */
export const lanes = ['query', 'interactive', 'background', 'urgent'] as const;
export type Lane = (typeof lanes)[number];

const current = new AsyncLocalStorage<Lane>();

/** Runs `fn` so that it gets its connections, outside of a transaction, from a lane. */
export function inLane<T>(lane: Lane, fn: () => T): T {
  return current.run(lane, fn);
}

/** The lane of this async context, or `null` if none is set. */
export function currentLane(): Lane | null {
  return current.getStore() ?? null;
}

/** Runs `fn` with its statements before all others. For single short statements only. */
export function withPrecedence<T>(fn: () => T): T {
  return inLane('urgent', fn);
}

/** Whether this async context is urgent. */
export function hasPrecedence(): boolean {
  return currentLane() === 'urgent';
}
