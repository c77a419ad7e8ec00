import type { Context, Transaction } from '../context/context.ts';

/** How a mutation answers a repeated idempotency key. */
export interface Idempotent<R> {
  /** The client's key, unique per actor and mutation, kept seven days. */
  key: string;
  /** The input that the key stands for; the same key with another input is CONFLICT. */
  input: unknown;
  /** The id of the result, stored beside the key. */
  resultId: (result: R) => string;
  /** Loads the result again from that id. */
  again: (context: Context, resultId: string) => Promise<R>;
}

/** Calls that wait for one key share a transaction. */
export interface Group {
  key: string;
  /**
   * Loads rows for all calls of a transaction at once, before the first of them runs: `item` is this call's, `all` gets the items
   * of every call without duplicates and keeps what it found in `tx.shared`. It acts as the OS itself, so the calls decide what
   * their actors may see. The calls of a group have the same `all`.
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
 * parse). The platform runs `work` in one transaction, adds the facts and commits. `work` may run again from the start after a
 * deadlock or after another call of its group fails, so it touches nothing but the database.
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
