import { setTimeout as sleep } from 'node:timers/promises';
import packageJson from '../package.json' with { type: 'json' };
import { atLeast, atMost, figure, now, quantile, type Bar, type Bench } from './bench.ts';
import { sizes } from './config.ts';
import {
  contestants,
  type ClientOrder,
  type ClientSeen,
  type Contestant,
  type ServerOrder,
  type ServerSeen,
} from './fanout/orders.ts';
import { Helper } from './gateway/cores.ts';

/** Subscribers, one socket each, and the bids per second that they get: what one core can send. */
const crowds = [1_000, 5_000, 10_000];
const paceOf = (subscribers: number): number => (subscribers > 5_000 ? 2 : 5);

/** Seconds of each measurement, and uncounted bids before it. */
const measured = 10;
const warming = 5;

/** Milliseconds in which memory comes to rest. */
const rest = 2_000;

/** Deliveries per CPU-second beside those of plain `ws` and of stock graphql-ws; kilobytes per idle subscriber. */
const targets = { plain: 0.75, stock: 2.2, memory: 16 };

interface Seen {
  /** Deliveries per second of CPU time. */
  deliveries: number;
  p50: number;
  p99: number;
  /** Kilobytes per subscriber before the first event. */
  memory: number;
  /** Calls of other subgraphs per event. */
  calls: number;
}

export const fanout: Bench = {
  name: 'fanout',
  sentence:
    'One bid to thousands of subscribers through the gateway, completed over three subgraphs, compared with stock graphql-ws and plain ws, which send a ready text.',
  async run(say) {
    const bars: Bar[] = [];
    const crowdsNow = sizes(crowds);
    for (const subscribers of crowdsNow) {
      const seen = {} as Record<Contestant, Seen>;
      for (const contestant of contestants) {
        say(`${contestant}: ${subscribers} subscribers, ${paceOf(subscribers)} bids/s for ${measured} s`);
        seen[contestant] = await measure(contestant, subscribers);
      }
      bars.push(...barsOf(subscribers, seen));
    }
    return bars;
  },
};

function barsOf(subscribers: number, { ours, stock, plain }: Record<Contestant, Seen>): Bar[] {
  const title = subscribers.toLocaleString('en-US');
  const each = Object.entries({ ours, stock, plain }).flatMap(([name, { deliveries, p50, p99, memory }]) => [
    figure(`${title}, ${name}: deliveries per CPU-second`, deliveries, '/s'),
    figure(`${title}, ${name}: bid → subscriber, p50`, p50, 'ms'),
    figure(`${title}, ${name}: bid → subscriber, p99`, p99, 'ms'),
    figure(`${title}, ${name}: memory per idle subscriber`, memory, 'KB'),
  ]);
  const p99 = `${title}: p99 beside stock graphql-ws`;
  return [
    ...each,
    atLeast(`${title}: deliveries beside plain ws`, ours.deliveries / plain.deliveries, '×', targets.plain),
    atLeast(`${title}: deliveries beside stock graphql-ws`, ours.deliveries / stock.deliveries, '×', targets.stock),
    subscribers === 5_000 ? atMost(p99, ours.p99 / stock.p99, '×', 1) : figure(p99, ours.p99 / stock.p99, '×'),
    atMost(`${title}: memory per idle subscriber`, ours.memory, 'KB', targets.memory),
    figure(`${title}: entity calls per event`, ours.calls, ''),
  ];
}

async function measure(contestant: Contestant, subscribers: number): Promise<Seen> {
  const flags = ['--expose-gc', ...packageJson.scripts.start.split(' ').slice(1, -1)];
  const server = new Helper<ServerOrder, ServerSeen>('../fanout/server.ts', {
    core: 'gateway',
    flags,
    args: [contestant],
  });
  const clients = new Helper<ClientOrder, ClientSeen>('../fanout/clients.ts');
  try {
    const [{ port }] = await Promise.all([server.next(), clients.next()]);
    const look = (): Promise<ServerSeen> => server.ask({ look: true });
    // The first subscriber makes the server load and plan, which is no part of the memory of the others.
    await clients.ask({ port, path: '/graphql', subscribe: 1 });
    await sleep(rest);
    const empty = await look();
    await clients.ask({ port, path: '/graphql', subscribe: subscribers - 1 });
    await sleep(rest);
    const idle = await look();
    const pause = 1_000 / paceOf(subscribers);
    const bid = async (from: number, to: number): Promise<number[]> => {
      const began = now();
      const sent: number[] = [];
      for (let n = from; n < to; n += 1) {
        await sleep(Math.max(0, began + (n - from) * pause - now()));
        sent.push((await server.ask({ bid: n })).at);
      }
      return sent;
    };
    await bid(0, warming);
    await clients.ask({ events: warming });
    const before = await look();
    const count = measured * paceOf(subscribers);
    const sent = await bid(warming, warming + count);
    const { arrivals } = await clients.ask({ events: warming + count });
    const after = await look();
    const delays = sent.flatMap((at, n) => (arrivals[warming + n] ?? []).map((arrived) => arrived - at));
    if (delays.length !== count * subscribers)
      throw new Error(`${delays.length} deliveries of ${count * subscribers}.`);
    return {
      deliveries: (count * subscribers) / ((after.cpu - before.cpu) / 1_000),
      p50: quantile(delays, 0.5),
      p99: quantile(delays, 0.99),
      memory: (idle.rss - empty.rss) / (subscribers - 1) / 1_024,
      calls: (after.calls - before.calls) / count,
    };
  } finally {
    server.close();
    clients.close();
  }
}
