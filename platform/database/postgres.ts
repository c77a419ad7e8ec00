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
 * Each connection serves a few hundred short transactions a second. With the listening one they are 17, so a server's default of 100 is
 * enough for five processes.
 */
export const POOL_SIZE = 16;
/** The statement timeout (ms); the server cancels with SQLSTATE 57014. */
const STATEMENT_MS = 30_000;
/** The timeout of an idle transaction (ms); the server ends it with SQLSTATE 25P03. */
const IDLE_IN_TRANSACTION_MS = 30_000;
/** Timeout (ms) to get a connection, new or from the pool, unless another one is given. */
const CONNECT_MS = 10_000;
/** Time (ms) that a close waits for borrowed connections. */
const DRAIN_MS = 10_000;
/** Time (ms) that a close then waits for the connections to end. */
const END_MS = 2_000;
/** Version 15, for `nulls not distinct`, `merge`, and the default rights on the schema public. */
const OLDEST_SERVER = 150_000;

/** Settings of every connection; behind a pooler, of every transaction by `set local`. */
const SETTINGS = [
  `statement_timeout = ${STATEMENT_MS}`,
  `idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_MS}`,
  // As in the embedded database.
  `time zone 'UTC'`,
];
/**
 * Makes a nearest-neighbour search continue until enough rows meet its other conditions (pgvector 0.8 and newer). Without pgvector or with
 * older versions it has no effect if it is set before the first use of a vector in its session.
 */
const NEAREST = `hnsw.iterative_scan = 'strict_order'`;

export interface PostgresConfig {
  url: string;
  /** The same database without a pooler, to listen there. */
  directUrl?: string | undefined;
  poolSize?: number | undefined;
  connectMs?: number | undefined;
  report: Report;
}

/**
 * Opens a pool of connections to a Postgres server, or to a pooler in front of it. Throws if the server cannot be reached or is older than
 * version 15.
 */
export async function openPostgres({
  url,
  directUrl,
  poolSize = POOL_SIZE,
  connectMs = CONNECT_MS,
  report,
}: PostgresConfig): Promise<Database> {
  const connection: ClientConfig = {
    connectionString: url,
    application_name: 'ensemble',
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
  };
  const connections = new Pool({
    ...connection,
    max: poolSize,
    // A statement rather than startup options, which poolers refuse.
    // The pool awaits what this returns, although its type does not say so.
    onConnect: settle as (client: ClientBase) => void,
  });
  /** Whether there is a pooler in front of the server; null until the first connection. */
  let isPooled: boolean | null = null;
  async function settle(client: ClientBase): Promise<void> {
    isPooled ??= await hasPooler(client);
    // Behind a pooler clients share sessions; the pooler itself keeps only the time zone per client.
    await client.query(isPooled ? `set time zone 'UTC'` : allOf('set', [...SETTINGS, NEAREST]));
  }

  // `pg` emits `error` for a connection that the server drops; without a listener it would end the process. The pending query is
  // rejected anyway, and the pool discards the connection.
  connections.on('error', (error) => report('A connection to Postgres was lost', error));
  connections.on('connect', (client) =>
    client.on('error', (error) => report('A connection to Postgres was lost', error)),
  );

  const statements = new StatementCounter();
  const source = new PooledConnections(connections, poolSize, connectMs);
  const listener = new PostgresListener({ ...connection, connectionString: directUrl ?? url }, report);
  let pooled: { settings: string } | null = null;
  let closing: Promise<void> | null = null;

  async function close(): Promise<void> {
    const drained = source.drain();
    await listener.close();
    if (!(await settlesWithin(DRAIN_MS, drained))) report('The database was closed while connections were borrowed');
    // The pool ends after the last borrowed connection is returned; one that was not returned in time never is.
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
      // Through a pooler `listen` would apply to a session that others get next, and silently deliver nothing.
      return hears ? listener.listen(channel, onPayload, onGap) : () => Promise.resolve();
    },
    close: () => (closing ??= close()),
  };
}

/** Detects a pooler: it invents a process id, because it cannot know which session will be used. */
async function hasPooler(client: ClientBase & { processID?: number | null }): Promise<boolean> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid !== client.processID;
}

/** The settings that transactions set behind a pooler. Reports the differences that matter to the operator. */
async function behindPooler(connections: Pool, isHeard: boolean, report: Report): Promise<{ settings: string }> {
  if (!isHeard)
    report(
      'DATABASE_URL leads through a pooler, which does not deliver notifications: facts of other processes are read within a second. ' +
        'With DIRECT_DATABASE_URL they are read at once',
    );
  const { rows } = await connections.query<{ role: string; is_unlimited: boolean; knows_nearest: boolean }>(
    `select current_user as role, setting::bigint not between 1 and ${STATEMENT_MS} as is_unlimited,
       exists (select from pg_available_extensions
         where name = 'vector' and default_version !~ '^0\\.[0-7](\\.|$)') as knows_nearest
     from pg_settings where name = 'statement_timeout'`,
  );
  if (rows[0]?.is_unlimited)
    report(
      `Behind a pooler a statement outside of transactions has the time limit of its role, which is unset or more than ${STATEMENT_MS / 1000} s: ` +
        `alter role ${escapeIdentifier(rows[0].role)} set statement_timeout = '${STATEMENT_MS / 1000}s'`,
    );
  // Other clients of the session may have loaded vectors already, and an older pgvector then refuses the setting.
  return { settings: allOf('set local', rows[0]?.knows_nearest ? [...SETTINGS, NEAREST] : SETTINGS) };
}

function allOf(verb: 'set' | 'set local', settings: readonly string[]): string {
  return settings.map((setting) => `${verb} ${setting}`).join('; ');
}

/** The pool of `pg` as a source; its connection timeouts become UNAVAILABLE. */
class PooledConnections implements ConnectionSource {
  readonly options: object;
  readonly Client: new (options: never) => unknown = Client;
  readonly #pool: Pool;
  readonly #lanes: Lanes;
  readonly #connectMs: number;
  readonly #leaves = new WeakMap<ClientBase, () => void>();
  /** Connections that are borrowed or waited for. */
  #out = 0;
  #onDrained: (() => void) | null = null;

  constructor(pool: Pool, size: number, connectMs: number) {
    this.#pool = pool;
    this.#lanes = new Lanes(size, connectMs);
    this.#connectMs = connectMs;
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
      throw new Unavailable(`No connection to Postgres was free within ${this.#connectMs / 1000} s.`);
    }
  }

  giveBack(client: ClientBase, error?: Error | boolean): void {
    (client as PoolClient).release(error);
    this.#leaves.get(client)?.();
    this.#back();
  }

  /** Refuses new borrowers; resolves when all borrowers and waiters are done. (`pg-pool` drops waiters when it ends.) */
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

/** `pg-pool` gives its timeout no code, only these two messages. */
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
