import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hearCarried, hearOnceConnected, type Hearing } from '../../../platform/facts/carried.ts';
import type { Logger } from '../../../platform/telemetry/log.ts';
import { startNats, type TestNats } from '../../testkit/nats.ts';

let nats: TestNats;
let other: NatsConnection;
beforeAll(async () => {
  const started = await startNats();
  if ('missing' in started) throw new Error(started.missing);
  nats = started;
  other = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
});
afterAll(async () => {
  await other.close();
  await nats.stop();
});

/** Hears identity's facts, and keeps what is heard and logged. */
function hearing(): { options: Hearing; heard: string[]; said: string[] } {
  const heard: string[] = [];
  const said: string[] = [];
  const keep = (_what: unknown, message: string): void => void said.push(message);
  const log = { error: keep, warn: keep, info: (message: string) => void said.push(message) } as unknown as Logger;
  return { options: { types: ['identity.>'], heard: ({ id }) => void heard.push(id), log }, heard, said };
}

async function tell(...bodies: string[]): Promise<void> {
  for (const body of bodies) other.publish('facts.log.identity.told', body);
  await other.flush();
}

test('messages that are no facts are skipped and logged once; later facts are heard', async () => {
  const { options, heard, said } = hearing();
  const stop = await hearCarried(nats.url, options);
  await tell('{"id":"one"}', 'no JSON', 'again none');
  await tell('{"id":"two"}');
  await expect.poll(() => heard).toEqual(['one', 'two']);
  expect(said).toEqual([expect.stringContaining('no fact')]);
  await stop();
});

test('a reader that starts while NATS is down says so once, hears as soon as NATS is back, and ends while it is down', async () => {
  const { options, heard, said } = hearing();
  const never = hearing();
  let stop: () => Promise<void> = () => Promise.resolve();
  await nats.restart(async () => {
    stop = hearOnceConnected(nats.url, options);
    await expect.poll(() => said).toEqual([expect.stringContaining('does not answer')]);
    const quit = hearOnceConnected(nats.url, never.options);
    await quit();
  });
  await expect.poll(() => said.at(-1), { timeout: 20_000 }).toContain('NATS answers');
  await tell('{"id":"three"}');
  await expect.poll(() => heard).toEqual(['three']);
  expect(said).toHaveLength(2);
  await nats.restart(() => stop());
}, 60_000);
