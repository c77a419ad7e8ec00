import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { childEnvironment, isRoot, testConfig } from './config.ts';
import { type Databases, databasesOn } from './databases.ts';
import { findExecutable, isExecutable } from './executables.ts';
import { startThrowaway } from './throwaway-server.ts';

/** A Postgres for tests that creates databases on request. */
export interface TestPostgres extends Databases {
  /** Ends the server and deletes its folder; on a server from the environment, drops the databases created here. */
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** Default 'on'. */
  synchronousCommit?: 'on' | 'off';
  /** As in production: commits survive a power failure. By default they survive only a killed server. */
  durable?: boolean;
}

/** Tests open a pool per OS and several at a time; the server's own default of 100 is too few. */
const maxConnections = 300;
/** A server starts in about half a second; a slow machine under load gets a minute. */
const startLimitMs = 60_000;

/** The folder with `initdb` and `postgres`, or advice on how to get one. */
export function findPostgres(): { bin: string } | { missing: string } {
  const onPath = findExecutable('postgres');
  const folders = onPath === null ? [] : [dirname(onPath)];
  const debian = '/usr/lib/postgresql';
  try {
    const versions = readdirSync(debian).toSorted((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10));
    folders.push(...versions.map((version) => join(debian, version, 'bin')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const bin = folders.find((folder) => ['initdb', 'postgres'].every((name) => isExecutable(join(folder, name))));
  return bin === undefined ? { missing: 'no Postgres: install postgresql or set TEST_DATABASE_URL' } : { bin };
}

/** Why `startPostgres` cannot start one, or `null`. */
export function postgresMissing(): string | null {
  if (testConfig().databaseUrl !== null) return null;
  const found = findPostgres();
  if ('missing' in found) return found.missing;
  return isRoot() && serverUser() === null ? 'Postgres refuses to run as root and there is no other user' : null;
}

/** The user for a server started by root, which Postgres refuses: postgres, nobody, or any other. */
export function serverUser(): { uid: number; gid: number } | null {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name = '', , uid = '0', gid = '0']) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter((user) => user.uid > 0);
  const chosen =
    users.find((user) => user.name === 'postgres') ?? users.find((user) => user.name === 'nobody') ?? users[0];
  return chosen === undefined ? null : { uid: chosen.uid, gid: chosen.gid };
}

/**
 * A Postgres for this process: TEST_DATABASE_URL, else a throwaway server from the installed binaries on a free port of 127.0.0.1,
 * until `stop()` or the end of the process. Most tests use `sharedPostgres()` instead, one server for the whole run.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<TestPostgres | { missing: string }> {
  const missing = postgresMissing();
  if (missing !== null) return { missing };
  const prefix = `ens_${randomBytes(5).toString('hex')}`;
  const { databaseUrl } = testConfig();
  if (databaseUrl !== null) {
    const databases = databasesOn(databaseUrl, prefix);
    return { ...databases, stop: () => databases.dropAll() };
  }
  const server = await startServer(options);
  return { ...databasesOn(server.url, prefix), stop: server.stop };
}

async function startServer(options: PostgresOptions): Promise<{ url: string; stop(): Promise<void> }> {
  const found = findPostgres();
  if ('missing' in found) throw new Error(found.missing);
  const user = isRoot() ? serverUser() : null;
  const env = { TZ: null, PGDATA: null };
  const settings = {
    listen_addresses: '127.0.0.1',
    max_connections: maxConnections,
    synchronous_commit: options.synchronousCommit ?? 'on',
    fsync: options.durable ? 'on' : 'off',
    full_page_writes: options.durable ? 'on' : 'off',
    // Without replication or archiving the WAL can be minimal: databases are then created in half the time.
    wal_level: 'minimal',
    max_wal_senders: 0,
    max_locks_per_transaction: 256,
    jit: 'off',
    timezone: 'UTC',
  };
  const urlAt = (port: number): string => `postgres://postgres@127.0.0.1:${port}/postgres`;
  const { port, stop } = await startThrowaway({
    kind: 'postgres',
    title: 'Postgres',
    user,
    env,
    prepare(folder) {
      execFileSync(
        join(found.bin, 'initdb'),
        [
          '-D',
          join(folder, 'data'),
          '-U',
          'postgres',
          '-A',
          'trust',
          '-E',
          'UTF8',
          '--locale=C.UTF-8',
          '--no-sync',
          '--no-instructions',
        ],
        { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], env: childEnvironment(env) },
      );
    },
    command: (folder, at) => [
      join(found.bin, 'postgres'),
      '-D',
      join(folder, 'data'),
      ...Object.entries({ ...settings, port: at, unix_socket_directories: folder }).flatMap(([name, value]) => [
        '-c',
        `${name}=${value}`,
      ]),
    ],
    isReady: (at) => answersQuery(urlAt(at)),
    startLimitMs,
    // An immediate shutdown: nothing needs to be kept.
    endSignal: 'SIGQUIT',
  });
  return { url: urlAt(port), stop };
}

/** Whether the database at `url` answers a query; rejects if it cannot be reached. */
export async function answersQuery(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  // A broken idle connection emits this besides failing the call below.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } finally {
    await client.end().catch(() => undefined);
  }
}
