import { fork, type ChildProcess } from 'node:child_process';
import { AsyncLocalStorage } from 'node:async_hooks';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { unrationed } from './config.ts';
import { startGateway, type Gateway } from '../gateway/server.ts';
import { openDatabase, type Database } from '../platform/database/database.ts';
import { makePerson } from './person.ts';
import { openHouse, type House } from '../platform/house/house.ts';
import type { SubgraphService } from '../platform/serving/service.ts';
import { createLog } from '../platform/telemetry/log.ts';
import { subgraphs } from '../subgraphs/index.ts';
import { importProgressed } from '../subgraphs/assets/events.ts';
import { rightsFacts } from '../subgraphs/identity/events.ts';
import { startPostgres } from '../test/testkit/postgres.ts';
import { atMost, figure, now, quantile, type Bar, type Bench } from './bench.ts';
import type { Orders, Seen } from './facts-clients.ts';

/** Facts per second that one writer attempts, and whether events also select referenced rows. */
const loads = [
  { pace: 20, joined: false },
  { pace: 100, joined: false },
  { pace: 20, joined: true },
];

/** Subscribers, each a separate person on a separate socket. */
const subscribers = 10;

/** Seconds of each measurement, and of the uncounted warm-up before it. */
const measured = 15;
const warming = 3;

/** Milliseconds within which 99 of 100 facts must reach their subscribers, embedded, with the fact's own values. */
const target = 50;

export const facts: Bench = {
  name: 'facts',
  sentence: `From commit to subscriber: 1 writer, ${subscribers} subscribers, through the gateway.`,
  async run(say) {
    const bars = await onDatabase('embedded', await openDatabase({ inMemory: true }), say);
    const postgres = await startPostgres();
    if ('missing' in postgres) {
      say(`Left out: ${postgres.missing}`);
      return bars;
    }
    try {
      const url = await postgres.createDatabase();
      return [...bars, ...(await onDatabase('Postgres', await openDatabase({ url }), say))];
    } finally {
      await postgres.stop();
    }
  },
};

async function onDatabase(name: string, database: Database, say: (text: string) => void): Promise<Bar[]> {
  const log = createLog({ level: 'warn', name: 'bench' });
  const house = await openHouse({
    subgraphs,
    database,
    secrets: { sealingKey: new Uint8Array(32) },
    log,
    migrate: true,
  });
  const watch = new Watch(house);
  const gateway = await startGateway({
    config: unrationed(),
    services: house.services.map((service) => watch.around(service)),
    supergraphSdl: await readFile(new URL('../schema/supergraph.graphql', import.meta.url), 'utf8'),
    log,
  });
  house.hub.hear(
    rightsFacts.map(({ type }) => type),
    (batch) => batch.forEach((fact) => gateway.dropActor(fact.key)),
  );
  try {
    const bars: Bar[] = [];
    for (const load of loads) {
      say(`${titleOf(name, load)} for ${warming + measured} s`);
      bars.push(...(await measure(name, load, house, gateway, watch)));
    }
    return bars;
  } finally {
    await gateway.close();
    await house.close();
    await database.close();
  }
}

/**
 * Records two times of each write within the process: its commit, and the delivery of its fact by the relay. Writes are identified by
 * the number of their single line.
 */
class Watch {
  readonly committed = new Map<number, number>();
  readonly handed = new Map<number, number>();
  readonly #write = new AsyncLocalStorage<number>();

  constructor({ hub }: House) {
    const committed = hub.committed.bind(hub);
    hub.committed = () => {
      const write = this.#write.getStore();
      if (write !== undefined) this.committed.set(write, now());
      committed();
    };
    hub.hear([importProgressed.type], (batch) => {
      const at = now();
      for (const { payload } of batch) this.handed.set((payload as { lastLine: number }).lastLine, at);
    });
  }

  around(service: SubgraphService): SubgraphService {
    return {
      name: service.name,
      subscribe: (request) => service.subscribe(request),
      execute: (request) => {
        const write = request.query.includes('assetImport(') ? lineIn(request.variables) : undefined;
        return write === undefined ? service.execute(request) : this.#write.run(write, () => service.execute(request));
      },
    };
  }

  clear(): void {
    this.committed.clear();
    this.handed.clear();
  }
}

/** The line number of a one-line import, whatever the planner named the variable. */
function lineIn(variables: Record<string, unknown> = {}): number | undefined {
  for (const value of Object.values(variables)) {
    const lines = (value as { lines?: { line: number }[] } | null)?.lines;
    if (lines?.[0]) return lines[0].line;
  }
  return undefined;
}

type Load = (typeof loads)[number];

function titleOf(name: string, { pace, joined }: Load): string {
  return `${name}, ${pace}/s, ${joined ? 'joined' : 'values'}`;
}

async function measure(name: string, load: Load, house: House, gateway: Gateway, watch: Watch): Promise<Bar[]> {
  const { pace } = load;
  watch.clear();
  const founder = await makePerson(house);
  const listeners = await Promise.all(Array.from({ length: subscribers }, () => makePerson(house)));
  const people: Orders['people'] = [founder, ...listeners];
  const seen = await clients({ url: gateway.url, ...load, people, writes: pace * (warming + measured) });
  // Excludes warm-up writes and the probes before them.
  const counted = (write: number): boolean => write > pace * warming && write <= seen.writes;
  const whole: number[] = [];
  const completed: number[] = [];
  for (const { write, at } of seen.events) {
    const committed = watch.committed.get(write);
    const handed = watch.handed.get(write);
    if (committed === undefined || handed === undefined)
      throw new Error(`The commit of write ${write} was not recorded.`);
    if (!counted(write)) continue;
    // The relay may find a fact before the writing process has reported its commit.
    whole.push(at - committed);
    completed.push(at - handed);
  }
  const relayed = [...watch.handed].flatMap(([write, at]) =>
    counted(write) ? [at - (watch.committed.get(write) ?? Number.NaN)] : [],
  );
  const expected = seen.writes * subscribers;
  if (seen.events.length !== expected) throw new Error(`${seen.events.length} events arrived of ${expected}.`);
  const title = titleOf(name, load);
  const p99 = quantile(whole, 0.99);
  const bar = `${title}: commit → subscriber, p99`;
  return [
    figure(`${title}: written`, seen.writes / seen.seconds, '/s'),
    figure(`${title}: commit → subscriber, p50`, quantile(whole, 0.5), 'ms'),
    name === 'embedded' && !load.joined ? atMost(bar, p99, 'ms', target) : figure(bar, p99, 'ms'),
    figure(`${title}: commit → subscriber, worst`, Math.max(...whole), 'ms'),
    figure(`${title}:   of which commit → handed on by the relay, p50`, quantile(relayed, 0.5), 'ms'),
    figure(`${title}:   of which commit → handed on by the relay, p99`, quantile(relayed, 0.99), 'ms'),
    figure(`${title}:   of which handed on → completed and received, p50`, quantile(completed, 0.5), 'ms'),
    figure(`${title}:   of which handed on → completed and received, p99`, quantile(completed, 0.99), 'ms'),
    figure(`${title}: mutation sent → answered, p50`, quantile(seen.answers, 0.5), 'ms'),
  ];
}

/** Runs writer and subscribers in a separate process, so that they do not use the gateway's CPU time. */
function clients(orders: Orders): Promise<Seen> {
  const child: ChildProcess = fork(fileURLToPath(new URL('facts-clients.ts', import.meta.url)), {
    execArgv: ['--import', new URL('../platform/config/typescript.ts', import.meta.url).href],
    serialization: 'advanced',
  });
  child.send(orders);
  return new Promise((resolve, reject) => {
    let seen: Seen | null = null;
    child.on('message', (message) => (seen = message as Seen));
    child.on('error', reject);
    child.on('exit', (code) => (seen ? resolve(seen) : reject(new Error(`The clients ended with ${code}.`))));
  });
}
