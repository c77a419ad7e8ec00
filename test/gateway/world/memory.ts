// Run by subscriptions-memory.proc.test.ts in a separate process with --expose-gc: opens and drops subscriptions, and prints
// the size of the heap after the first thousand and after ten thousand more.
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { openWorld, pause, until } from './world.ts';

const world = await openWorld({
  remote: process.argv.includes('--remote') ? ['auction'] : [],
  env: {
    LIMITS: ['rate', 'burst', 'atOnce', 'streams', 'streamsPerSocket']
      .map((name) => `anonymous.${name}=1000000`)
      .join(),
  },
});
const url = `${world.url.replace('http', 'ws')}/graphql`;
// Alternately shared and unshared.
const queries = [
  'subscription { bidPlaced { cursor auction { asset { name } } } }',
  'subscription { bidPlaced { cursor mine } }',
];

/** Opens a thousand subscriptions on ten connections, sends one event, and drops them, half by message, half by force. */
async function thousand(): Promise<void> {
  const clients = Array.from({ length: 10 }, () =>
    createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0, lazy: true }),
  );
  let events = 0;
  const stops = clients.flatMap((client) =>
    Array.from({ length: 100 }, (_, index) =>
      client.subscribe(
        { query: queries[index % 2] ?? '' },
        { next: () => (events += 1), error: () => undefined, complete: () => undefined },
      ),
    ),
  );
  await until(
    () => world.gateway.open().subscriptions === 1000 && world.auctions.service.streams === 501,
    'a thousand',
    30_000,
  );
  world.auctions.bid();
  await until(() => events === 1000, 'an event each', 30_000);
  for (const stop of stops.slice(0, 500)) stop();
  for (const client of clients) client.terminate();
  await until(
    () =>
      world.gateway.open().sockets === 0 &&
      world.gateway.open().subscriptions === 0 &&
      world.auctions.service.streams === 0,
    'the end',
    30_000,
  );
  world.log.length = 0;
  world.auctions.bids.entries.length = 0;
}

async function heap(): Promise<number> {
  for (let i = 0; i < 5; i += 1) {
    await pause(100);
    (globalThis as { gc?: () => void }).gc?.();
  }
  return process.memoryUsage().heapUsed;
}

await thousand();
const before = await heap();
const started = performance.now();
for (let i = 0; i < 10; i += 1) await thousand();
const ms = Math.round(performance.now() - started);
const after = await heap();
process.stdout.write(
  `${JSON.stringify({ before, after, growth: after / before - 1, ms, open: world.gateway.open() })}\n`,
);
await world.close();
process.exit(0);
