import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { Unavailable } from '../../errors/errors.ts';
import type { EmbeddedDatabase, Report } from '../port.ts';
import { Channels } from '../channels.ts';
import { assertNoTransaction } from '../guard.ts';
import { settlesWithin } from '../patience.ts';
import { LeasePool } from '../pool.ts';
import { StatementCounter } from '../statements.ts';
import { transactionOn } from '../transaction.ts';
import { Engine } from './engine.ts';
import { ClusterFolder } from './folder.ts';
import { lockDataFolder } from './lock.ts';
import { Session } from './session.ts';
import { preparedTemplate } from './template.ts';

/** The timeout of an idle transaction (ms), as on a Postgres server. */
const IDLE_IN_TRANSACTION_MS = 30_000;
/** Time (ms) that a close waits for borrowers of the session. */
const DRAIN_MS = 10_000;

export interface EmbeddedConfig {
  /** Null keeps the database in memory. */
  dataDir: string | null;
  loadDataDir?: Blob | undefined;
  report: Report;
}

/**
 * Opens PGlite in a worker thread. Without fsync: it survives a killed process but not a power failure. `statement_timeout` has no effect,
 * because a statement cannot be interrupted. Throws `DataFolderLocked`.
 */
export async function openEmbedded({ dataDir, loadDataDir, report }: EmbeddedConfig): Promise<EmbeddedDatabase> {
  let cluster: ClusterFolder | null = null;
  let unlock = (): void => {};
  if (dataDir !== null) {
    const folder = resolve(dataDir);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    unlock = lockDataFolder(folder, report).release;
    cluster = new ClusterFolder(folder);
  }
  try {
    if (loadDataDir && cluster?.exists) throw new Error(`${cluster.path} holds a database; load into an empty folder.`);
    cluster?.prepare(report);
    const made = loadDataDir ?? (cluster?.exists ? undefined : preparedTemplate());
    const engine = new Engine({ folder: cluster?.path ?? null, loadDataDir: made ?? null });
    try {
      await engine.opened();
      cluster?.complete();
      return await embeddedDatabase(engine, unlock, report);
    } catch (error) {
      await engine.close();
      throw error;
    }
  } catch (error) {
    unlock();
    throw error;
  }
}

/** The part of an engine that a database needs. */
export type OpenedEngine = Pick<Engine, 'exchange' | 'dump' | 'close' | 'onFailure'>;

/** The database on an open engine; closing it closes the engine. */
export async function embeddedDatabase(
  engine: OpenedEngine,
  unlock: () => void,
  report: Report,
): Promise<EmbeddedDatabase> {
  const session = new Session(engine);
  const { client } = session;
  const channels = new Channels(report);
  let closing: Promise<void> | null = null;
  let lost = false;
  const lose = (error: Error): void => {
    if (closing || lost) return;
    lost = true;
    session.refuseAll(new Unavailable(`The embedded database is lost: ${error.message}`));
    report('The embedded database is lost; restart the process', error);
  };
  engine.onFailure = (error) => {
    lose(error);
    client.connection.stream.destroy(error);
  };
  client.on('error', lose);
  client.on('notification', ({ channel, payload }) => channels.deliver(channel, payload ?? ''));
  await client.connect();

  const statements = new StatementCounter();
  const pool = new LeasePool({ source: session, statements, leases: new Set(), report });
  const stopExpiring = pool.expireIdleTransactions(IDLE_IN_TRANSACTION_MS);

  /** Runs `work` while it holds the session. */
  async function alone<T>(work: () => Promise<T>): Promise<T> {
    assertNoTransaction('the whole session');
    await session.acquire();
    try {
      return await work();
    } finally {
      session.giveBack(client);
    }
  }

  async function close(): Promise<void> {
    const closed = new Unavailable('The database is closed.');
    const drained = session.acquire();
    session.refuseNew(closed);
    if (!(await settlesWithin(DRAIN_MS, drained)))
      report('The embedded database was closed while its session was borrowed');
    stopExpiring();
    session.refuseAll(closed);
    try {
      await engine.close();
    } finally {
      client.connection.stream.destroy();
      unlock();
    }
  }

  return {
    kind: 'embedded',
    pool,
    statements,
    query: async <T>(sql: string, params?: readonly unknown[]) => (await pool.query(sql, params)).rows as T[],
    transaction: (fn, options) => transactionOn(pool, fn, options),
    listen: async (channel, onPayload) => {
      const name = client.escapeIdentifier(channel);
      const remove = channels.add(channel, onPayload);
      try {
        await pool.query(`listen ${name}`);
      } catch (error) {
        remove();
        throw error;
      }
      return async () => {
        if (remove()) await pool.query(`unlisten ${name}`);
      };
    },
    dump: (compression = 'gzip') =>
      alone(async () => {
        await client.query('checkpoint');
        return engine.dump(compression);
      }),
    close: () => (closing ??= close()),
  };
}
