import { connect } from 'node:net';
import { join } from 'node:path';
import { testConfig } from './config.ts';
import { findExecutable, isExecutable } from './executables.ts';
import { startThrowaway } from './throwaway-server.ts';

/** A NATS server with JetStream for tests. One of TEST_NATS_URL is shared: name subjects and streams at random. */
export interface TestNats {
  /** `nats://127.0.0.1:<port>` */
  readonly url: string;
  /** The folder of its streams; null for a server from the environment. */
  readonly streams: string | null;
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
      streams: null,
      restart: () => Promise.reject(new Error('The server of TEST_NATS_URL is not ours to restart.')),
      stop: () => Promise.resolve(),
    };
  }
  const path = executable();
  if (path === null) throw new Error('nats-server is gone.');
  let streams = '';
  const { port, restart, stop } = await startThrowaway({
    kind: 'nats',
    title: 'NATS server',
    command: (folder, at) => {
      streams = join(folder, 'streams');
      return [path, '--jetstream', '--addr', '127.0.0.1', '--port', String(at), '--store_dir', streams];
    },
    isReady: greets,
    startLimitMs,
    endSignal: 'SIGTERM',
  });
  return { url: `nats://127.0.0.1:${port}`, streams, restart, stop };
}

/** Whether the server at this port sends its INFO line. */
function greets(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise<boolean>((resolve) => {
    socket.setTimeout(1_000, () => resolve(false));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('data', (data) => resolve(data.toString().startsWith('INFO ') && data.includes('"jetstream":true')));
  }).finally(() => socket.destroy());
}
