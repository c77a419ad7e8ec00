import { fileURLToPath } from 'node:url';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { testConfig } from './config.ts';
import { startNats } from './nats.ts';
import { startPostgres } from './postgres.ts';
import { type TestProcess, startProcess } from './processes.ts';

const program = fileURLToPath(new URL('fixtures/abandon.ts', import.meta.url));
// Servers given by the environment are not ours to clean up.
const { databaseUrl, natsUrl } = testConfig();
const ours = databaseUrl === null && natsUrl === null;

async function urlsOf(child: TestProcess): Promise<URL[]> {
  const [, postgres = '', nats = ''] = await child.line(/^ready (\S+) (\S+)/, 60_000);
  return [new URL(postgres), new URL(nats)];
}

function accepts(url: URL): Promise<boolean> {
  const socket = connect(Number(url.port), url.hostname);
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  }).finally(() => socket.destroy());
}

test.runIf(ours)(
  'a process ended by a signal ends its servers',
  async () => {
    await using child = startProcess(program);
    const urls = await urlsOf(child);
    expect(await Promise.all(urls.map(accepts))).toEqual([true, true]);
    expect(await child.stop()).toEqual({ code: null, signal: 'SIGTERM' });
    expect(await Promise.all(urls.map(accepts))).toEqual([false, false]);
  },
  60_000,
);

test.runIf(ours)(
  'servers left by a killed process are ended by the next start',
  async () => {
    const child = startProcess(program);
    const urls = await urlsOf(child);
    // Only the program: its servers must survive it, as they do when a whole run is killed.
    child.signal('SIGKILL');
    expect(await child.ended()).toMatchObject({ signal: 'SIGKILL' });
    expect(await Promise.all(urls.map(accepts))).toEqual([true, true]);
    const starts = [await startPostgres(), await startNats()];
    // Each start has signalled leftover servers; how long they take to end depends on the machine.
    await expect.poll(() => Promise.all(urls.map(accepts)), { timeout: 60_000 }).toEqual([false, false]);
    for (const started of starts) if ('stop' in started) await started.stop();
  },
  90_000,
);
