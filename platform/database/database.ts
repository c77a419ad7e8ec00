/** The two databases behind one interface: PGlite in a worker thread, or a Postgres server. */
import { openEmbedded } from './embedded/embedded.ts';
import type { Database, Report } from './port.ts';
import { openPostgres } from './postgres.ts';

export type { Database, EmbeddedDatabase, Report } from './port.ts';

export interface DatabaseConfig {
  /** Folder of the embedded database on a local disk; created if missing. */
  dataDir?: string;
  /** `postgres://…` of a server of version 15 or newer, or of a pooler in front of it, in transaction mode too. */
  url?: string;
  /** The same database without the pooler; one connection of the process listens there. */
  directUrl?: string;
  /** Maximum connections to the server, besides the one that listens; default 16. */
  poolSize?: number;
  /** Milliseconds to get a connection to the server, new or from the pool; default 10,000. */
  connectMs?: number;
  /** An embedded database that is lost when it closes. */
  inMemory?: boolean;
  /** A `dump()` to start an embedded database from; its data folder must not hold a database yet. */
  loadDataDir?: Blob;
  report?: Report;
}

/** Opens a database given by exactly one of `url`, `dataDir` and `inMemory`. */
export function openDatabase(config: DatabaseConfig): Promise<Database> {
  const { url, directUrl, dataDir, inMemory = false, loadDataDir, poolSize, connectMs, report = () => {} } = config;
  if (Number(url !== undefined) + Number(dataDir !== undefined) + Number(inMemory) !== 1) {
    throw new Error('A database is opened from exactly one of url, dataDir and inMemory.');
  }
  if (url !== undefined) return openPostgres({ url, directUrl, poolSize, connectMs, report });
  return openEmbedded({ dataDir: dataDir ?? null, loadDataDir, report });
}
