import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { createClient, type Client } from 'graphql-ws';
import WebSocket from 'ws';
import { unrationed } from './config.ts';
import { startGateway } from '../gateway/server.ts';
import { anonymous, type ActorSnapshot } from '../platform/context/actor.ts';
import { openDatabase } from '../platform/database/database.ts';
import { makePerson } from './person.ts';
import { openHouse, type House } from '../platform/house/house.ts';
import { createLog } from '../platform/telemetry/log.ts';
import { subgraphs } from '../subgraphs/index.ts';
import { startPostgres } from '../test/testkit/postgres.ts';

/** Concurrent writers that import one-line batches, each into its own run. */
const writers = 8;
/** Subscribers that leave at random and resume with their last cursor. */
const subscribers = 20;
/** Maximum events that a subscriber stays for before it leaves. */
const staysAtMost = 60;

/** Checks one subscriber: every event exactly once, in order, however often it left. */
class Follower {
  readonly seen: string[] = [];
  #cursor: string | null = null;
  #left = false;
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async follow(): Promise<void> {
    while (!this.#left) {
      const query =
        'subscription ($after: String) { assetImportProgressed(after: $after) { cursor sequence import { run } } }';
      const events = this.#client.iterate<{ assetImportProgressed: { cursor: string; sequence: string } }>({
        query,
        variables: { after: this.#cursor },
      });
      const stay = 1 + Math.floor(Math.random() * staysAtMost);
      let count = 0;
      for await (const { data, errors } of events) {
        if (errors) throw new Error(JSON.stringify(errors));
        const event = data?.assetImportProgressed;
        if (!event) continue;
        this.seen.push(event.sequence);
        this.#cursor = event.cursor;
        if ((count += 1) >= stay || this.#left) break;
      }
      await sleep(Math.random() * 300);
    }
  }

  leave(): void {
    this.#left = true;
  }
}

async function write(house: House, actor: ActorSnapshot, writer: number, until: number): Promise<number> {
  const assets = house.services.find((service) => service.name === 'assets');
  let line = 0;
  while (Date.now() < until) {
    line += 1;
    const input = {
      source: 'soak',
      run: `writer ${writer}`,
      lines: [{ line, sourceId: `${writer}-${line}`, title: `Work ${line}` }],
    };
    const info = {
      actor,
      universe: 'main',
      actingFor: null,
      requestId: 'soak',
      correlationId: 'soak',
      causationId: null,
      traceparent: null,
      client: { ip: null, userAgent: null },
    };
    const query = 'mutation ($input: AssetImportInput!) { assetImport(input: $input) { created } }';
    const answer = await assets?.execute({ query, variables: { input }, info });
    if (answer?.errors) throw new Error(JSON.stringify(answer.errors));
  }
  return line;
}

async function soak(minutes: number): Promise<void> {
  const postgres = await startPostgres();
  if ('missing' in postgres) throw new Error(postgres.missing);
  const database = await openDatabase({ url: await postgres.createDatabase(), poolSize: 20 });
  const log = createLog({ level: 'warn', name: 'soak' });
  const house = await openHouse({
    subgraphs,
    database,
    secrets: { sealingKey: new Uint8Array(32) },
    log,
    migrate: true,
  });
  const supergraphSdl = await readFile(fileURLToPath(new URL('../schema/supergraph.graphql', import.meta.url)), 'utf8');
  const gateway = await startGateway({
    config: unrationed(),
    services: house.services,
    supergraphSdl,
    log,
  });
  const { id, token } = await makePerson(house);
  const actor: ActorSnapshot = { ...anonymous(), id, kind: 'USER' };
  const until = Date.now() + minutes * 60_000;
  const clients = Array.from({ length: subscribers }, () =>
    createClient({
      url: `${gateway.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${token}` },
    }),
  );
  const followers = clients.map((client) => new Follower(client));
  const following = followers.map((follower) => follower.follow());
  await sleep(1000);
  const ticker = setInterval(() => {
    const heap = Math.round(process.memoryUsage().heapUsed / 2 ** 20);
    console.log(
      `${new Date().toISOString()} facts ${house.hub.position}, heap ${heap} MiB, open ${JSON.stringify(gateway.open())}`,
    );
    // The supergraph is swapped under load; subscribers must not notice.
    void gateway.swap(supergraphSdl);
  }, 10_000);
  const written = await Promise.all(Array.from({ length: writers }, (_, n) => write(house, actor, n, until)));
  clearInterval(ticker);
  await house.settled();
  const rows = await database.query<{ position: string }>(
    `select position from facts.log where type = 'assets.import.progressed' order by position`,
    [],
  );
  const expected = rows.map(({ position }) => position);
  for (let waited = 0; waited < 30_000 && followers.some(({ seen }) => seen.at(-1) !== expected.at(-1)); waited += 100)
    await sleep(100);
  for (const follower of followers) follower.leave();
  for (const client of clients) await client.dispose();
  await Promise.allSettled(following);
  const total = written.reduce((sum, each) => sum + each, 0);
  const [gaps] = await database.query<{ n: string; top: string }>(
    'select count(*) as n, max(position) as top from facts.log',
    [],
  );
  const faults = followers.filter(({ seen }) => {
    // From its first event on, no event may be missing or duplicated.
    const from = expected.indexOf(seen[0] ?? '');
    return from < 0 || JSON.stringify(seen) !== JSON.stringify(expected.slice(from));
  });
  console.log(`${total} imports, ${expected.length} events, ${gaps?.n} facts up to position ${gaps?.top}`);
  console.log(`${subscribers - faults.length} of ${subscribers} subscribers saw every event once and in order`);
  await gateway.close();
  await house.close();
  await database.close();
  await postgres.stop();
  if (faults.length > 0 || expected.length !== total || gaps?.n !== gaps?.top)
    throw new Error('The soak found gaps or duplicates.');
}

const program = new Command('soak')
  .description(
    'Writes and follows facts for minutes on a throwaway Postgres, with leaving and resuming subscribers, and counts every one.',
  )
  .option('--minutes <number>', 'how long, at most 9: an access token is good for ten', '8')
  .action(({ minutes }: { minutes: string }) => soak(Math.min(9, Number(minutes) || 8)));

await program.parseAsync();
process.exit(0);
