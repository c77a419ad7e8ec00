import type { GraphQLSchema } from 'graphql';
import { pino } from 'pino';
import { readConfig } from '../../gateway/config.ts';
import { startGateway, type Gateway } from '../../gateway/server.ts';
import { defaultUniverse } from '../../platform/context/actor.ts';
import type { Clock } from '../../platform/context/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import type { StampedFact } from '../../platform/facts/fact.ts';
import { dropNamed } from '../../platform/facts/rights.ts';
import { readFacts } from '../../platform/facts/log.ts';
import type { Embedder } from '../../platform/embeddings/embedder.ts';
import type { ObjectStore } from '../../platform/objects/object-store.ts';
import type { Outgoing } from '../../platform/outgoing/outgoing.ts';
import { routesOf } from '../../platform/http/routes.ts';
import type { Mail, Mailer } from '../../platform/mail/mail.ts';
import { openHouse, type House } from '../../platform/house/house.ts';
import type { SubgraphService } from '../../platform/serving/service.ts';
import type { Subgraph } from '../../platform/subgraph/subgraph.ts';
import { systems } from '../../subgraphs/registry.ts';
import type { Answer, Client } from './client.ts';
import { composed } from './composed.ts';
import { GatewayClient } from './gateway-client.ts';
import { openKeptPlanner } from './supergraph.ts';
import { existingDatabase, freshDatabase } from './template.ts';
import { Universe, type UniverseOfWorld } from './universe.ts';
import { Watch } from './watch.ts';

export type { Answer, AnswerError, Client, Person, WholeAnswer } from './client.ts';
export type { Live } from './live.ts';
export type { SignUp, UniverseOfWorld } from './universe.ts';

export interface WorldOptions {
  /**
   * The OSes that the test and its operations use. Identity, which authenticates, is included; the hub includes all, since it
   * resolves every entity by its id. By default every OS of the registry: its cost grows with the house, so a test of one OS names
   * it.
   */
  oses?: readonly string[];
  /** `embedded` by default; `postgres` only in files named `*.pg.test.ts`. */
  database?: 'embedded' | 'postgres';
  /** A migrated database on a server instead of a fresh one; its contents are kept. */
  url?: string;
  /** Settings of the gateway, by environment variable. */
  env?: Record<string, string>;
  /** The object store of the OSes; none by default. */
  objects?: ObjectStore;
  /** Turns texts into vectors; none by default. */
  embedder?: Embedder;
  /** Calls servers that users name; the standard one by default. */
  outgoing?: Outgoing;
  /** Stands between the gateway and an OS, for one that fails. */
  between?: (service: SubgraphService) => SubgraphService;
  /** Whether the gateway learns of changed rights by facts, as when embedded; otherwise only from the answers of mutations. */
  rightsNews?: boolean;
  /** Sends mail; by default mails are collected in `mails`. */
  mailer?: Mailer;
}

/** The house's clock in a test; it runs, and can be changed. The gateway checks tokens by the real clock. */
export interface TestClock extends Clock {
  /** Moves the clock by this number of milliseconds, backward if negative. */
  turn(milliseconds: number): void;
  /** Returns to the real time. */
  reset(): void;
}

/** A small world: OSes of the registry on a fresh database, behind the real gateway, in this process. */
export interface World extends UniverseOfWorld, AsyncDisposable {
  readonly url: string;
  readonly house: House;
  readonly database: Database;
  readonly gateway: Gateway;
  /** The schema that clients see. */
  readonly schema: GraphQLSchema;
  readonly clock: TestClock;
  /** Sent mails, oldest first. */
  readonly mails: readonly Mail[];
  /** Log entries of level warning and above. */
  readonly log: readonly Record<string, unknown>[];
  /** Another universe of the same world; it is opened. */
  inUniverse(universe: string): UniverseOfWorld;
  /** Resolves when all facts are delivered and handled, and the gateway knows of changed rights. */
  settled(): Promise<void>;
  /** The facts so far, oldest first, by type or key. */
  facts(of?: { types?: string[]; key?: string }): Promise<StampedFact<Answer>[]>;
  /**
   * The SQL statements that the OSes send for the requests of `fn`, excluding BEGIN and COMMIT, those of relay, reactions and
   * streams, and the gateway's authentication queries, which it caches for five seconds.
   */
  statements(fn: () => Promise<unknown>): Promise<string[]>;
  close(): Promise<void>;
}

/** Loads the named OSes and identity, in the order of the registry, and no others. */
async function opened(names: readonly string[] = Object.keys(systems)): Promise<Subgraph[]> {
  const unknown = names.find((name) => !(name in systems));
  if (unknown !== undefined) throw new Error(`oses: "${unknown}" is not in the registry.`);
  const wanted = new Set(names.includes('hub') ? Object.keys(systems) : ['identity', ...names]);
  return Promise.all(Object.entries(systems).flatMap(([name, load]) => (wanted.has(name) ? [load()] : [])));
}

/** Opens a world; close it in `afterAll`. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const subgraphs = await opened(options.oses);
  const { sdl, schema } = composed(subgraphs);
  const log: Record<string, unknown>[] = [];
  const logger = pino(
    { level: 'warn' },
    { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const clock = testClock();
  const fresh = await (options.url
    ? existingDatabase(options.url)
    : freshDatabase(options.database ?? 'embedded', subgraphs));
  const { database } = fresh;
  const mails: Mail[] = [];
  const keep: Mailer = {
    send: async (mail) => Promise.resolve(void mails.push(mail)),
    close: () => Promise.resolve(),
  };
  const config = readConfig({ PORT: '0', CONSOLE_DIR: '/nonexistent', ...options.env }, []);
  const { universes: open } = config;
  const house = await openHouse({
    subgraphs,
    database,
    secrets: { sealingKey: new Uint8Array(32).fill(7) },
    log: logger,
    clock,
    migrate: false,
    universes: open,
    ...(options.objects ? { objects: options.objects } : {}),
    ...(options.embedder ? { embedder: options.embedder } : {}),
    sources: config.sources,
    chains: config.chains,
    ...(options.outgoing ? { outgoing: options.outgoing } : {}),
    mail: { mailer: options.mailer ?? keep, publicUrl: () => 'https://quillhaven.example' },
  });
  const watch = new Watch(database);
  const gateway = await startGateway({
    config,
    services: house.services.map((service) => watch.watched(options.between?.(service) ?? service)),
    supergraphSdl: sdl,
    openPlanner: openKeptPlanner,
    routes: routesOf(subgraphs),
    log: logger,
  });
  const unhear = house.hub.hear(
    options.rightsNews === false ? [] : subgraphs.flatMap(({ rightsFacts }) => rightsFacts.map(({ type }) => type)),
    (batch) => dropNamed(gateway, batch),
  );

  const universes = new Map<string, UniverseOfWorld>();
  const inUniverse = (universe: string): UniverseOfWorld => {
    open.open(universe);
    const known = universes.get(universe) ?? new Universe(universe, clientFor, database, () => house.settled());
    universes.set(universe, known);
    return known;
  };
  const clientFor = (universe: string, token: string | null): Client =>
    new GatewayClient({ gateway, schema, log, universe, token, watch });
  const close = async (): Promise<void> => {
    unhear();
    await gateway.close();
    await house.close();
    await fresh.close();
  };
  const main = inUniverse(defaultUniverse);
  return {
    universe: main.universe,
    anonymous: main.anonymous,
    signUp: (given) => main.signUp(given),
    operator: () => main.operator(),
    grant: (organizationId, actor, role) => main.grant(organizationId, actor, role),
    bearer: (token) => main.bearer(token),
    url: gateway.url,
    house,
    database,
    gateway,
    schema,
    clock,
    mails,
    log,
    inUniverse,
    settled: () => house.settled(),
    async facts(of = {}) {
      await house.settled();
      const range = { after: 0n, limit: 100_000, ...(of.types ? { types: of.types } : {}) };
      const all = await readFacts(database, range);
      return of.key === undefined ? all : all.filter((fact) => fact.key === of.key);
    },
    statements: (fn) => watch.statements(fn),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function testClock(): TestClock {
  let ahead = 0;
  return {
    now: () => new Date(Date.now() + ahead),
    turn: (milliseconds) => {
      ahead += milliseconds;
    },
    reset: () => {
      ahead = 0;
    },
  };
}
