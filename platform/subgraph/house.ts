import { randomUUID } from 'node:crypto';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { Runner, inTransaction } from '../change/runner.ts';
import { defaultUniverse, type ActorSnapshot } from '../context/actor.ts';
import { systemClock, type Clock } from '../context/clock.ts';
import { Context, Transaction, type Secrets, type Surroundings } from '../context/context.ts';
import type { Database } from '../database/database.ts';
import { guardOutsideCalls } from '../database/guard.ts';
import { migrate, migrationStatus } from '../database/migrations.ts';
import { createOrm } from '../database/orm.ts';
import { sqlIn } from '../database/sql.ts';
import type { StampedFact } from '../facts/fact.ts';
import { FactCarrier } from '../facts/carrier.ts';
import { FactHub } from '../facts/hub.ts';
import { appendFacts, factMigrations } from '../facts/log.ts';
import { ReactionConsumer, type ReactInTransaction } from '../facts/reactions.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { Logger } from '../telemetry/log.ts';
import { buildSubgraph } from './build.ts';
import { LocalSubgraph } from './local.ts';
import type { Subgraph } from './subgraph.ts';

/** A business transaction may take this long, in milliseconds; an import of 500 rows takes a fifth of it. */
const transactionLimit = 2000;

/** What is older than this many days is forgotten: idempotency keys and inbox rows behind every checkpoint. */
const keepDays = 7;

export interface HouseOptions {
  subgraphs: readonly Subgraph[];
  database: Database;
  secrets: Secrets;
  log: Logger;
  clock?: Clock;
  /** Brings the database to this build's version first; a newer one refuses to start either way. */
  migrate: boolean;
  /** Where facts are carried between databases; absent where one database holds all. */
  natsUrl?: string | null;
  /** Where the OSes keep bytes; absent where none of them does. */
  objects?: ObjectStore;
  transactionLimitMs?: number;
}

/** Every row belongs to a universe, and every statement of the ORM is about one universe. */
const universeFilter = {
  universe: {
    name: 'universe',
    cond: (args: Record<string, unknown>) => ({ universeId: args['universe'] }),
    default: true,
  },
};

/** The given OSes on one database, with their relay and reactions running. */
export interface House {
  services: LocalSubgraph[];
  database: Database;
  hub: FactHub;
  /** Resolves when every committed fact was handed on and reacted to, also the facts of those reactions. */
  settled(): Promise<void>;
  /** Forgets what is past its time, now and not within the hour. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}

/** All migrations of a database: the fact log's and each OS's. */
export function migrationsOf(subgraphs: readonly Subgraph[]): Parameters<typeof migrate>[1] {
  return [
    { os: 'facts', migrations: factMigrations },
    ...subgraphs
      .filter((each) => each.migrations.length > 0)
      .map((each) => ({ os: each.name, migrations: [...each.migrations] })),
  ];
}

async function checkMigrated(database: Database, subgraphs: readonly Subgraph[]): Promise<void> {
  const status = await migrationStatus(database, migrationsOf(subgraphs));
  const wrong = status.filter((each) => each.state !== 'applied');
  if (wrong.length === 0) return;
  const list = wrong.map((each) => `${each.os}/${each.name} is ${each.state}`).join(', ');
  throw new NotMigrated(list);
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
  const limitMs = options.transactionLimitMs ?? transactionLimit;
  // From here on a call to the outside within a transaction is an error; the guard is taken away with the house.
  const unguard = guardOutsideCalls();
  if (options.migrate) await migrate(database, migrationsOf(subgraphs));
  else await checkMigrated(database, subgraphs);
  const hub = new FactHub(database, log.child({ part: 'relay' }));
  await hub.start();

  const services: LocalSubgraph[] = [];
  const consumers: ReactionConsumer[] = [];
  const closers: (() => Promise<void>)[] = [];
  const sweeps: (() => Promise<void>)[] = [() => sweep(database, log)];
  for (const subgraph of subgraphs) {
    const built = buildSubgraph(subgraph);
    const orm = createOrm(database, {
      schema: subgraph.name,
      entities: [...subgraph.entities] as never[],
      filters: universeFilter,
    });
    closers.push(() => orm.close());
    const around: Surroundings = {
      os: subgraph.name,
      permissions: subgraph.permissions,
      clock,
      log: log.child({ os: subgraph.name }),
      hub,
      secrets,
      ...(options.objects ? { objects: options.objects } : {}),
      fork: (universe) => {
        const em = orm.em.fork() as SqlEntityManager;
        em.setFilterParams('universe', { universe });
        return em;
      },
    };
    services.push(
      new LocalSubgraph(around, built.schema(new Runner(around, { transactionLimitMs: limitMs })), subgraph.routes),
    );
    sweeps.push(() => sweepOs(subgraph, around));
    for (const reaction of subgraph.reactions) {
      consumers.push(
        new ReactionConsumer(subgraph.name, reaction, hub, reactInTransaction(around, limitMs), around.log),
      );
    }
  }
  for (const consumer of consumers) await consumer.start();
  const carrier = options.natsUrl ? new FactCarrier(hub, log) : null;
  if (carrier && options.natsUrl) await carrier.start(options.natsUrl);
  // One after another, never two of one process at a time; none of them rejects.
  let swept = Promise.resolve();
  const sweepAll = (): Promise<void> =>
    (swept = swept.then(async () => {
      for (const each of sweeps) await each();
    }));
  const sweeper = setInterval(() => void sweepAll(), 3_600_000);
  sweeper.unref();
  // What it does outside of the database may take a while, and nobody waits for it.
  void sweepAll();

  return {
    services,
    database,
    hub,
    async settled() {
      let before: bigint;
      do {
        before = hub.position;
        await hub.settled();
        for (const consumer of consumers) await consumer.settled();
      } while (hub.position !== before);
    },
    sweep: sweepAll,
    async close() {
      clearInterval(sweeper);
      await swept;
      await carrier?.close();
      for (const consumer of consumers) await consumer.close();
      await hub.close();
      for (const close of closers) await close();
      unguard();
    },
  };
}

/** Lets an OS forget, as itself. Never rejects. */
async function sweepOs(subgraph: Subgraph, around: Surroundings): Promise<void> {
  const requestId = randomUUID();
  const info = {
    actor: serviceActor(subgraph.name, defaultUniverse),
    universe: defaultUniverse,
    actingFor: null,
    requestId,
    correlationId: requestId,
    causationId: null,
    traceparent: null,
    client: { ip: null, userAgent: null },
  };
  await subgraph.sweep(new Context(around, info, { system: true })).catch((error: unknown) => {
    around.log.warn({ err: error }, 'what is past its time could not be swept; the next hour tries again');
  });
}

/** The OS's own actor in reactions: a service that is known by its name. */
export function serviceActor(os: string, universe: string): ActorSnapshot {
  return {
    id: `svc_${os}`,
    kind: 'SERVICE',
    delegate: null,
    universe,
    sessionId: null,
    memberships: [],
    platformRoles: [],
    scopes: null,
    rightsVersion: 0,
    expiresAt: null,
  };
}

/**
 * A reaction is a transaction of the OS as its own service, on behalf of the fact's actor: in what it tells, the service is
 * who acts and the fact's actor is the one in whose name. The correlation id goes on, the fact is the cause.
 */
function reactInTransaction(around: Surroundings, limitMs: number): ReactInTransaction {
  return async (fact: StampedFact, label, work) => {
    const service = serviceActor(around.os, fact.universe);
    const principal = fact.onBehalfOf ?? fact.actor;
    const actor: ActorSnapshot = principal === null ? service : { ...service, id: principal, delegate: service.id };
    const info = {
      actor,
      universe: fact.universe,
      actingFor: fact.actingFor,
      requestId: randomUUID(),
      correlationId: fact.correlationId,
      causationId: fact.id,
      traceparent: fact.traceparent,
      client: { ip: null, userAgent: null },
    };
    const told = await inTransaction(around, fact.universe, label, limitMs, async (em) => {
      const tx = new Transaction(around, info, { em, system: true });
      await work(tx, (text, params) => sqlIn(em, text, params));
      await em.flush();
      await appendFacts(
        em,
        tx.facts.map((emitted) => ({ fact: emitted, origin: { os: around.os, info, at: tx.now() } })),
      );
      return tx.facts.length;
    });
    if (told > 0) around.hub.committed();
  };
}

/** Forgets idempotency keys and inbox rows past their time. A fact behind every checkpoint cannot come again. */
async function sweep(database: Database, log: Logger): Promise<void> {
  try {
    await database.query(`delete from facts.idempotency where at < now() - interval '${keepDays} days'`, []);
    await database.query(
      `delete from facts.inbox i using facts.log l, facts.checkpoints c
       where i.at < now() - interval '${keepDays} days' and l.id = i.fact_id and c.consumer = i.consumer and l.position <= c.position`,
      [],
    );
  } catch (error) {
    log.warn({ err: error }, 'old idempotency keys and inbox rows could not be swept; the next hour tries again');
  }
}
