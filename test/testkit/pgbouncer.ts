import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRoot } from './config.ts';
import { findExecutable, isExecutable } from './executables.ts';
import { answersQuery, serverUser } from './postgres.ts';
import { startThrowaway } from './throwaway-server.ts';

/** A PgBouncer in transaction mode in front of a Postgres. */
export interface TestPgBouncer {
  /** The url of a database of that Postgres through the pooler. */
  through(url: string): string;
  stop(): Promise<void>;
}

/** A pooler starts in about 50 ms; a slow machine under load gets 20 s. */
const startLimitMs = 20_000;
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
  const path = executable();
  if (path === null) throw new Error('pgbouncer is gone.');
  const user = isRoot() ? serverUser() : null;
  const at = (port: number, database: string): string => {
    const made = new URL(database);
    made.host = `127.0.0.1:${port}`;
    return made.href;
  };
  const { port, stop } = await startThrowaway({
    kind: 'pgbouncer',
    title: 'PgBouncer',
    user,
    command(folder, listening) {
      const file = join(folder, 'pgbouncer.ini');
      writeFileSync(file, `${settingsOf(new URL(url), folder, listening).join('\n')}\n`);
      if (user) chownSync(file, user.uid, user.gid);
      return [path, file];
    },
    isReady: (listening) => answersQuery(at(listening, url)),
    startLimitMs,
    // An immediate shutdown.
    endSignal: 'SIGTERM',
  });
  return { through: (database) => at(port, database), stop };
}

function settingsOf(server: URL, folder: string, port: number): string[] {
  const password = server.password ? ` password=${decodeURIComponent(server.password)}` : '';
  // As in production: no session state is kept, and no startup parameter is passed on.
  return [
    '[databases]',
    `* = host=${server.hostname} port=${server.port || '5432'} user=${decodeURIComponent(server.username)}${password}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    `unix_socket_dir = ${folder}`,
    'auth_type = any',
    'pool_mode = transaction',
    'max_client_conn = 500',
    `default_pool_size = ${serverConnections}`,
  ];
}
