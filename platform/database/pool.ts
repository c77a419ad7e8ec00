/**
 * The interface of both databases: that of `pg.Pool`. Connections come from a source (a real `pg.Pool`, or the session of the embedded
 * database). The rules for every connection are here: the guard against a second connection inside a transaction, the statement counter,
 * and that no connection is returned with an open transaction.
 */
import type { ClientBase, CustomTypesConfig, QueryConfig, QueryResult, QueryResultRow } from 'pg';
import { DatabaseError } from 'pg';
import { statementSeconds } from '../telemetry/metrics.ts';
import { summaryOf, withoutLiterals } from '../telemetry/statement.ts';
import { inInnerSpan } from '../telemetry/tracing.ts';
import { assertNoTransaction } from './guard.ts';
import type { StatementCounter } from './statements.ts';

/** A connection. Results, types and errors (`code` is the SQLSTATE) are those of `pg`. */
export interface PgClient {
  /** The server's process id of this session, for kysely to cancel a query; null behind a pooler. */
  readonly processID: number | null;
  query<R extends QueryResultRow = QueryResultRow>(
    query: string | QueryConfig,
    values?: readonly unknown[],
  ): Promise<QueryResult<R>>;
}

/** A borrowed connection. Return it with `release()`, which rolls back an open transaction. */
export interface PgPoolClient extends PgClient {
  /** `error` (or `true`) marks the connection as broken: it is not used again. A second call does nothing. */
  release(error?: Error | boolean): void;
}

/** The part of a pool that the platform and kysely's `PostgresDialect` need. */
export interface PgPool {
  /** Connection settings, including the password, for kysely's control connection. Never log them. */
  readonly options: object;
  /** The class of kysely's control connection; absent if a second connection is impossible. */
  readonly Client?: new (options: never) => unknown;
  /** Waits for a connection. Throws `SecondConnectionInTransaction`, or `Unavailable` if none is free in time. */
  connect(): Promise<PgPoolClient>;
  /** connect, query, release. */
  query<R extends QueryResultRow = QueryResultRow>(
    query: string | QueryConfig,
    values?: readonly unknown[],
  ): Promise<QueryResult<R>>;
  /** Does nothing: closing an ORM must not close the connections of others. See `Database.close`. */
  end(): Promise<void>;
  /** The same connections with other type parsers. */
  withTypes(types: CustomTypesConfig): PgPool;
}

/** Lends connections and takes them back. */
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
  /** Behind a pooler in transaction mode: the settings that each transaction sets, because no session keeps them. */
  pooled?: { settings: string };
}

/** Statements that begin a transaction. */
const begins = /^(begin|start transaction)\b/i;

/** Interval (ms) of the check for idle transactions. */
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
   * Takes connections back from borrowers whose open transaction has been idle for `limitMs`, like a Postgres with
   * `idle_in_transaction_session_timeout`; their next query fails with SQLSTATE 25P03. Returns a function that stops it.
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

/** One loan of a connection. After `release` the borrower's queries fail. */
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
    // Behind a pooler it would not be the id of a server session.
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
    const began = performance.now();
    const result = inInnerSpan(
      () => summaryOf(text),
      () => ({
        kind: 'client',
        attributes: { 'db.system.name': 'postgresql', 'db.query.text': withoutLiterals(text) },
      }),
      () => this.#send<R>(config),
    );
    const settled = (outcome: 'ok' | 'error'): void => {
      this.#pending--;
      this.#lastUsed = performance.now();
      statementSeconds.observe({ outcome }, (this.#lastUsed - began) / 1_000);
    };
    // The first handler of a failure, so that later ones never see the removed values.
    result.then(
      () => settled('ok'),
      (error: unknown) => {
        settled('error');
        withoutValues(error);
      },
    );
    // If begin or rollback fails, the connection is lost, and kysely does not release it.
    if (text === 'begin' || text === 'rollback') result.catch((error: Error) => this.#end(error, error));
    return result;
  }

  /** Sends the settings together with the statement that begins a transaction, without another round trip. */
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
    // Pending queries are answered before the rollback, because a connection keeps its order.
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
 * Removes quoted rows and parameters from a database error ("Failing row contains (…)"): errors are logged, and rows may hold secrets.
 * SQLSTATE, message, table, column and constraint stay.
 */
function withoutValues(error: unknown): void {
  if (!(error instanceof DatabaseError)) return;
  delete error.detail;
  delete error.where;
  delete error.internalQuery;
}
