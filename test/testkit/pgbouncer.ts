import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { childEnvironment, isRoot } from './config.ts';
import { atEnd } from './ending.ts';
import { findExecutable, isExecutable } from './executables.ts';
import { serverUser } from './postgres.ts';
import { endByPidFile, endSync, freePort, removeAbandoned, removeFolder, throwawayFolder } from './throwaway.ts';

/** A PgBouncer in transaction mode in front of a Postgres. */
export interface TestPgBouncer {
  /** The url of a database of that Postgres through the pooler. */
  through(url: string): string;
  stop(): Promise<void>;
}

/** A pooler starts in about 50 ms; a slow machine under load gets 20 s. */
const startLimitMs = 20_000;
/** Attempts to start: a free port may be taken in the meantime. */
const attempts = 3;
/**
 * Server connections per database: fewer than a process has to the pooler, so that one client connection uses several server
 * connections and loses its session state.
 */
const serverConnections = 6;

function executable(): string | null {
  // Debian installs it in a folder that is only on root's PATH.
  return findExecutable('pgbouncer') ?? (isExecutable('/usr/sbin/pgbouncer') ? '/usr/sbin/pgbouncer' : null);
}

/** Why `startPgBouncer` cannot start one, or `null`. */
export function pgbouncerMissing(): string | null {
  if (executable() === null) return 'no PgBouncer: install pgbouncer';
  return isRoot() && serverUser() === null ? 'PgBouncer refuses to run as root and there is no other user' : null;
}

/** A throwaway PgBouncer for the server at `url`; it admits the server's user without a password. */
export async function startPgBouncer(url: string): Promise<TestPgBouncer> {
  removeAbandoned('pgbouncer', (folder) => {
    endByPidFile(join(folder, 'pgbouncer.pid'), folder, 'SIGTERM');
  });
  const user = isRoot() ? serverUser() : null;
  const folder = throwawayFolder('pgbouncer', user);
  let pooler: ChildProcess | null = null;
  const takeBack = atEnd(() => {
    if (pooler?.pid !== undefined) endSync(pooler.pid, 'SIGTERM');
    removeFolder(folder);
  });
  const stop = async (): Promise<void> => {
    if (pooler !== null) await end(pooler);
    pooler = null;
    takeBack();
    removeFolder(folder);
  };
  try {
    for (let attempt = 1; ; attempt += 1) {
      const port = await freePort();
      pooler = launch(folder, port, new URL(url), user);
      const through = (database: string): string => {
        const made = new URL(database);
        made.host = `127.0.0.1:${port}`;
        return made.href;
      };
      if (await answers(pooler, through(url))) return { through, stop };
      if (attempt === attempts || !log(folder).includes('Address already in use'))
        throw new Error(`The throwaway PgBouncer did not start:\n${log(folder)}`);
    }
  } catch (error) {
    await stop();
    throw error;
  }
}

function log(folder: string): string {
  return readFileSync(join(folder, 'output.log'), 'utf8').split('\n').slice(-15).join('\n');
}

function launch(folder: string, port: number, server: URL, user: { uid: number; gid: number } | null): ChildProcess {
  const path = executable();
  if (path === null) throw new Error('pgbouncer is gone.');
  const password = server.password ? ` password=${decodeURIComponent(server.password)}` : '';
  // As in production: no session state is kept, and no startup parameter is passed on.
  const settings = [
    '[databases]',
    `* = host=${server.hostname} port=${server.port || '5432'} user=${decodeURIComponent(server.username)}${password}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    `unix_socket_dir = ${folder}`,
    `pidfile = ${join(folder, 'pgbouncer.pid')}`,
    'auth_type = any',
    'pool_mode = transaction',
    'max_client_conn = 500',
    `default_pool_size = ${serverConnections}`,
  ];
  const file = join(folder, 'pgbouncer.ini');
  writeFileSync(file, `${settings.join('\n')}\n`);
  if (user) chownSync(file, user.uid, user.gid);
  const output = openSync(join(folder, 'output.log'), 'w');
  try {
    return spawn(path, [file], {
      ...user,
      cwd: folder,
      // Ctrl-C in the terminal must reach only the tests, which then end the pooler.
      detached: true,
      stdio: ['ignore', output, output],
      env: childEnvironment(),
    });
  } finally {
    closeSync(output);
  }
}

/** Waits until the pooler answers a query; `false` if it ended instead. */
async function answers(pooler: ChildProcess, url: string): Promise<boolean> {
  const until = Date.now() + startLimitMs;
  while (Date.now() < until) {
    if (pooler.exitCode !== null || pooler.signalCode !== null) return false;
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
      await client.end().catch(() => undefined);
    }
  }
  throw new Error(`The throwaway PgBouncer did not answer within ${startLimitMs / 1000} s.`);
}

async function end(pooler: ChildProcess): Promise<void> {
  if (pooler.pid === undefined || pooler.exitCode !== null || pooler.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => {
    pooler.once('exit', () => resolve());
  });
  // An immediate shutdown.
  pooler.kill('SIGTERM');
  const patience = setTimeout(() => pooler.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(patience);
}
