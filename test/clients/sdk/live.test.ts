import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { LiveConnection, type LiveSession } from '../../../clients/sdk/live.ts';
import type { GraphResult } from '../../../clients/sdk/transport.ts';

/** The server's reaction to a subscription: it refuses the token, or sends an event and leaves the stream open. */
type Reply = 'refuse' | 'event';

let server: WebSocketServer;
let replies: Reply[];
let open: WebSocket | null;

beforeEach(async () => {
  replies = [];
  open = null;
  server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'graphql-transport-ws' });
  await new Promise((resolve) => server.once('listening', resolve));
  server.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString('utf8')) as { id?: string; type: string };
      if (message.type === 'connection_init') socket.send(JSON.stringify({ type: 'connection_ack' }));
      if (message.type !== 'subscribe') return;
      if (replies.shift() === 'refuse') return socket.close(4401, 'Unauthorized');
      open = socket;
      socket.send(JSON.stringify({ id: message.id, type: 'next', payload: { data: { tick: 1 } } }));
    });
  });
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(async () => {
  vi.useRealTimers();
  for (const client of server.clients) client.terminate();
  await new Promise((resolve) => server.close(resolve));
});

function follow() {
  const seen = { results: [] as GraphResult[], renewals: 0, ended: false };
  const session: LiveSession = {
    identity: { subscribe: () => undefined },
    headers: () => Promise.resolve({}),
    currentToken: () => 'token',
    renew: () => Promise.resolve(++seen.renewals > 0),
  };
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = new LiveConnection(session, url).subscribe({ query: 'subscription { tick }' }, null, {
    next: (result) => void seen.results.push(result),
    connection: () => undefined,
    complete: () => void (seen.ended = true),
  });
  return { seen, stop };
}

test('a token that expires repeatedly in a long stream is renewed each time', async () => {
  replies = ['refuse', 'event', 'event'];
  const { seen, stop } = follow();
  await expect.poll(() => seen.results.length).toBe(1);
  expect(seen.renewals).toBe(1);
  vi.setSystemTime(Date.now() + 3_600_000);
  open?.close(4401, 'Unauthorized');
  await expect.poll(() => seen.results.length).toBe(2);
  expect(seen).toMatchObject({ renewals: 2, ended: false });
  stop();
});

test('a server that also refuses the renewed token is not retried for ever', async () => {
  replies = ['refuse', 'refuse', 'event'];
  const { seen } = follow();
  await expect.poll(() => seen.ended).toBe(true);
  expect(seen.renewals).toBe(1);
  expect(seen.results).toMatchObject([{ errors: [{ extensions: { code: 'CLOSED_4401' } }] }]);
  expect(replies).toEqual(['event']);
});
