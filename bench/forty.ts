import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getOperationAST, parse } from 'graphql';
import { Client } from 'pg';
import { typedNodes } from '../gateway/execution/node-by-id.ts';
import { readSupergraph } from '../gateway/planning/read.ts';
import type { TestProcess } from '../test/testkit/processes.ts';
import { startPostgres } from '../test/testkit/postgres.ts';
import { measurable } from '../test/testkit/supergraph.ts';
import { atMost, figure, now, quantile, type Bar, type Bench } from './bench.ts';
import { recordedBids, replaySale } from './forty/replay.ts';
import { timeOfTests } from './forty/tests.ts';
import { memoryOf, program, run, writeTree } from './forty/tree.ts';

/** Starts on a used folder; the median counts. */
const starts = 3;
/** How often an operation is planned; the planner warms up during the first ones. */
const plannings = 15;
/** Seconds of the idle measurement, and of the rest before it. */
const idle = 20;
const restBefore = 15;

const secrets = { ROUTER_SECRET: 'r'.repeat(32), SECRET_KEY: 's'.repeat(32) };

export const forty: Bench = {
  name: 'forty',
  sentence: 'A house of forty: today’s OSes and 36 generated ones in a temporary copy, compared with today’s alone.',
  async run(say) {
    const bars: Bar[] = [];
    const tests: number[] = [];
    const folder = await mkdtemp(join(tmpdir(), 'ensemble-forty-'));
    try {
      for (const size of ['four', 'forty'] as const) {
        const tree = join(folder, size);
        say(`${size}: written, and its contracts printed`);
        writeTree(tree, size === 'forty');
        if (size === 'forty') await run(tree, 'schema/print.ts');
        await run(tree, 'compile.ts');
        say(`${size}: two test files`);
        const took = await timeOfTests(tree);
        tests.push(took);
        bars.push(figure(`${size}: two test files that open a world each`, took, 'ms'));
        bars.push(...(await embedded(tree, join(folder, `${size}-data`), size, say)));
        bars.push(...(await onPostgres(tree, join(folder, `${size}-server`), size, say)));
      }
      const [four = NaN, forty = NaN] = tests;
      bars.push(atMost('forty: two test files, times those of four', forty / four, 'times', 1.3));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    return bars;
  },
};

interface Started {
  process: TestProcess & AsyncDisposable;
  url: string;
  /** Milliseconds until it is ready. */
  ready: number;
}

async function start(tree: string, dataDir: string, env: Record<string, string> = {}): Promise<Started> {
  const began = now();
  const started = program(tree, 'gateway/start.ts', ['--no-demo'], {
    PORT: '0',
    DATA_DIR: dataDir,
    LOG_LEVEL: 'info',
    ...env,
  });
  const [, url = ''] = await started.line(/"url":"(http:[^"]+)"/, 300_000);
  while (!(await fetch(`${url}/health/ready`)).ok) await sleep(5);
  return { process: started, url, ready: now() - began };
}

async function embedded(tree: string, dataDir: string, size: string, say: (text: string) => void): Promise<Bar[]> {
  const isForty = size === 'forty';
  const held = (bar: string, value: number, unit: string, target: number): Bar =>
    isForty ? atMost(`${size}: ${bar}`, value, unit, target) : figure(`${size}: ${bar}`, value, unit);
  say(`${size}, embedded: started ${starts + 1} times`);
  const first = await start(tree, dataDir);
  await first.process.stop(60_000);
  const again: number[] = [];
  const bars: Bar[] = [figure(`${size}: first start, embedded, to ready`, first.ready, 'ms')];
  for (let n = 1; n <= starts; n++) {
    const { process: started, url, ready } = await start(tree, dataDir);
    again.push(ready);
    if (n === starts) {
      bars.push(
        held('second start, embedded, to ready', quantile(again, 0.5), 'ms', 4000),
        held('memory when ready', memoryOf(started, 'VmRSS'), 'MiB', 900),
        figure(`${size}: most memory until ready`, memoryOf(started, 'VmHWM'), 'MiB'),
        figure(`${size}: first { node(id) { id } }`, await timed(() => ask(url, nodeQuery)), 'ms'),
        figure(`${size}: second { node(id) { id } }`, await timed(() => ask(url, nodeQuery)), 'ms'),
        ...(await planOfNode(tree, size)),
        held('loop blocked by a swap of the supergraph', await blockedBySwap(tree, started, url), 'ms', 50),
      );
    }
    if (n === 1) {
      say(`${size}, embedded: ${recordedBids} bids replayed`);
      await replaySale(tree, dataDir, url);
      bars.push(held(`most memory until ${recordedBids} bids were replayed`, memoryOf(started, 'VmHWM'), 'MiB', 1126));
    }
    await started.stop(60_000);
  }
  return bars;
}

const nodeQuery = '{ node(id: "ast_01jz0000000000000000000000") { id } }';

/** Measures planning time and plan size of a node: neither should grow with the number of entities. */
async function planOfNode(tree: string, size: string): Promise<Bar[]> {
  const sdl = readFileSync(join(tree, 'schema/supergraph.graphql'), 'utf8');
  const value = await measurable(sdl);
  const document = parse(nodeQuery);
  const operation = getOperationAST(document);
  const source = operation && typedNodes(value, document, operation, {})?.source();
  if (!source) throw new Error('The supergraph declares no id prefix.');
  const { plan } = readSupergraph(sdl);
  const times: number[] = [];
  let bytes = 0;
  for (let n = 0; n < plannings; n++) {
    const began = now();
    bytes = JSON.stringify(plan(source, null)).length;
    times.push(now() - began);
  }
  return [
    figure(`${size}: plan of { node(id) { id } }`, bytes, 'bytes'),
    figure(`${size}: planning it, median of ${plannings}`, quantile(times, 0.5), 'ms'),
  ];
}

async function ask(url: string, query: string): Promise<void> {
  const answer = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  await answer.text();
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = now();
  await work();
  return now() - began;
}

/** The longest time without an answer during a swap of the supergraph. */
async function blockedBySwap(tree: string, started: TestProcess, url: string): Promise<number> {
  const path = join(tree, 'schema/supergraph.graphql');
  const sdl = readFileSync(path, 'utf8');
  writeFileSync(path, `${sdl}\n# changed\n`);
  started.signal('SIGHUP');
  let longest = 0;
  const until = started.line(/the supergraph was read anew/, 120_000);
  let isOver = false;
  void until.finally(() => (isOver = true));
  while (!isOver)
    longest = Math.max(longest, await timed(async () => void (await fetch(`${url}/health/live`)).body?.cancel()));
  await until;
  writeFileSync(path, sdl);
  return longest;
}

async function onPostgres(tree: string, dataDir: string, size: string, say: (text: string) => void): Promise<Bar[]> {
  const postgres = await startPostgres();
  if ('missing' in postgres) {
    say(`Left out: ${postgres.missing}`);
    return [];
  }
  const isForty = size === 'forty';
  const held = (bar: string, value: number, unit: string, target: number): Bar =>
    isForty ? atMost(`${size}: ${bar}`, value, unit, target) : figure(`${size}: ${bar}`, value, unit);
  const url = await postgres.createDatabase();
  const watcher = new Client(url);
  try {
    say(`${size}, on Postgres: at rest for ${restBefore + idle} s`);
    const env = { DATABASE_URL: url, ...secrets };
    await run(tree, 'subgraphs/migrate.ts', env);
    const { process: started } = await start(tree, dataDir, env);
    await watcher.connect();
    await sleep(restBefore * 1000);
    const before = await state(watcher);
    await sleep(idle * 1000);
    const after = await state(watcher);
    await started.stop(60_000);
    await using auction = program(tree, 'subgraphs/serve.ts', ['auction'], { PORT: '0', DATA_DIR: dataDir, ...env });
    await auction.line('auction is at', 120_000);
    return [
      held(
        'transactions a second at rest, one process with everything',
        (after.transactions - before.transactions) / idle,
        '/s',
        2,
      ),
      held('WAL while nothing happens', after.wal - before.wal, 'bytes', 0),
      held('connections of one process with everything', after.connections, '', 20),
      figure(`${size}: memory of serve -- auction`, memoryOf(auction, 'VmRSS'), 'MiB'),
    ];
  } finally {
    await watcher.end();
    await postgres.stop();
  }
}

/** Transactions, WAL and connections of the database, excluding this query. */
async function state(watcher: Client): Promise<{ transactions: number; wal: number; connections: number }> {
  const { rows } = await watcher.query<{ transactions: string; wal: string; connections: string }>(
    `select (select xact_commit + xact_rollback from pg_stat_database where datname = current_database()) as transactions,
       pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') as wal,
       (select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()) as connections`,
  );
  const [row] = rows;
  return { transactions: Number(row?.transactions), wal: Number(row?.wal), connections: Number(row?.connections) };
}
