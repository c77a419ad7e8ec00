/**
 * Who gets a connection next. The embedded database has one session: what is urgent goes before all other work, which queues in its
 * order. A Postgres server has several, and each kind of work a share of them that slower kinds cannot take (`lanes.ts`).
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * Kinds of work, the most patient first. `query`: what clients read. `interactive`: mutations, the events of streams, and whatever says
 * nothing. `background`: reactions and workers. `urgent`: what is short and what everybody waits for (the relay's stamping, the rights
 * that every request is checked against, health).
 */
export const lanes = ['query', 'interactive', 'background', 'urgent'] as const;
export type Lane = (typeof lanes)[number];

const current = new AsyncLocalStorage<Lane>();

/** Runs `fn` so that the connections it asks for, outside of a transaction, are those of a lane. */
export function inLane<T>(lane: Lane, fn: () => T): T {
  return current.run(lane, fn);
}

/** The lane of what runs here, or `null` where nobody has said. */
export function currentLane(): Lane | null {
  return current.getStore() ?? null;
}

/** Runs `fn` so that its statements go before all others. For single short statements only. */
export function withPrecedence<T>(fn: () => T): T {
  return inLane('urgent', fn);
}

/** Whether what runs here goes first. */
export function hasPrecedence(): boolean {
  return currentLane() === 'urgent';
}
