import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { childEnvironment, isRoot, testConfig } from './config.ts';
import { type Databases, databasesOn } from './databases.ts';
import { atEnd } from './ending.ts';
import { findExecutable, isExecutable } from './executables.ts';
import { endByPidFile, endSync, freePort, removeAbandoned, removeFolder, throwawayFolder } from './throwaway.ts';

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
/** Attempts to start: a free port may be taken in the meantime. */
const attempts = 3;

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
  removeAbandoned('postgres', (folder) => {
    endByPidFile(join(folder, 'data', 'postmaster.pid'), folder, 'SIGQUIT');
  });
  const user = isRoot() ? serverUser() : null;
  const folder = throwawayFolder('postgres', user);
  let server: ChildProcess | null = null;
  const takeBack = atEnd(() => {
    if (server?.pid !== undefined) endSync(server.pid, 'SIGQUIT');
    removeFolder(folder);
  });
  const stop = async (): Promise<void> => {
    if (server !== null) await end(server);
    server = null;
    takeBack();
    removeFolder(folder);
  };
  try {
    const data = join(folder, 'data');
    execFileSync(
      join(found.bin, 'initdb'),
      ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync', '--no-instructions'],
      { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], env: childEnvironment({ TZ: null, PGDATA: null }) },
    );
    for (let attempt = 1; ; attempt += 1) {
      const port = await freePort();
      const log = join(folder, `server-${attempt}.log`);
      server = launch(join(found.bin, 'postgres'), folder, port, log, options, user);
      const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
      if (await answers(server, url)) return { url, stop };
      const tail = readFileSync(log, 'utf8').split('\n').slice(-15).join('\n');
      if (attempt === attempts || !tail.includes('Address already in use')) {
        throw new Error(`The throwaway Postgres did not start:\n${tail}`);
      }
    }
  } catch (error) {
    await stop();
    throw error;
  }
}

function launch(
  executable: string,
  folder: string,
  port: number,
  log: string,
  options: PostgresOptions,
  user: { uid: number; gid: number } | null,
): ChildProcess {
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
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
  const output = openSync(log, 'w');
  try {
    return spawn(
      executable,
      ['-D', join(folder, 'data'), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      {
        ...user,
        cwd: folder,
        // Ctrl-C in the terminal must reach only the tests, which then end the server.
        detached: true,
        stdio: ['ignore', output, output],
        env: childEnvironment({ TZ: null, PGDATA: null }),
      },
    );
  } finally {
    closeSync(output);
  }
}

/** Waits until the server answers a query; `false` when it ended instead. */
async function answers(server: ChildProcess, url: string): Promise<boolean> {
  const until = Date.now() + startLimitMs;
  const failures: Error[] = [];
  server.once('error', (error) => failures.push(error));
  while (Date.now() < until) {
    if (failures[0]) throw failures[0];
    if (server.exitCode !== null || server.signalCode !== null) return false;
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    // A broken idle connection emits this besides failing the call below, which handles it.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('select 1');
      return true;
    } catch {
      // Refused or still starting up: try again, within the limit.
      await sleep(40);
    } finally {
      await client.end();
    }
  }
  throw new Error(`The throwaway Postgres did not answer within ${startLimitMs / 1000} s.`);
}

/** Immediate shutdown: nothing needs to be kept. */
async function end(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => {
    server.once('exit', () => resolve());
  });
  server.kill('SIGQUIT');
  const patience = setTimeout(() => server.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(patience);
}
