/** One of the compared servers: `node server.ts CONTESTANT`. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer, type WebSocket } from 'ws';
import { startGateway } from '../../gateway/server.ts';
import { EventQueue } from '../../platform/streams/event-queue.ts';
import { createLog } from '../../platform/telemetry/log.ts';
import { assets, auctions, TestIdentity } from '../../test/gateway/world/subgraphs.ts';
import { compose } from '../../test/gateway/world/world.ts';
import { now } from '../bench.ts';
import { unrationed } from '../config.ts';
import type { Contestant, ServerOrder, ServerSeen } from './orders.ts';

interface Server {
  port: number;
  bid(n: number): void;
  calls(): number;
}

/** The same event for the servers that complete nothing, of the same size. */
const payload = (n: number): object => ({
  data: {
    bidPlaced: {
      cursor: `c${n}`,
      bid: { amount: `${n}.00`, bidder: { displayName: 'Name of usr_b' } },
      auction: { title: 'Auction auc_1', asset: { name: 'Asset ast_1' } },
    },
  },
});

/** The gateway over three subgraphs in its process: each event is completed by two of them. */
async function ours(): Promise<Server> {
  const [identity, auction, asset] = [new TestIdentity().service, auctions(), assets()];
  const services = [identity, auction.service, asset];
  const gateway = await startGateway({
    config: unrationed(),
    services,
    supergraphSdl: compose(services),
    log: createLog({ level: 'warn', name: 'bench' }),
  });
  return {
    port: Number(new URL(gateway.url).port),
    bid: (n) => void auction.bid('auc_1', `${n}.00`),
    calls: () => identity.executed + asset.executed,
  };
}

/** Stock graphql-ws, whose stream yields a ready payload. */
async function stock(): Promise<Server> {
  const queues = new Set<EventQueue<object>>();
  const schema = buildSchema(`
    type Query { a: Int }
    type Subscription { bidPlaced: Event }
    type Event { cursor: String bid: Bid auction: Auction }
    type Bid { amount: String bidder: User }
    type User { displayName: String }
    type Auction { title: String asset: Asset }
    type Asset { name: String }
  `);
  const { http, port } = await listening();
  const sockets = new WebSocketServer({ server: http, path: '/graphql', perMessageDeflate: false });
  useServer(
    {
      schema,
      subscribe: () => {
        const queue: EventQueue<object> = new EventQueue<object>({ onReturn: () => queues.delete(queue) });
        queues.add(queue);
        return queue as never;
      },
    },
    sockets,
  );
  const bid = (n: number): void => {
    const event = payload(n);
    for (const queue of queues) queue.push(event);
  };
  return { port, bid, calls: () => 0 };
}

/** A text to each socket, and nothing else. */
async function plain(): Promise<Server> {
  const open = new Set<WebSocket>();
  const { http, port } = await listening();
  const sockets = new WebSocketServer({ server: http, path: '/graphql', perMessageDeflate: false });
  sockets.on('connection', (socket) =>
    socket.on('message', (data: Buffer) => {
      if (data.includes('connection_init')) socket.send('{"type":"connection_ack"}');
      else open.add(socket);
    }),
  );
  const bid = (n: number): void => {
    const text = JSON.stringify({ id: '1', type: 'next', payload: payload(n) });
    for (const socket of open) socket.send(text);
  };
  return { port, bid, calls: () => 0 };
}

async function listening(): Promise<{ http: ReturnType<typeof createServer>; port: number }> {
  const http = createServer();
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return { http, port: (http.address() as AddressInfo).port };
}

const server = await { ours, stock, plain }[process.argv[2] as Contestant]();

function seen(at: number): ServerSeen {
  const { user, system } = process.cpuUsage();
  return { port: server.port, at, cpu: (user + system) / 1_000, rss: process.memoryUsage.rss(), calls: server.calls() };
}

process.on('message', (order: ServerOrder) => {
  if ('look' in order) {
    globalThis.gc?.();
    process.send?.(seen(now()));
    return;
  }
  const at = now();
  server.bid(order.bid);
  process.send?.(seen(at));
});
process.once('disconnect', () => process.exit(0));
process.send?.(seen(now()));
