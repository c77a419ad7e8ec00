import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { Runner } from '../change/runner.ts';
import { closeAll } from '../config/close-all.ts';
import { defaultUniverse } from '../context/actor.ts';
import { systemClock, type Clock } from '../context/clock.ts';
import type { Secrets, Surroundings } from '../context/context.ts';
import { Universes } from '../context/universes.ts';
import type { Database, Report } from '../database/database.ts';
import { guardOutsideCalls } from '../database/guard.ts';
import { migrate } from '../database/migrations.ts';
import { createOrm } from '../database/orm.ts';
import type { Embedder } from '../embeddings/embedder.ts';
import { FactCarrier } from '../facts/carrier.ts';
import { FactHub } from '../facts/hub.ts';
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
import type { Logger } from '../telemetry/log.ts';
import type { Worker, Workplace } from '../work/worker.ts';
import { scopesOf } from '../subgraph/all-scopes.ts';
import { buildSubgraph } from '../subgraph/build.ts';
import { checkPrefixes } from '../subgraph/prefixes.ts';
import { checkMigrated, migrationsOf, withoutOptional } from './migrations.ts';
import { LocalSubgraph } from '../serving/local.ts';

import type { Subgraph } from '../subgraph/subgraph.ts';
import { reactInTransaction, workplaceOf } from './system.ts';

/** Milliseconds that a business transaction may take; an import of 500 rows takes a fifth of it. */
const transactionLimit = 2000;

/** Milliseconds between sweeps of expired data, and from the start to the first one: the start needs the processor until then. */
const sweepEvery = 3_600_000;
const firstSweepAfter = 10_000;

export interface HouseOptions {
  subgraphs: readonly Subgraph[];
  /** Every scope of the installation, also of OSes in other processes; by default those of this process. */
  scopes?: ReadonlySet<string>;
  database: Database;
  secrets: Secrets;
  log: Logger;
  clock?: Clock;
  /** Migrates the database to this program's version first. A newer database refuses to start either way. */
  migrate: boolean;
  /** Carries facts between databases; absent if there is one database. */
  natsUrl?: string | null;
  /** The universes that are served; by default only `main`. */
  universes?: Universes;
  /** Sends mail; closed with the house. Without it, mail waits in the database. */
  mail?: MailPort;
  /** Stores bytes; absent if no OS needs it. */
  objects?: ObjectStore;
  /** Looks up the country of a network; by default in the bundled database. */
  countries?: Countries;
  /** Embeds texts as vectors; used only on a database with pgvector. */
  embedder?: Embedder;
  /** Sources from which files may be fetched; by default none. */
  sources?: SourcesConfig;
  /** Blockchains that may be read; by default none. */
  chains?: ChainsConfig;
  /** Calls servers at URLs that users give; closed with the house. */
  outgoing?: Outgoing;
  /** Days after which facts that every consumer has passed are pruned; by default never. */
  factsRetentionDays?: number | null;
  transactionLimitMs?: number;
  /** Milliseconds that a grouped call waits for its turn; by default 5,000. */
  groupWaitMs?: number;
  /** Seconds for which a process holds the lease of a reaction after its last batch; by default 5. */
  leaseSeconds?: number;
}

/** Every row belongs to a universe, and every statement of the ORM is limited to one. */
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
   * Resolves when every committed fact was delivered and reacted to and no worker has work due, including the facts of those reactions
   * and workers.
   */
  settled(): Promise<void>;
  /** Deletes expired data now. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}

function reactionsOf({ name, reactions }: Subgraph): NamedReaction[] {
  return reactions.map((reaction) => ({ name: `${name}.${reaction.name}`, reaction }));
}

export async function openHouse(options: HouseOptions): Promise<House> {
  const { subgraphs, database, secrets, log, clock = systemClock } = options;
  checkPrefixes(subgraphs);
  const countries = options.countries ?? bundledCountries();
  const universes = options.universes ?? new Universes();
  const limitMs = options.transactionLimitMs ?? transactionLimit;
  // Until the house closes, outgoing calls inside a transaction are errors.
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
  const consumers = new Consumers(hub, log.child({ part: 'reactions' }), options.leaseSeconds);
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
    // Made on first use: most OSes of a large house are not used for a while.
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
      facts: new Set(subgraph.facts),
      systemFacts: new Set(subgraph.systemFacts),
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
  // One sweep at a time; none rejects.
  let swept = Promise.resolve();
  const sweepAll = (): Promise<void> =>
    (swept = swept.then(async () => {
      for (const each of sweeps) await each();
    }));
  const sweeper = setInterval(() => void sweepAll(), sweepEvery);
  sweeper.unref();
  // Not awaited: its work outside the database may take a while. A start has enough to do.
  const firstSweep = setTimeout(() => void sweepAll(), firstSweepAfter);
  firstSweep.unref();

  return {
    services,
    database,
    hub,
    async settled() {
      let before: bigint;
      do {
        await hub.settled();
        before = hub.position;
        await consumers.settled();
        for (const worker of workers) await worker.settled();
        // Delivers the last facts of the workers before positions are compared.
        await hub.rest();
      } while (hub.position !== before);
    },
    sweep: sweepAll,
    async close() {
      clearInterval(sweeper);
      clearTimeout(firstSweep);
      closing.abort();
      await closeAll([
        () => swept,
        () => carrier?.close(),
        ...workers.map((worker) => () => worker.close()),
        () => outgoing.close(),
        () => options.mail?.mailer.close(),
        () => consumers.close(),
        () => hub.close(),
        ...closers,
        unguard,
      ]);
    },
  };
}

/** Runs the sweep of an OS as its own service. Never rejects. */
async function sweepOs(subgraph: Subgraph, { context, log }: Workplace): Promise<void> {
  await subgraph.sweep(context(defaultUniverse)).catch((error: unknown) => {
    log.warn({ err: error }, 'expired data could not be deleted; it is retried in an hour');
  });
}
