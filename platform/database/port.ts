import type { PgClient, PgPool } from './pool.ts';
import type { StatementCounter } from './statements.ts';
import type { TransactionOptions } from './transaction.ts';

/** The interface of both databases. */
export interface Database {
  readonly kind: 'embedded' | 'postgres';
  /** The connections of this process, with the interface of `pg.Pool`. The other members use it. */
  readonly pool: PgPool;
  readonly statements: StatementCounter;
  /** The rows of one statement on any connection. Throws `SecondConnectionInTransaction` inside an open transaction. */
  query<T = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<T[]>;
  /** Runs `fn` in one transaction: commits when it resolves, rolls back when it rejects. */
  transaction<T>(fn: (client: PgClient) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /**
   * Calls `onPayload` for every NOTIFY on `channel` until the returned function is called. Delivery is at most once: notifications during a
   * lost connection are gone, and `onGap` is called after the reconnection; callers must also poll. Through a pooler without a direct
   * URL nothing is delivered.
   */
  listen(channel: string, onPayload: (payload: string) => void, onGap?: () => void): Promise<() => Promise<void>>;
  /** Ends all connections; waits up to 10 s for borrowed ones. The database cannot be used afterwards. */
  close(): Promise<void>;
}

/** The database inside this process. */
export interface EmbeddedDatabase extends Database {
  readonly kind: 'embedded';
  /** The whole data folder as a tar file: a backup, or a template for `loadDataDir`. Waits for its turn like a query. */
  dump(compression?: 'none' | 'gzip'): Promise<Blob>;
}

/** Receives messages of a database for the operator: a lock taken over, a lost connection. */
export type Report = (message: string, error?: unknown) => void;
