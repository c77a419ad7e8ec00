/** Both databases behind one interface: PGlite in a worker thread, or a Postgres server. */
import { openEmbedded } from './embedded/embedded.ts';
import type { PgClient, PgPool } from './pool.ts';
import { openPostgres } from './postgres.ts';
import type { StatementCounter } from './statements.ts';
import type { TransactionOptions } from './transaction.ts';

export interface Database {
  readonly kind: 'embedded' | 'postgres';
  /** The connections of this process, shaped like `pg.Pool`. Everything else here is made of it. */
  readonly pool: PgPool;
  readonly statements: StatementCounter;
  /** The rows of one statement on any connection. Throws `SecondConnectionInTransaction` inside an open transaction. */
  query<T = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<T[]>;
  /** Runs `fn` in one transaction: commits when it resolves, rolls back when it rejects. */
  transaction<T>(fn: (client: PgClient) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /**
   * Calls `onPayload` for every NOTIFY on `channel` until the returned function is awaited. Delivery is at most once:
   * what is sent while a connection to a server is lost is gone, and `onGap` is called when it stands again, so also
   * poll. Through a pooler, without a direct address, nothing is delivered.
   */
  listen(channel: string, onPayload: (payload: string) => void, onGap?: () => void): Promise<() => Promise<void>>;
  /** Ends all connections; waits up to 10 s for borrowed ones. The database cannot be used afterwards. */
  close(): Promise<void>;
}

/** The database inside this process. */
export interface EmbeddedDatabase extends Database {
  readonly kind: 'embedded';
  /** The whole data folder as a tar file: a backup, or a template for `loadDataDir`. Waits its turn like a query. */
  dump(compression?: 'none' | 'gzip'): Promise<Blob>;
}

/** What a database has to tell besides its answers: a lock taken over, a lost connection. */
export type Report = (message: string, error?: unknown) => void;

export interface DatabaseConfig {
  /** Folder of the embedded database on a local disk; created where it is missing. */
  dataDir?: string;
  /** `postgres://…` of a server of version 15 or newer, or of a pooler in front of it, in transaction mode too. */
  url?: string;
  /** The same database past the pooler: one connection of the process listens there. */
  directUrl?: string;
  /** Connections to the server at most, besides the one that listens; 16 where nothing is said. */
  poolSize?: number;
  /** An embedded database that is gone when it closes. */
  inMemory?: boolean;
  /** A `dump()` from which an embedded database starts; its data folder must not hold a database yet. */
  loadDataDir?: Blob;
  report?: Report;
}

/** Opens what the configuration names: exactly one of `url`, `dataDir` and `inMemory`. */
export function openDatabase(config: DatabaseConfig): Promise<Database> {
  const { url, directUrl, dataDir, inMemory = false, loadDataDir, poolSize, report = () => {} } = config;
  if (Number(url !== undefined) + Number(dataDir !== undefined) + Number(inMemory) !== 1) {
    throw new Error('A database is opened from exactly one of url, dataDir and inMemory.');
  }
  if (url !== undefined) return openPostgres({ url, directUrl, poolSize, report });
  return openEmbedded({ dataDir: dataDir ?? null, loadDataDir, report });
}
