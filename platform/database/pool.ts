/**
 * The one shape in which both databases are spoken to: that of `pg.Pool`. Connections come from a source (a real
 * `pg.Pool`, or the one session of the embedded database); what every connection must obey is written here once: the
 * guard against a second connection inside an open transaction, the statement counter, and that nothing is handed on
 * with a transaction open.
 */
import type { ClientBase, CustomTypesConfig, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import { DatabaseError } from 'pg';
import { assertNoTransaction } from './guard.ts';
import type { StatementCounter } from './statements.ts';

/**
 * A connection, or the one that a transaction holds. Results, types and errors (`code` is the SQLSTATE) are those of
 * `pg`.
 */
export interface PgClient {
  /** The server's process id of this session, null behind a pooler; kysely uses it to cancel a query. */
  readonly processID: number | null;
  query<R extends QueryResultRow = QueryResultRow>(
    query: string | QueryConfig,
    values?: readonly unknown[],
  ): Promise<QueryResult<R>>;
}

/** A borrowed connection. Give it back with `release()`, once; an open transaction is rolled back then. */
export interface PgPoolClient extends PgClient {
  /** `error` (or `true`) says that the connection is broken and must not be used again. A second call does nothing. */
  release(error?: Error | boolean): void;
}

/** What platform code and kysely's `PostgresDialect` need of a pool. */
export interface PgPool {
  /** Connection settings, the password among them; kysely opens a control connection with them. Never log them. */
  readonly options: object;
  /** The class of kysely's control connection; absent where a second connection cannot exist. */
  readonly Client?: new (options: never) => unknown;
  /** Waits for its turn. Throws `SecondConnectionInTransaction`, `Unavailable` when the turn does not come in time. */
  connect(): Promise<PgPoolClient>;
  /** connect, query, release. */
  query<R extends QueryResultRow = QueryResultRow>(
    query: string | QueryConfig,
    values?: readonly unknown[],
  ): Promise<QueryResult<R>>;
  /** Does nothing: an ORM that closes must not close the connections of the others. See `Database.close`. */
  end(): Promise<void>;
  /** The same connections, whose results are read with other type parsers. */
  withTypes(types: CustomTypesConfig): PgPool;
}

/** Where connections come from and go back to. */
export interface ConnectionSource {
  readonly options: object;
  readonly Client?: new (options: never) => unknown;
  acquire(): Promise<ClientBase & { processID?: number | null }>;
  giveBack(client: ClientBase, error?: Error | boolean): void;
}

interface Shared {
  source: ConnectionSource;
  statements: StatementCounter;
  leases: Set<Lease>;
  report: (message: string, error?: unknown) => void;
  /** Where a pooler hands each transaction to a session of its own: what a transaction sets for itself, since no session keeps it. */
  pooled?: { settings: string };
}

/** What begins a transaction. */
const begins = /^(begin|start transaction)\b/i;

/** How often leases are looked through for transactions that stand idle: the limit is kept to the second. */
const SWEEP_MS = 1_000;

export class LeasePool implements PgPool {
  readonly #shared: Shared;
  readonly #types: CustomTypesConfig | undefined;

  constructor(shared: Shared, types?: CustomTypesConfig) {
    this.#shared = shared;
    this.#types = types;
  }

  get options(): object {
    return this.#shared.source.options;
  }

  get Client(): (new (options: never) => unknown) | undefined {
    return this.#shared.source.Client;
  }

  async connect(): Promise<PgPoolClient> {
    assertNoTransaction('a second connection');
    const lease = new Lease(await this.#shared.source.acquire(), this.#shared, this.#types);
    this.#shared.leases.add(lease);
    return lease;
  }

  async query<R extends QueryResultRow = QueryResultRow>(
    query: string | QueryConfig,
    values?: readonly unknown[],
  ): Promise<QueryResult<R>> {
    const client = await this.connect();
    try {
      return await client.query<R>(query, values);
    } finally {
      client.release();
    }
  }

  end(): Promise<void> {
    return Promise.resolve();
  }

  withTypes(types: CustomTypesConfig): PgPool {
    return new LeasePool(this.#shared, types);
  }

  /**
   * Takes connections back from borrowers that hold a transaction open and send nothing for `limitMs`, as a Postgres
   * with `idle_in_transaction_session_timeout` does; their next query fails with SQLSTATE 25P03. Returns what stops it.
   */
  expireIdleTransactions(limitMs: number): () => void {
    const timer = setInterval(() => {
      const before = performance.now() - limitMs;
      for (const lease of this.#shared.leases) lease.expireIfIdleSince(before);
    }, SWEEP_MS);
    timer.unref();
    return () => clearInterval(timer);
  }
}

/** One borrowing of one connection. It ends with `release`, whatever its borrower still keeps of it. */
class Lease implements PgPoolClient {
  readonly #client: ClientBase & { processID?: number | null };
  readonly #shared: Shared;
  readonly #types: CustomTypesConfig | undefined;
  #pending = 0;
  #lastUsed = performance.now();
  #ended: Error | null = null;

  constructor(
    client: ClientBase & { processID?: number | null },
    shared: Shared,
    types: CustomTypesConfig | undefined,
  ) {
    this.#client = client;
    this.#shared = shared;
    this.#types = types;
  }

  get processID(): number | null {
    // Behind a pooler it would be that of no session of the server.
    return this.#shared.pooled ? null : (this.#client.processID ?? null);
  }

  query<R extends QueryResultRow = QueryResultRow>(
    query: string | QueryConfig,
    values?: readonly unknown[],
  ): Promise<QueryResult<R>> {
    if (this.#ended) return Promise.reject(this.#ended);
    const text = typeof query === 'string' ? query : query.text;
    this.#shared.statements.count(text);
    const config: QueryConfig = typeof query === 'string' ? { text } : { ...query };
    if (values) config.values = values as unknown[];
    if (this.#types && !config.types) config.types = this.#types;
    this.#pending++;
    const result = this.#send<R>(config);
    const settled = (): void => {
      this.#pending--;
      this.#lastUsed = performance.now();
    };
    // The first to hear of a failure, so that nobody after it sees what is taken away here.
    result.then(settled, (error: unknown) => {
      settled();
      withoutValues(error);
    });
    // Whoever cannot begin or roll back has lost the connection, and kysely then forgets to give it back.
    if (text === 'begin' || text === 'rollback') result.catch((error: Error) => this.#end(error, error));
    return result;
  }

  /** The settings go with the statement that begins a transaction, without a round trip of their own; its answer is the first. */
  #send<R extends QueryResultRow>(config: QueryConfig): Promise<QueryResult<R>> {
    const { pooled } = this.#shared;
    if (!pooled || !begins.test(config.text)) return this.#client.query<R>(config);
    return this.#client
      .query<R>({ ...config, text: `${config.text}; ${pooled.settings}` })
      .then((results) => (results as unknown as [QueryResult<R>])[0]);
  }

  release(error?: Error | boolean): void {
    if (this.#ended) return;
    this.#end(new Error('This connection was given back to the pool; a query on it is a programming error.'), error);
  }

  expireIfIdleSince(before: number): void {
    if (this.#ended || this.#pending > 0 || this.#lastUsed > before || !this.#inTransaction()) return;
    const error = new DatabaseError('terminating connection due to idle-in-transaction timeout', 0, 'error');
    error.severity = 'FATAL';
    error.code = '25P03';
    this.#end(error);
  }

  #inTransaction(): boolean {
    return (this.#client.getTransactionStatus() ?? 'I') !== 'I';
  }

  #end(reason: Error, error?: Error | boolean): void {
    if (this.#ended) return;
    this.#ended = reason;
    this.#shared.leases.delete(this);
    const { source, report } = this.#shared;
    if (error || (this.#pending === 0 && !this.#inTransaction())) {
      source.giveBack(this.#client, error);
      return;
    }
    // What is still under way on this connection is answered before the rollback, since a connection keeps its order.
    this.#client.query('rollback').then(
      () => source.giveBack(this.#client),
      (failure: unknown) => {
        report('A connection whose transaction could not be rolled back was thrown away', failure);
        source.giveBack(this.#client, true);
      },
    );
  }
}

/**
 * Takes from an error of the database what quotes rows and parameters ("Failing row contains (…)"): errors are logged, and a row
 * may hold what nobody else is to know. SQLSTATE, message, table, column and constraint stay.
 */
function withoutValues(error: unknown): void {
  if (!(error instanceof DatabaseError)) return;
  delete error.detail;
  delete error.where;
  delete error.internalQuery;
}
