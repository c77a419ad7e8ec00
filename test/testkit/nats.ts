import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { childEnvironment, testConfig } from './config.ts';
import { atEnd } from './ending.ts';
import { findExecutable, isExecutable } from './executables.ts';
import { endByPidFile, endSync, freePort, removeAbandoned, removeFolder, throwawayFolder } from './throwaway.ts';

/** A NATS server with JetStream for tests. One of TEST_NATS_URL is shared: name subjects and streams at random. */
export interface TestNats {
  /** `nats://127.0.0.1:<port>` */
  readonly url: string;
  /**
   * An outage: stops the server and starts it again on the same port with the same streams, after `between` if given. Refused for a
   * server from the environment.
   */
  restart(between?: () => Promise<void>): Promise<void>;
  /** Ends the server and deletes its folder; leaves a server from the environment running. */
  stop(): Promise<void>;
}

/** A server starts in about 50 ms; a slow machine under load gets 20 s. */
const startLimitMs = 20_000;
/** Attempts to start: a free port may be taken in the meantime. */
const attempts = 3;

function executable(): string | null {
  // Debian installs it in a folder that is only on root's PATH.
  return findExecutable('nats-server') ?? (isExecutable('/usr/sbin/nats-server') ? '/usr/sbin/nats-server' : null);
}

/** Why `startNats` cannot start one, or `null`. */
export function natsMissing(): string | null {
  if (testConfig().natsUrl !== null || executable() !== null) return null;
  return 'no NATS: install nats-server or set TEST_NATS_URL';
}

/** The NATS of TEST_NATS_URL, else a throwaway server on a free port of 127.0.0.1 with its own streams folder. */
export async function startNats(): Promise<TestNats | { missing: string }> {
  const missing = natsMissing();
  if (missing !== null) return { missing };
  const { natsUrl } = testConfig();
  if (natsUrl !== null) {
    return {
      url: natsUrl,
      restart: () => Promise.reject(new Error('The server of TEST_NATS_URL is not ours to restart.')),
      stop: () => Promise.resolve(),
    };
  }
  removeAbandoned('nats', (folder) => {
    endByPidFile(join(folder, 'nats.pid'), folder, 'SIGTERM');
  });
  const folder = throwawayFolder('nats');
  let server: ChildProcess | null = null;
  const takeBack = atEnd(() => {
    if (server?.pid !== undefined) endSync(server.pid, 'SIGTERM');
    removeFolder(folder);
  });
  const stop = async (): Promise<void> => {
    if (server !== null) await end(server);
    server = null;
    takeBack();
    removeFolder(folder);
  };
  try {
    for (let attempt = 1; ; attempt += 1) {
      const port = await freePort();
      server = launch(folder, port);
      if (await answers(server, port)) {
        return {
          url: `nats://127.0.0.1:${port}`,
          stop,
          restart: async (between) => {
            if (server === null) throw new Error('The NATS server has been stopped.');
            await end(server);
            await between?.();
            server = launch(folder, port);
            if (!(await answers(server, port))) throw new Error(`NATS did not start again:\n${log(folder)}`);
          },
        };
      }
      if (attempt === attempts || !log(folder).includes('address already in use')) {
        throw new Error(`The throwaway NATS server did not start:\n${log(folder)}`);
      }
    }
  } catch (error) {
    await stop();
    throw error;
  }
}

function log(folder: string): string {
  return readFileSync(join(folder, 'server.log'), 'utf8').split('\n').slice(-15).join('\n');
}

function launch(folder: string, port: number): ChildProcess {
  const path = executable();
  if (path === null) throw new Error('nats-server is gone.');
  const output = openSync(join(folder, 'server.log'), 'w');
  const paths = ['--store_dir', join(folder, 'streams'), '--pid', join(folder, 'nats.pid')];
  try {
    return spawn(path, ['--jetstream', '--addr', '127.0.0.1', '--port', String(port), ...paths], {
      cwd: folder,
      // Ctrl-C in the terminal must reach only the tests, which then end the server.
      detached: true,
      stdio: ['ignore', output, output],
      env: childEnvironment(),
    });
  } finally {
    closeSync(output);
  }
}

/** Waits for the server's INFO line; `false` if the server ended instead. */
async function answers(server: ChildProcess, port: number): Promise<boolean> {
  const until = Date.now() + startLimitMs;
  while (Date.now() < until) {
    if (server.exitCode !== null || server.signalCode !== null) return false;
    if (await greets(port)) return true;
    await sleep(20);
  }
  throw new Error(`The throwaway NATS server did not answer within ${startLimitMs / 1000} s.`);
}

function greets(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise<boolean>((resolve) => {
    socket.setTimeout(1_000, () => resolve(false));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('data', (data) => resolve(data.toString().startsWith('INFO ') && data.includes('"jetstream":true')));
  }).finally(() => socket.destroy());
}

async function end(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => {
    server.once('exit', () => resolve());
  });
  server.kill('SIGTERM');
  const patience = setTimeout(() => server.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(patience);
}
