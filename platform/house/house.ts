import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { Runner } from '../change/runner.ts';
import { defaultUniverse } from '../context/actor.ts';
import { systemClock, type Clock } from '../context/clock.ts';
import type { Secrets, Surroundings } from '../context/context.ts';
import { Universes } from '../context/universes.ts';
import type { Database, Report } from '../database/database.ts';
import { guardOutsideCalls } from '../database/guard.ts';
import { migrate, migrateLeftOut, migrationStatus, type MigrationStatus } from '../database/migrations.ts';
import { createOrm } from '../database/orm.ts';
import type { Embedder } from '../embeddings/embedder.ts';
import { FactCarrier } from '../facts/carrier.ts';
import { FactHub } from '../facts/hub.ts';
import { factMigrations } from '../facts/migrations.ts';
import { registerConsumers, type NamedReaction } from '../facts/checkpoints.ts';
import { Consumers } from '../facts/consumers.ts';
import { pruneFacts } from '../facts/retention.ts';
import { sweepFacts } from '../facts/sweep.ts';
import type { MailPort } from '../mail/mail.ts';
import { bundledCountries, type Countries } from '../geo/countries.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { noChains, type ChainsConfig } from '../outgoing/chains.ts';
import { Outgoing } from '../outgoing/outgoing.ts';
import { Sources, type SourcesConfig } from '../outgoing/sources.ts';
import { searchMigrations } from '../search/migrations.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Worker, Workplace } from '../work/worker.ts';
import { scopesOf } from '../subgraph/all-scopes.ts';
import { buildSubgraph } from '../subgraph/build.ts';
import { LocalSubgraph } from '../serving/local.ts';

import type { Subgraph } from '../subgraph/subgraph.ts';
import { reactInTransaction, workplaceOf } from './system.ts';

/** A business transaction may take this long, in milliseconds; an import of 500 rows takes a fifth of it. */
const transactionLimit = 2000;

/** What is past its time is forgotten every hour, and first when a start is over, in milliseconds. */
const sweepEvery = 3_600_000;
const firstSweepAfter = 10_000;

export interface HouseOptions {
  subgraphs: readonly Subgraph[];
  /** Every scope of the installation, those of other processes' OSes too; those of this one where nothing is given. */
  scopes?: ReadonlySet<string>;
  database: Database;
  secrets: Secrets;
  log: Logger;
  clock?: Clock;
  /** Brings the database to this build's version first; a newer one refuses to start either way. */
  migrate: boolean;
  /** Where facts are carried between databases; absent where one database holds all. */
  natsUrl?: string | null;
  /** Whose requests are taken; those of `main` alone where nothing is given. */
  universes?: Universes;
  /** How mail goes out; closed with the house. Without it, what is to be sent waits in the database. */
  mail?: MailPort;
  /** Where the OSes keep bytes; absent where none of them does. */
  objects?: ObjectStore;
  /** In which country a network is; the database that comes with the house where nothing is given. */
  countries?: Countries;
  /** Makes vectors of texts; of use only on a database with pgvector. */
  embedder?: Embedder;
  /** From where files may be fetched; from nowhere where nothing is given. */
  sources?: SourcesConfig;
  /** From which blockchains is read; from none where nothing is given. */
  chains?: ChainsConfig;
  /** How servers are called that others name; closed with the house. */
  outgoing?: Outgoing;
  /** Days after which facts are pruned that everybody has passed; they are kept for ever where nothing is given. */
  factsRetentionDays?: number | null;
  transactionLimitMs?: number;
  /** How long a grouped call waits for its turn; five seconds where nothing is said. */
  groupWaitMs?: number;
}

/** Every row belongs to a universe, and every statement of the ORM is about one universe. */
const universeFilter = {
  universe: {
    name: 'universe',
    cond: (args: Record<string, unknown>) => ({ universeId: args['universe'] }),
    default: true,
  },
};

/** The given OSes on one database, with their relay, reactions and workers running. */
export interface House {
  services: LocalSubgraph[];
  database: Database;
  hub: FactHub;
  /**
   * Resolves when every committed fact was handed on and reacted to and no worker has anything due, also for the facts of those
   * reactions and workers.
   */
  settled(): Promise<void>;
  /** Forgets what is past its time, now and not within the hour. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}

/** All migrations of a database: the fact log's, those that every search needs, and each OS's. */
export function migrationsOf(subgraphs: readonly Subgraph[]): Parameters<typeof migrate>[1] {
  return [
    { os: 'facts', migrations: factMigrations },
    searchMigrations,
    ...subgraphs
      .filter((each) => each.migrations.length > 0)
      .map((each) => ({ os: each.name, migrations: [...each.migrations] })),
  ];
}

function reactionsOf({ name, reactions }: Subgraph): NamedReaction[] {
  return reactions.map((reaction) => ({ name: `${name}.${reaction.name}`, reaction }));
}

/**
 * Checks a database that others migrate, but for what needs an optional extension: that is applied by whoever finds the extension
 * and may make tables.
 */
async function checkMigrated(database: Database, subgraphs: readonly Subgraph[], report: Report): Promise<void> {
  const list = migrationsOf(subgraphs);
  const status = await migrationStatus(database, list);
  const missing = ({ state, optional }: MigrationStatus): boolean => optional && state === 'pending';
  const wrong = status.filter((each) => !['applied', 'left out'].includes(each.state) && !missing(each));
  if (wrong.length === 0) {
    if (status.some(missing)) await migrateLeftOut(database, list, report);
    return;
  }
  throw new NotMigrated(wrong.map((each) => `${each.os}/${each.name} is ${each.state}`).join(', '));
}

/** The OSes whose optional tables are missing here. */
async function withoutOptional(database: Database, subgraphs: readonly Subgraph[]): Promise<Set<string>> {
  if (!subgraphs.some(({ migrations }) => migrations.some(({ needs }) => needs))) return new Set();
  const status = await migrationStatus(database, migrationsOf(subgraphs));
  return new Set(status.filter(({ optional, state }) => optional && state !== 'applied').map(({ os }) => os));
}

/** The database is not of this program's version, and whoever opens it may not change that. */
export class NotMigrated extends Error {
  constructor(list: string) {
    super(`The database is not of this program's version: ${list}. Run "npm run migrate" with the newest program.`);
    this.name = 'NotMigrated';
  }
}

export async function openHouse(options: HouseOptions): Promise<House> {
  const { subgraphs, database, secrets, log, clock = systemClock } = options;
  const countries = options.countries ?? bundledCountries();
  const universes = options.universes ?? new Universes();
  const limitMs = options.transactionLimitMs ?? transactionLimit;
  // From here on a call to the outside within a transaction is an error; the guard is taken away with the house.
  const unguard = guardOutsideCalls();
  const report: Report = (message, error) => log.warn({ err: error }, message);
  if (options.migrate) await migrate(database, migrationsOf(subgraphs), report);
  else await checkMigrated(database, subgraphs, report);
  const partial = await withoutOptional(database, subgraphs);
  await registerConsumers(database, subgraphs.flatMap(reactionsOf));
  const hub = new FactHub(database, log.child({ part: 'relay' }), secrets.linkKey ?? secrets.sealingKey);
  await hub.start();

  const outgoing = options.outgoing ?? new Outgoing();
  const sources = new Sources(options.sources ?? { servers: [], buckets: [] }, outgoing);
  const scopes = options.scopes ?? scopesOf(subgraphs);
  const services: LocalSubgraph[] = [];
  const consumers = new Consumers(hub, log.child({ part: 'reactions' }));
  const workers: Worker[] = [];
  const closers: (() => Promise<void>)[] = [];
  const closing = new AbortController();
  const sweeps: (() => Promise<void>)[] = [() => sweepFacts(database, log, closing.signal)];
  const retentionDays = options.factsRetentionDays ?? null;
  if (retentionDays !== null)
    sweeps.push(async () => {
      await consumers.checkpoint();
      await pruneFacts(database, retentionDays, log, closing.signal);
    });
  for (const subgraph of subgraphs) {
    const built = buildSubgraph(subgraph);
    // Made when the OS first touches its rows: in a large house most do not for a while.
    let made: ReturnType<typeof createOrm> | undefined;
    const orm = (): ReturnType<typeof createOrm> =>
      (made ??= createOrm(database, {
        schema: subgraph.name,
        entities: [...subgraph.entities] as never[],
        filters: universeFilter,
      }));
    closers.push(async () => made?.close());
    const around: Surroundings = {
      os: subgraph.name,
      permissions: subgraph.permissions,
      clock,
      log: log.child({ os: subgraph.name }),
      hub,
      secrets,
      countries,
      universes,
      scopes,
      outgoing,
      sources,
      chains: options.chains ?? noChains,
      rightsFacts: new Set(subgraph.rightsFacts.map(({ type }) => type)),
      ...(options.objects ? { objects: options.objects } : {}),
      ...(options.embedder && !partial.has(subgraph.name) ? { embedder: options.embedder } : {}),
      fork: (universe) => {
        const em = orm().em.fork() as SqlEntityManager;
        em.setFilterParams('universe', { universe });
        return em;
      },
    };
    const runner = new Runner(around, { transactionLimitMs: limitMs, groupWaitMs: options.groupWaitMs });
    services.push(new LocalSubgraph(around, () => built.schema(runner), subgraph.routes));
    for (const each of reactionsOf(subgraph)) consumers.add(each, reactInTransaction(around, limitMs), around.log);
    const workplace = workplaceOf(around, limitMs, options.mail ?? null);
    for (const make of subgraph.workers) workers.push(make(workplace));
    sweeps.push(() => sweepOs(subgraph, workplace));
  }
  await consumers.start();
  for (const worker of workers) await worker.start();
  const carrier = options.natsUrl ? new FactCarrier(hub, log) : null;
  if (carrier && options.natsUrl) await carrier.start(options.natsUrl);
  // One after another, never two of one process at a time; none of them rejects.
  let swept = Promise.resolve();
  const sweepAll = (): Promise<void> =>
    (swept = swept.then(async () => {
      for (const each of sweeps) await each();
    }));
  const sweeper = setInterval(() => void sweepAll(), sweepEvery);
  sweeper.unref();
  // What it does outside of the database may take a while, and nobody waits for it; a start has enough to do.
  const firstSweep = setTimeout(() => void sweepAll(), firstSweepAfter);
  firstSweep.unref();

  return {
    services,
    database,
    hub,
    async settled() {
      let before: bigint;
      do {
        before = hub.position;
        await hub.settled();
        await consumers.settled();
        for (const worker of workers) await worker.settled();
        // What a worker told last is stamped before the positions are compared.
        await hub.settled();
      } while (hub.position !== before);
    },
    sweep: sweepAll,
    async close() {
      clearInterval(sweeper);
      clearTimeout(firstSweep);
      closing.abort();
      await swept;
      await carrier?.close();
      for (const worker of workers) await worker.close();
      await outgoing.close();
      await options.mail?.mailer.close();
      await consumers.close();
      await hub.close();
      for (const close of closers) await close();
      unguard();
    },
  };
}

/** Lets an OS forget, as itself. Never rejects. */
async function sweepOs(subgraph: Subgraph, { context, log }: Workplace): Promise<void> {
  await subgraph.sweep(context(defaultUniverse)).catch((error: unknown) => {
    log.warn({ err: error }, 'what is past its time could not be swept; the next hour tries again');
  });
}
