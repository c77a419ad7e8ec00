import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { childEnvironment } from './config.ts';
import { atEnd } from './ending.ts';
import { endByPidFile, endSync, freePort, removeAbandoned, removeFolder, throwawayFolder } from './throwaway.ts';

/** How a kind of server is started, recognised as ready, and ended. */
export interface ServerKind {
  /** Part of the name of its folders: `nats`. */
  kind: string;
  /** For error messages: `NATS server`. */
  title: string;
  /** The user to run as, if this process is root and the server refuses root. */
  user?: { uid: number; gid: number } | null;
  /** Changes to this process's environment; `null` removes a variable. */
  env?: Record<string, string | null>;
  /** Fills the new folder once, before the first start. */
  prepare?(folder: string): void;
  /** The executable with its arguments, one of which must contain the folder: later runs recognise abandoned servers by it. */
  command(folder: string, port: number): [executable: string, ...args: string[]];
  /** Whether the server answers at this port. A rejection means that it does not yet. */
  isReady(port: number): Promise<boolean>;
  /** Milliseconds that a start may take on a slow machine under load. */
  startLimitMs: number;
  /** The signal for an immediate shutdown. */
  endSignal: NodeJS.Signals;
}

export interface ThrowawayServer {
  readonly port: number;
  /** An outage: stops the server and starts it again in the same folder on the same port, after `between` if given. */
  restart(between?: () => Promise<void>): Promise<void>;
  /** Ends the server and deletes its folder. */
  stop(): Promise<void>;
}

/** Attempts to start: a free port may be taken in the meantime. */
const attempts = 3;
/** Milliseconds that a server gets to end before it is killed. */
const endLimitMs = 5_000;

/**
 * Starts a server in a folder of its own on a free port of 127.0.0.1. It is ended when this process ends in any way; if this process
 * is killed, the next start of the same kind ends it and deletes its folder.
 */
export async function startThrowaway(kind: ServerKind): Promise<ThrowawayServer> {
  removeAbandoned(kind.kind, (folder) => {
    endByPidFile(join(folder, 'server.pid'), folder, kind.endSignal);
  });
  const folder = throwawayFolder(kind.kind, kind.user);
  let server: ChildProcess | null = null;
  const takeBack = atEnd(() => {
    if (server?.pid !== undefined) endSync(server.pid, kind.endSignal);
    removeFolder(folder);
  });
  const stop = async (): Promise<void> => {
    if (server !== null) await end(server, kind.endSignal);
    server = null;
    takeBack();
    removeFolder(folder);
  };
  const start = (port: number): Promise<boolean> => {
    server = launch(kind, folder, port);
    return answers(kind, server, port);
  };
  const restart =
    (port: number) =>
    async (between?: () => Promise<void>): Promise<void> => {
      if (server === null) throw new Error(`The ${kind.title} has been stopped.`);
      await end(server, kind.endSignal);
      await between?.();
      if (!(await start(port))) throw new Error(`The ${kind.title} did not start again:\n${logOf(folder)}`);
    };
  try {
    kind.prepare?.(folder);
    for (let attempt = 1; ; attempt += 1) {
      const port = await freePort();
      if (await start(port)) return { port, restart: restart(port), stop };
      const log = logOf(folder);
      if (attempt === attempts || !/address already in use/i.test(log))
        throw new Error(`The throwaway ${kind.title} did not start:\n${log}`);
    }
  } catch (error) {
    await stop();
    throw error;
  }
}

function launch(kind: ServerKind, folder: string, port: number): ChildProcess {
  const [executable, ...args] = kind.command(folder, port);
  const output = openSync(join(folder, 'server.log'), 'w');
  try {
    const server = spawn(executable, args, {
      ...kind.user,
      cwd: folder,
      // Ctrl-C in the terminal must reach only the tests, which then end the server.
      detached: true,
      stdio: ['ignore', output, output],
      env: childEnvironment(kind.env),
    });
    if (server.pid !== undefined) writeFileSync(join(folder, 'server.pid'), String(server.pid));
    return server;
  } finally {
    closeSync(output);
  }
}

/** Waits until the server is ready; `false` if it ended instead. */
async function answers(kind: ServerKind, server: ChildProcess, port: number): Promise<boolean> {
  const until = Date.now() + kind.startLimitMs;
  const failures: Error[] = [];
  server.once('error', (error) => failures.push(error));
  while (Date.now() < until) {
    if (failures[0]) throw failures[0];
    if (hasEnded(server)) return false;
    // Refused or still starting: try again, within the limit. Another process may hold the port, so the server must still run.
    if ((await kind.isReady(port).catch(() => false)) && !hasEnded(server)) return true;
    await sleep(20);
  }
  throw new Error(`The throwaway ${kind.title} did not answer within ${kind.startLimitMs / 1000} s.`);
}

/** The last lines that the server wrote. */
function logOf(folder: string): string {
  return readFileSync(join(folder, 'server.log'), 'utf8').split('\n').slice(-15).join('\n');
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.pid === undefined || hasEnded(server)) return;
  const ended = new Promise<void>((resolve) => {
    server.once('exit', () => resolve());
  });
  server.kill(signal);
  const patience = setTimeout(() => server.kill('SIGKILL'), endLimitMs);
  await ended;
  clearTimeout(patience);
}

function hasEnded(server: ChildProcess): boolean {
  return server.exitCode !== null || server.signalCode !== null;
}
