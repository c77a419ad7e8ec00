import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { readConfig } from '../../gateway/config.ts';
import { startGateway, type Gateway } from '../../gateway/server.ts';
import type { OrganizationRole, PlatformRole } from '../../platform/context/actor.ts';
import { defaultUniverse } from '../../platform/context/actor.ts';
import type { Clock } from '../../platform/context/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import type { StampedFact } from '../../platform/facts/fact.ts';
import { readFacts } from '../../platform/facts/log.ts';
import { openHouse, type House } from '../../platform/subgraph/house.ts';
import type { SubgraphService } from '../../platform/subgraph/service.ts';
import { composeSupergraph } from '../../schema/contracts.ts';
import { rightsFacts } from '../../subgraphs/identity/events.ts';
import { subgraphs } from '../../subgraphs/index.ts';
import {
  describeErrors,
  headOf,
  type Answer,
  type AnswerError,
  type AskOptions,
  type Client,
  type Person,
  type WholeAnswer,
} from './client.ts';
import { coordinatesOf } from './coordinates.ts';
import { subscribeLive, type Live } from './live.ts';
import { note } from './proofs.ts';
import { freshDatabase } from './template.ts';
import { Supergraph } from '@apollo/federation-internals';
import type { GraphQLSchema } from 'graphql';

export type { Answer, AnswerError, Client, Person, WholeAnswer } from './client.ts';
export type { Live } from './live.ts';

export interface WorldOptions {
  /** Default `embedded`; `postgres` only in a file called `*.pg.test.ts`. */
  database?: 'embedded' | 'postgres';
  /** Settings of the gateway, as its environment names them. */
  env?: Record<string, string>;
}

/** The clock of the house in a test; it runs, and can be turned. The gateway reads tokens by the real one. */
export interface TestClock extends Clock {
  /** Turns the hands by so many milliseconds, backward with a negative number. */
  turn(milliseconds: number): void;
  /** Back to the real time. */
  reset(): void;
}

export interface SignUp {
  displayName?: string;
  /** The name of an organization to found, of which the person is then the owner. */
  organization?: string;
  platformRoles?: PlatformRole[];
  email?: string;
}

/** What can be done in one universe of a world. */
export interface UniverseOfWorld {
  readonly universe: string;
  /** Somebody who has not signed in. */
  readonly anonymous: Client;
  signUp(options?: SignUp): Promise<Person>;
  /** Somebody with the platform role OPERATOR, the same one at each call. */
  operator(): Promise<Person>;
  /** Gives somebody a role in an organization, and waits until it holds. */
  grant(organizationId: string, actor: { id: string }, role: OrganizationRole): Promise<void>;
  /** A client with this bearer token or service key. */
  bearer(token: string): Client;
}

/** A small world: every OS of the registry on a fresh database, behind the real gateway, in this process. */
export interface World extends UniverseOfWorld, AsyncDisposable {
  readonly url: string;
  readonly house: House;
  readonly database: Database;
  readonly gateway: Gateway;
  /** The schema that clients see. */
  readonly schema: GraphQLSchema;
  readonly clock: TestClock;
  /** What was logged as a warning or worse. */
  readonly log: readonly Record<string, unknown>[];
  /** Another universe of the same world. */
  inUniverse(universe: string): UniverseOfWorld;
  /** Resolves when every fact was handed on and reacted to, and the gateway knows of changed rights. */
  settled(): Promise<void>;
  /** The facts so far, oldest first, of some types or about one key. */
  facts(of?: { types?: string[]; key?: string }): Promise<StampedFact<Answer>[]>;
  /**
   * The SQL statements that the OSes send for what `fn` asks. Left out: BEGIN and COMMIT; the relay, reactions and streams;
   * and the gateway's own questions (who is this), whose answers it keeps for five seconds.
   */
  statements(fn: () => Promise<unknown>): Promise<string[]>;
  close(): Promise<void>;
}

let composed: { sdl: string; schema: GraphQLSchema } | undefined;

/** The supergraph of the registry, composed once per test file. */
export function registrySupergraph(): { sdl: string; schema: GraphQLSchema } {
  if (!composed) {
    const sdl = composeSupergraph(subgraphs);
    composed = { sdl, schema: Supergraph.build(sdl).apiSchema().toGraphQLJSSchema() };
  }
  return composed;
}

/** Opens a world; close it in `afterAll`. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const { sdl, schema } = registrySupergraph();
  const log: Record<string, unknown>[] = [];
  const logger = pino(
    { level: 'warn' },
    { write: (line: string) => void log.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const clock = testClock();
  const fresh = await freshDatabase(options.database ?? 'embedded', subgraphs);
  const { database } = fresh;
  const house = await openHouse({
    subgraphs,
    database,
    secrets: { sealingKey: new Uint8Array(32).fill(7) },
    log: logger,
    clock,
    migrate: false,
  });
  const watch = new Watch(database);
  const gateway = await startGateway({
    config: readConfig({ PORT: '0', CONSOLE_DIR: '/nonexistent', ...options.env }, []),
    services: house.services.map((service) => watch.watched(service)),
    supergraphSdl: sdl,
    log: logger,
  });
  const unhear = house.hub.hear(
    rightsFacts.map(({ type }) => type),
    (batch) => batch.forEach((fact) => gateway.dropActor(fact.key)),
  );

  const universes = new Map<string, UniverseOfWorld>();
  const inUniverse = (universe: string): UniverseOfWorld => {
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

/** Stands between gateway and OSes: records statements, and knows which streams are still being opened. */
class Watch {
  readonly #database: Database;
  #recording: string[] | null = null;
  opening = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  watched(service: SubgraphService): SubgraphService {
    return {
      name: service.name,
      execute: async (request) => {
        const recording = this.#recording;
        // The id under which the gateway asks for itself.
        if (!recording || request.info.actor.id === 'svc_gateway') return service.execute(request);
        let result: Awaited<ReturnType<SubgraphService['execute']>> | undefined;
        const texts = await this.#database.statements.record(async () => {
          result = await service.execute(request);
        });
        recording.push(...texts.filter((text) => !/^(begin|commit|rollback)\b/i.test(text)));
        return result as NonNullable<typeof result>;
      },
      subscribe: async (request) => {
        this.opening += 1;
        try {
          return await service.subscribe(request);
        } finally {
          this.opening -= 1;
        }
      },
    };
  }

  async statements(fn: () => Promise<unknown>): Promise<string[]> {
    if (this.#recording) throw new Error('Statements are being recorded already.');
    const recording: string[] = [];
    this.#recording = recording;
    try {
      await fn();
    } finally {
      this.#recording = null;
    }
    return recording;
  }
}

interface Surroundings {
  gateway: Gateway;
  schema: GraphQLSchema;
  log: readonly Record<string, unknown>[];
  universe: string;
  token: string | null;
  watch: Watch;
}

class GatewayClient implements Client {
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  async answer<T = Answer>(
    operation: string,
    variables: Record<string, unknown> = {},
    options: AskOptions = {},
  ): Promise<WholeAnswer<T>> {
    const { gateway, schema } = this.#around;
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.#credentials(options), ...options.headers },
      body: JSON.stringify({ query: operation, variables }),
    });
    const body = (await response.json()) as { data?: T | null; errors?: AnswerError[] };
    const { data = null, errors = [] } = body;
    note(coordinatesOf(schema, operation, variables, data as Record<string, unknown> | null));
    return { status: response.status, headers: response.headers, data, errors };
  }

  async ask<T = Answer>(operation: string, variables?: Record<string, unknown>, options?: AskOptions): Promise<T> {
    const { data, errors } = await this.answer<T>(operation, variables, options);
    if (errors.length > 0) {
      throw new Error(`"${headOf(operation)}" answered errors:\n${describeErrors(errors, this.#around.log)}`);
    }
    return data as T;
  }

  async askForErrors(
    operation: string,
    variables?: Record<string, unknown>,
    options?: AskOptions,
  ): Promise<AnswerError[]> {
    const { data, errors } = await this.answer(operation, variables, options);
    if (errors.length === 0) throw new Error(`"${headOf(operation)}" should fail and answered ${JSON.stringify(data)}`);
    return errors;
  }

  async subscribe<T = Answer>(
    operation: string,
    variables: Record<string, unknown> = {},
    options: AskOptions = {},
  ): Promise<Live<T>> {
    const { gateway, schema, watch } = this.#around;
    const before = gateway.open().subscriptions;
    const live = subscribeLive<T>(
      gateway.url,
      this.#credentials(options),
      { query: operation, variables },
      (data) => note(coordinatesOf(schema, operation, variables, data)),
    );
    let over = false;
    void live.ended().then(
      () => (over = true),
      () => (over = true),
    );
    const patience = Date.now() + 5_000;
    // The protocol has no word for "begun": the gateway counts the subscription, and asks the OS in the same turn.
    while (!over && (gateway.open().subscriptions <= before || watch.opening > 0)) {
      if (Date.now() > patience) throw new Error(`"${headOf(operation)}" did not begin.`);
      await sleep(2);
    }
    return live;
  }

  #credentials({ actingFor, universe = this.#around.universe }: AskOptions): Record<string, string> {
    const { token } = this.#around;
    return {
      universe,
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(actingFor === undefined ? {} : { 'acting-for': actingFor }),
    };
  }
}

class Universe implements UniverseOfWorld {
  readonly universe: string;
  readonly anonymous: Client;
  readonly #clientFor: (universe: string, token: string | null) => Client;
  readonly #database: Database;
  readonly #settled: () => Promise<void>;
  #operator: Promise<Person> | undefined;

  constructor(
    universe: string,
    clientFor: (universe: string, token: string | null) => Client,
    database: Database,
    settled: () => Promise<void>,
  ) {
    this.universe = universe;
    this.anonymous = clientFor(universe, null);
    this.#clientFor = clientFor;
    this.#database = database;
    this.#settled = settled;
  }

  bearer(token: string): Client {
    return this.#clientFor(this.universe, token);
  }

  operator(): Promise<Person> {
    return (this.#operator ??= this.#makeOperator());
  }

  /** The first operator of an installation comes from outside of the graph: nobody is there to appoint one. */
  async #makeOperator(): Promise<Person> {
    const person = await this.signUp({ displayName: 'Olga Operator' });
    await this.#database.query(
      `update identity.actors set platform_roles = '{OPERATOR}', rights_version = rights_version + 1 where id = $1`,
      [person.id],
    );
    return person;
  }

  async grant(organizationId: string, actor: { id: string }, role: OrganizationRole): Promise<void> {
    const operator = await this.operator();
    await operator.ask(
      'mutation ($input: MembershipGrantInput!) { membershipGrant(input: $input) { membership { id } } }',
      { input: { organizationId, actorId: actor.id, role } },
    );
    await this.#settled();
  }

  async signUp(options: SignUp = {}): Promise<Person> {
    const unique = randomUUID();
    const email = options.email ?? `${unique}@example.org`;
    const password = `correct horse ${unique}`;
    const displayName = options.displayName ?? 'Ann Example';
    const { userSignUp } = await this.anonymous.ask(
      'mutation ($input: UserSignUpInput!) { userSignUp(input: $input) { accessToken refreshToken user { id } } }',
      { input: { email, password, displayName } },
    );
    const { accessToken, refreshToken, user } = userSignUp as Answer;
    const client = this.bearer(accessToken as string);
    let organizationId: string | null = null;
    if (options.organization !== undefined) {
      const { organizationCreate } = await client.ask(
        'mutation ($input: OrganizationCreateInput!) { organizationCreate(input: $input) { organization { id } } }',
        { input: { displayName: options.organization } },
      );
      organizationId = organizationCreate.organization.id as string;
    }
    if (options.platformRoles) {
      const operator = await this.operator();
      await operator.ask(
        'mutation ($input: PlatformRoleSetInput!) { platformRoleSet(input: $input) { actor { id } } }',
        { input: { actorId: user.id, roles: options.platformRoles } },
      );
    }
    await this.#settled();
    return {
      id: user.id as string,
      email,
      password,
      displayName,
      accessToken: accessToken as string,
      refreshToken: refreshToken as string,
      organizationId,
      ask: (...asked) => client.ask(...asked),
      askForErrors: (...asked) => client.askForErrors(...asked),
      answer: (...asked) => client.answer(...asked),
      subscribe: (...asked) => client.subscribe(...asked),
    };
  }
}
