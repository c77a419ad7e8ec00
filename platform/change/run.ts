import type { Context, Transaction } from '../context/context.ts';

/** How a mutation answers a repeated idempotency key. */
export interface Idempotent<R> {
  /** The client's key, unique per actor and mutation, kept seven days. */
  key: string;
  /** What the key stands for; the same key with another input is CONFLICT. */
  input: unknown;
  /** The id of what was made, kept beside the key. */
  resultId: (result: R) => string;
  /** The same result afresh, from that id. */
  again: (context: Context, resultId: string) => Promise<R>;
}

/** Calls that wait for one key share a transaction. */
export interface Group {
  key: string;
  /**
   * What the calls of a transaction need of the database, fetched for all of them at once before the first of them runs: `item`
   * is this call's, `all` is given those of every call, each once, and keeps what it found in `tx.shared`. It acts as the OS
   * itself, so the calls decide what their actors may see. The calls of a group have the same `all`.
   */
  gather?: { item: string; all: (tx: Transaction, items: string[]) => Promise<void> };
  /** At most this many calls in one transaction. */
  max: number;
  /**
   * `each`, the default, writes what a call did before the next one begins, so that the next reads it. `together` writes once
   * at the end, in as few statements as for one call: for work that keeps what its neighbours must know in `tx.shared`, and
   * refuses with `keep` before it has changed anything.
   */
  flush?: 'each' | 'together';
}

export interface RunOptions<R> {
  idempotent?: Idempotent<R> | undefined;
  group?: Group | undefined;
}

/**
 * What a mutation's resolver returns. Everything before it was `prepare`: slow work without a transaction (hash, verify,
 * parse). `work` runs in one transaction that the platform begins, fills with the facts, and commits; it may be run again
 * from the start after a deadlock or when a neighbour of its group fails, so it touches nothing but the database.
 */
export class Run<R> {
  readonly work: (tx: Transaction) => Promise<R>;
  readonly options: RunOptions<R>;

  constructor(work: (tx: Transaction) => Promise<R>, options: RunOptions<R> = {}) {
    this.work = work;
    this.options = options;
  }
}

export function run<R>(work: (tx: Transaction) => Promise<R>, options?: RunOptions<R>): Run<R> {
  return new Run(work, options);
}
