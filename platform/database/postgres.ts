import { Client, type ClientBase, type ClientConfig, escapeIdentifier, Pool, type PoolClient } from 'pg';
import { Unavailable } from '../errors/errors.ts';
import type { Database, Report } from './port.ts';
import { assertNoTransaction } from './guard.ts';
import { Lanes } from './lanes.ts';
import { PostgresListener } from './listener.ts';
import { settlesWithin } from './patience.ts';
import { type ConnectionSource, LeasePool } from './pool.ts';
import { currentLane } from './precedence.ts';
import { StatementCounter } from './statements.ts';
import { transactionOn } from './transaction.ts';

/**
 * Each serves a few hundred short transactions a second; with the one that listens they are 17, and a server's default of 100
 * bears five processes.
 */
export const POOL_SIZE = 16;
/** A statement that takes longer (ms) is cancelled by the server with SQLSTATE 57014. */
const STATEMENT_MS = 30_000;
/** A transaction that sends nothing for so long (ms) is ended by the server with SQLSTATE 25P03. */
const IDLE_IN_TRANSACTION_MS = 30_000;
/** A connection, new or from the pool, has to be had within this (ms). */
const CONNECT_MS = 10_000;
/** How long (ms) a close waits for borrowed connections. */
const DRAIN_MS = 10_000;
/** How long (ms) a close then waits for the server to take leave. */
const END_MS = 2_000;
/** 15: `nulls not distinct`, `merge`, and the rights on the schema public that newer servers start with. */
const OLDEST_SERVER = 150_000;

/** What every connection of the house keeps to; within a transaction it is the same with `set local`. */
const SETTINGS = [
  `statement_timeout = ${STATEMENT_MS}`,
  `idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_MS}`,
  // As the embedded database's sessions are.
  `time zone 'UTC'`,
];
/**
 * A search for what is nearest goes on until enough rows meet its other conditions: pgvector 0.8 and newer. To older ones and without it the
 * setting says nothing, as long as it comes before the first use of a vector in its session.
 */
const NEAREST = `hnsw.iterative_scan = 'strict_order'`;

export interface PostgresConfig {
  url: string;
  /** The same database past a pooler, to listen there. */
  directUrl?: string | undefined;
  poolSize?: number | undefined;
  report: Report;
}

/**
 * Opens a pool of connections to a Postgres server, or to a pooler in front of it. Throws when it cannot be reached or is older than
 * version 15.
 */
export async function openPostgres({
  url,
  directUrl,
  poolSize = POOL_SIZE,
  report,
}: PostgresConfig): Promise<Database> {
  const connection: ClientConfig = {
    connectionString: url,
    application_name: 'ensemble',
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
  };
  const connections = new Pool({
    ...connection,
    max: poolSize,
    // A statement rather than startup options, which poolers refuse.
    // The pool awaits what this returns, although its type does not say so.
    onConnect: settle as (client: ClientBase) => void,
  });
  /** Whether something between us and the server hands our transactions to sessions of its own; null until the first connection. */
  let isPooled: boolean | null = null;
  async function settle(client: ClientBase): Promise<void> {
    isPooled ??= await hasPooler(client);
    // Behind a pooler a session is whoever's comes next; a pooler itself keeps only the time zone apart.
    await client.query(isPooled ? `set time zone 'UTC'` : allOf('set', [...SETTINGS, NEAREST]));
  }

  // `pg` emits `error` for a connection that the server drops, and an `error` without a listener ends the process. The
  // query under way is rejected in any case, and the pool throws the connection away.
  connections.on('error', (error) => report('A connection to Postgres was lost', error));
  connections.on('connect', (client) =>
    client.on('error', (error) => report('A connection to Postgres was lost', error)),
  );

  const statements = new StatementCounter();
  const source = new PooledConnections(connections, poolSize);
  const listener = new PostgresListener({ ...connection, connectionString: directUrl ?? url }, report);
  let pooled: { settings: string } | null = null;
  let closing: Promise<void> | null = null;

  async function close(): Promise<void> {
    const drained = source.drain();
    await listener.close();
    if (!(await settlesWithin(DRAIN_MS, drained))) report('The database was closed while connections were borrowed');
    // The pool ends when the last borrowed connection is back, which one that was left behind above never is.
    await settlesWithin(END_MS, connections.end());
  }

  try {
    const { rows } = await connections.query<{ server_version_num: string }>('show server_version_num');
    checkVersion(Number(rows[0]?.server_version_num));
    if (isPooled) pooled = await behindPooler(connections, directUrl !== undefined, report);
  } catch (error) {
    await connections.end();
    throw error;
  }
  const pool = new LeasePool({
    source,
    statements,
    leases: new Set(),
    report,
    ...(pooled ? { pooled } : {}),
  });
  const hears = !isPooled || directUrl !== undefined;
  return {
    kind: 'postgres',
    pool,
    statements,
    query: async <T>(sql: string, params?: readonly unknown[]) => (await pool.query(sql, params)).rows as T[],
    transaction: (fn, options) => transactionOn(pool, fn, options),
    listen: async (channel, onPayload, onGap) => {
      assertNoTransaction('to listen');
      // Through a pooler one would listen in a session that others get next: nothing would come, and nobody would be told.
      return hears ? listener.listen(channel, onPayload, onGap) : () => Promise.resolve();
    },
    close: () => (closing ??= close()),
  };
}

/** A pooler tells a process id of its own making, since it cannot know which session will do the work. */
async function hasPooler(client: ClientBase & { processID?: number | null }): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid !== client.processID;
}

/** What transactions behind a pooler set for themselves. Says what else is different there, as far as it concerns who runs the house. */
async function behindPooler(connections: Pool, isHeard: boolean, report: Report): Promise<{ settings: string }> {
  if (!isHeard)
    report(
      'DATABASE_URL leads through a pooler, which cannot be listened through: facts of other processes are heard within a second. ' +
        'With DIRECT_DATABASE_URL they are heard at once',
    );
  const { rows } = await connections.query<{ role: string; is_unlimited: boolean; knows_nearest: boolean }>(
    `select current_user as role, setting::bigint not between 1 and ${STATEMENT_MS} as is_unlimited,
       exists (select from pg_available_extensions
         where name = 'vector' and default_version !~ '^0\\.[0-7](\\.|$)') as knows_nearest
     from pg_settings where name = 'statement_timeout'`,
  );
  if (rows[0]?.is_unlimited)
    report(
      `Behind a pooler a statement outside of transactions has the time limit of its role, which is none or more than ${STATEMENT_MS / 1000} s: ` +
        `alter role ${escapeIdentifier(rows[0].role)} set statement_timeout = '${STATEMENT_MS / 1000}s'`,
    );
  // A session that others have used may know vectors already, and an older pgvector then refuses the setting.
  return { settings: allOf('set local', rows[0]?.knows_nearest ? [...SETTINGS, NEAREST] : SETTINGS) };
}

function allOf(verb: 'set' | 'set local', settings: readonly string[]): string {
  return settings.map((setting) => `${verb} ${setting}`).join('; ');
}

/** The pool of `pg` as a source; its own messages for "no connection in time" become an error of the house. */
class PooledConnections implements ConnectionSource {
  readonly options: object;
  readonly Client: new (options: never) => unknown = Client;
  readonly #pool: Pool;
  readonly #lanes: Lanes;
  readonly #leaves = new WeakMap<ClientBase, () => void>();
  /** Borrowed or waited for. */
  #out = 0;
  #onDrained: (() => void) | null = null;

  constructor(pool: Pool, size: number) {
    this.#pool = pool;
    this.#lanes = new Lanes(size, CONNECT_MS);
    this.options = pool.options;
  }

  async acquire(): Promise<PoolClient> {
    if (this.#onDrained) throw new Unavailable('The database is closed.');
    this.#out++;
    let leave: (() => void) | null = null;
    try {
      leave = await this.#lanes.enter(currentLane() ?? 'interactive');
      const client = await this.#pool.connect();
      this.#leaves.set(client, leave);
      return client;
    } catch (error) {
      leave?.();
      this.#back();
      if (!isConnectTimeout(error)) throw error;
      throw new Unavailable(`No connection to Postgres was free within ${CONNECT_MS / 1000} s.`);
    }
  }

  giveBack(client: ClientBase, error?: Error | boolean): void {
    (client as PoolClient).release(error);
    this.#leaves.get(client)?.();
    this.#back();
  }

  /**
   * Refuses new borrowers; resolves when everybody who borrows or waits is done. (`pg-pool` forgets who waits at its
   * end.)
   */
  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#onDrained = resolve;
      if (this.#out === 0) resolve();
    });
  }

  #back(): void {
    this.#out--;
    if (this.#out === 0) this.#onDrained?.();
  }
}

/** `pg-pool` gives the timeout no code; these are its two messages. */
function isConnectTimeout(error: unknown): boolean {
  return (
    error instanceof Error &&
    /^(timeout exceeded when trying to connect|Connection terminated due to connection timeout)/.test(error.message)
  );
}

function checkVersion(version: number): void {
  if (version >= OLDEST_SERVER) return;
  throw new Error(
    `The Postgres server is version ${Math.floor(version / 10_000)}; at least ${OLDEST_SERVER / 10_000} is needed.`,
  );
}
