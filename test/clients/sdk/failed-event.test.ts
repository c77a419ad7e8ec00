import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { Graph } from '../../../clients/sdk/index.ts';

test('an event without data ends the loop with its error, and the subscription', async () => {
  const told: string[] = [];
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'graphql-transport-ws' });
  await new Promise((resolve) => server.once('listening', resolve));
  server.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      const { id, type } = JSON.parse(data.toString('utf8')) as { id?: string; type: string };
      told.push(type);
      if (type === 'connection_init') socket.send(JSON.stringify({ type: 'connection_ack' }));
      if (type !== 'subscribe') return;
      const errors = [{ message: 'The asset is away.', extensions: { code: 'UNAVAILABLE', retryable: true } }];
      for (const payload of [{ data: { tick: 1 } }, { data: null, errors }, { data: { tick: 3 } }])
        socket.send(JSON.stringify({ id, type: 'next', payload }));
    });
  });
  const graph = new Graph({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  const events = graph.subscribe('subscription { tick }');
  expect(await events.next()).toEqual({ done: false, value: { tick: 1 } });
  await expect(events.next()).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
  expect(await events.next()).toEqual({ done: true, value: undefined });
  await expect.poll(() => told).toContain('complete');
  await graph.close();
  for (const client of server.clients) client.terminate();
  await new Promise((resolve) => server.close(resolve));
});
