import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testConfig } from './config.ts';
import { type TestNats, startNats } from './nats.ts';

/** The INFO line that a NATS server sends first. */
function greeting(url: string): Promise<Record<string, unknown>> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  return new Promise<Record<string, unknown>>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('data', (data) =>
      resolve(JSON.parse(data.toString().slice('INFO '.length)) as Record<string, unknown>),
    );
  }).finally(() => socket.destroy());
}

describe('a NATS server', () => {
  let nats: TestNats;
  beforeAll(async () => {
    const started = await startNats();
    if ('missing' in started) throw new Error(started.missing);
    nats = started;
  });
  afterAll(() => nats.stop());

  test('sends INFO and has JetStream', async () => {
    expect(await greeting(nats.url)).toMatchObject({ jetstream: true });
  });

  test.skipIf(testConfig().natsUrl !== null)(
    'is down during an outage, back at the same address, and gone after stop',
    async () => {
      const before = await greeting(nats.url);
      await nats.restart(() => expect(greeting(nats.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' }));
      const after = await greeting(nats.url);
      expect(after['server_id']).not.toBe(before['server_id']);
      await nats.stop();
      await expect(greeting(nats.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    },
  );
});
