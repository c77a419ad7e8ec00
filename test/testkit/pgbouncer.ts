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
  /** The address of a database of that Postgres, through the pooler. */
  through(url: string): string;
  stop(): Promise<void>;
}

/** A pooler starts in about 50 ms; a slow machine under load gets 20 s. */
const startLimitMs = 20_000;
/** A free port may be taken before the pooler has it: so often is another one tried. */
const attempts = 3;
/**
 * Connections to each database: fewer than a process has to the pooler, so that one connection of a client meets several of the
 * server, and what a session would keep is lost.
 */
const serverConnections = 6;

function executable(): string | null {
  // Debian installs it where only root's PATH looks.
  return findExecutable('pgbouncer') ?? (isExecutable('/usr/sbin/pgbouncer') ? '/usr/sbin/pgbouncer' : null);
}

/** What keeps `startPgBouncer` from starting one, or `null`. */
export function pgbouncerMissing(): string | null {
  if (executable() === null) return 'no PgBouncer: install pgbouncer';
  return isRoot() && serverUser() === null ? 'PgBouncer refuses to run as root and there is no other user' : null;
}

/** A throwaway PgBouncer in front of the server at `url`, which lets its user in without a password. */
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
  // As a pooler stands in front of a server in earnest: nothing of a session is kept, and no startup parameter is let pass.
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
      // Ctrl-C in the terminal is for the tests, which then end the pooler themselves.
      detached: true,
      stdio: ['ignore', output, output],
      env: childEnvironment(),
    });
  } finally {
    closeSync(output);
  }
}

/** Waits until a query is answered through the pooler; `false` when it ended instead. */
async function answers(pooler: ChildProcess, url: string): Promise<boolean> {
  const until = Date.now() + startLimitMs;
  while (Date.now() < until) {
    if (pooler.exitCode !== null || pooler.signalCode !== null) return false;
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
    // An idle connection that breaks emits this besides failing the call below, which is where it is handled.
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('select 1');
      return true;
    } catch {
      // Refused or still starting up: that is what is waited for, with a limit.
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
  // Immediately: nobody is waited for.
  pooler.kill('SIGTERM');
  const patience = setTimeout(() => pooler.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(patience);
}
