import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { DatabaseConfig } from '../platform/database/database.ts';
import { startPostgres } from '../test/testkit/postgres.ts';
import { atLeast, atMost, figure, quantile, type Bar, type Bench } from './bench.ts';
import type { BidOrders, BidsSeen } from './bids-clients.ts';
import { openGraph, type Graph, type Person } from './graph.ts';

/** Numbers of concurrent bidders; each bids again as soon as its last bid is answered. */
const crowds = [32, 200];
const lotCount = 100;
const seconds = { warming: 4, measured: 10 };

/** Database connections for both sides: the pool of one house process. */
const connections = 10;

/** Minimum ratio of accepted bids per second to plain pg's. */
const targets = { hot: 1.5, lots: 0.3 };

export const bids: Bench = {
  name: 'bids',
  sentence:
    'Bids per second through HTTP and the gateway, answered after commit, compared with one transaction per bid by plain pg.',
  async run(say) {
    const postgres = await startPostgres({ synchronousCommit: 'on', durable: true });
    if ('missing' in postgres) {
      say(`Left out: ${postgres.missing}`);
      return embedded(say);
    }
    try {
      const [url, plainUrl] = [await postgres.createDatabase(), await postgres.createDatabase()];
      return [...(await besidePlainPg(url, plainUrl, say)), ...(await embedded(say))];
    } finally {
      await postgres.stop();
    }
  },
};

/** Each side has a separate database: otherwise the house would also stamp and deliver plain pg's facts. */
async function besidePlainPg(url: string, plainUrl: string, say: (text: string) => void): Promise<Bar[]> {
  const plain = await openAuctions({ url: plainUrl });
  await plain.close();
  const graph = await openAuctions({ url });
  const pg = { postgres: plainUrl, connections };
  const bars: Bar[] = [];
  try {
    for (const crowd of crowds) {
      const title = `hot lot, ${crowd} bidders`;
      say(`${title}: through the graph, then by plain pg`);
      const most = { crowd, lots: 1, pace: null };
      bars.push(...throughput(title, await graph.bid(most), await plain.bid(most, pg), targets.hot));
    }
    for (const crowd of crowds) {
      const title = `${lotCount} lots, ${crowd} bidders`;
      say(`${title}: through the graph, then by plain pg, then both at one pace`);
      const most = { crowd, lots: lotCount, pace: null };
      const plainMost = await plain.bid(most, pg);
      bars.push(...throughput(title, await graph.bid(most), plainMost, targets.lots));
      // The target rate, which both sides can sustain.
      const pace = Math.round((plainMost.accepted / plainMost.seconds) * targets.lots);
      const paced = { ...most, pace };
      const answers = { graph: (await graph.bid(paced)).answers, plain: (await plain.bid(paced, pg)).answers };
      const at = `${title}, ${pace} bids/s`;
      const p99 = quantile(answers.plain, 0.99);
      bars.push(
        figure(`${at}: through the graph, p50`, quantile(answers.graph, 0.5), 'ms'),
        figure(`${at}: plain pg, p50`, quantile(answers.plain, 0.5), 'ms'),
        figure(`${at}: plain pg, p99`, p99, 'ms'),
        atMost(`${at}: through the graph, p99`, quantile(answers.graph, 0.99), 'ms', p99),
      );
    }
    return bars;
  } finally {
    await graph.close();
  }
}

async function embedded(say: (text: string) => void): Promise<Bar[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ensemble-bench-'));
  const world = await openAuctions({ dataDir: join(folder, 'data') });
  try {
    const bars: Bar[] = [];
    for (const crowd of crowds) {
      say(`embedded: hot lot, then ${lotCount} lots, ${crowd} bidders`);
      for (const lots of [1, lotCount]) {
        const title = `embedded, ${lots === 1 ? 'hot lot' : `${lots} lots`}, ${crowd} bidders`;
        bars.push(...told(title, await world.bid({ crowd, lots, pace: null })));
      }
    }
    return bars;
  } finally {
    await world.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function told(title: string, { accepted, tooLow, seconds: time, answers }: BidsSeen): Bar[] {
  return [
    figure(`${title}: accepted`, accepted / time, 'bids/s'),
    figure(`${title}: too low`, tooLow / time, 'bids/s'),
    figure(`${title}: p50`, quantile(answers, 0.5), 'ms'),
    figure(`${title}: p99`, quantile(answers, 0.99), 'ms'),
  ];
}

function throughput(title: string, graph: BidsSeen, pg: BidsSeen, target: number): Bar[] {
  return [
    ...told(`${title}, graph`, graph),
    ...told(`${title}, plain pg`, pg),
    atLeast(`${title}: accepted through the graph, plain pg = 1`, graph.accepted / pg.accepted, '×', target),
  ];
}

interface Load {
  crowd: number;
  /** Number of lots to bid on, from the first. */
  lots: number;
  pace: number | null;
}

interface Auctions {
  /** Bids through the graph, or directly on a database; the latter works after `close` too. */
  bid(load: Load, via?: BidOrders['via']): Promise<BidsSeen>;
  close(): Promise<void>;
}

/** A graph with bidders and open lots that end far in the future and have increments of a cent. */
async function openAuctions(config: DatabaseConfig): Promise<Auctions> {
  const graph = await openGraph(config);
  const lots = await openLots(graph);
  const people: Person[] = [];
  while (people.length < Math.max(...crowds)) people.push(...(await Promise.all([graph.signUp(), graph.signUp()])));
  let highest = 100;
  return {
    async bid({ crowd, lots: count, pace }, via = { graph: graph.url }) {
      const orders = { lots: lots.slice(0, count), bidders: people.slice(0, crowd), via, pace, seconds, from: highest };
      const seen = await bidders(orders);
      highest = seen.highest + 100;
      return seen;
    },
    close: () => graph.close(),
  };
}

async function openLots(graph: Graph): Promise<string[]> {
  const lines = Array.from({ length: lotCount }, (_, n) => ({ line: n + 1, sourceId: `lot ${n}`, title: `Lot ${n}` }));
  await graph.ask('mutation ($input: AssetImportInput!) { assetImport(input: $input) { created } }', {
    input: { source: 'bench', run: 'lots', total: lotCount, lines },
  });
  const { assets } = await graph.ask(`query { assets(first: ${lotCount}) { nodes { id } } }`);
  // The auction OS learns of the assets shortly afterwards, by their facts.
  await sleep(2_000);
  const lots: string[] = [];
  for (const { id: assetId } of (assets as { nodes: { id: string }[] }).nodes) {
    const { auctionCreate } = await graph.ask(
      'mutation ($input: AuctionCreateInput!) { auctionCreate(input: $input) { auction { id } } }',
      {
        input: {
          assetId,
          startPrice: { amount: '1.00', currency: 'USD' },
          endsAt: new Date(Date.now() + 30 * 24 * 3_600_000).toISOString(),
          increments: [{ from: '0', step: '0.01' }],
        },
      },
    );
    const auctionId = (auctionCreate as { auction: { id: string } }).auction.id;
    await graph.ask('mutation ($input: AuctionOpenInput!) { auctionOpen(input: $input) { auction { id } } }', {
      input: { auctionId },
    });
    await isOpen(graph, auctionId);
    lots.push(auctionId);
  }
  return lots;
}

/** Waits until a lot takes bids: its asset must be reserved first. */
async function isOpen(graph: Graph, id: string): Promise<void> {
  for (;;) {
    const { auction } = await graph.ask('query ($id: ID!) { auction(id: $id) { status } }', { id });
    if ((auction as { status: string }).status === 'OPEN') return;
    await sleep(20);
  }
}

/** Runs the bidders in a separate process, so that they do not use the gateway's CPU time. */
function bidders(orders: BidOrders): Promise<BidsSeen> {
  const child = fork(fileURLToPath(new URL('bids-clients.ts', import.meta.url)), {
    execArgv: ['--import', new URL('../platform/config/typescript.ts', import.meta.url).href],
    serialization: 'advanced',
  });
  child.send(orders);
  return new Promise((resolve, reject) => {
    let seen: BidsSeen | null = null;
    child.on('message', (message) => (seen = message as BidsSeen));
    child.on('error', reject);
    child.on('exit', (code) => (seen ? resolve(seen) : reject(new Error(`The bidders ended with ${code}.`))));
  });
}
