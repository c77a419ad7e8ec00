import type { SqlEntityManager } from '@mikro-orm/postgresql';
import DataLoader from 'dataloader';
import { holds, inScope, readScope, type Permission, type Permissions } from '../access/permission.ts';
import { Forbidden, NotFound, Unauthenticated, Unavailable } from '../errors/errors.ts';
import { assertOutside } from '../database/guard.ts';
import type { EmittedFact, FactType } from '../facts/fact.ts';
import type { FactHub } from '../facts/hub.ts';
import { Refusal } from '../change/refusal.ts';
import type { EnsembleError } from '../errors/errors.ts';
import type { Countries } from '../geo/countries.ts';
import type { Embedder } from '../embeddings/embedder.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { ChainsConfig } from '../outgoing/chains.ts';
import type { Outgoing } from '../outgoing/outgoing.ts';
import type { Sources } from '../outgoing/sources.ts';
import type { Logger } from '../telemetry/log.ts';
import { anonymous, type ActorSnapshot } from './actor.ts';
import type { Clock } from './clock.ts';
import type { RequestInfo } from './request.ts';
import type { Universes } from './universes.ts';

/** What an OS has at hand wherever it works; the same for all its requests. */
export interface Surroundings {
  os: string;
  permissions: Permissions;
  clock: Clock;
  log: Logger;
  hub: FactHub;
  /** A new entity manager of the OS, outside of any transaction. */
  fork(universe: string): SqlEntityManager;
  /** Secrets of the process that an OS may need (identity: the key that seals its signing keys). */
  secrets: Secrets;
  /** Where bytes are kept that are too big for the database. */
  objects?: ObjectStore;
  /** The universes whose requests are taken. */
  universes: Universes;
  /** In which country a network is. */
  countries: Countries;
  /** Makes vectors of texts; absent where this process has none, or where the database cannot keep vectors. */
  embedder?: Embedder;
  /** Calls servers that others name. */
  outgoing: Outgoing;
  /** From where files may be fetched. */
  sources: Sources;
  /** From which blockchains is read. */
  chains: ChainsConfig;
  /** Types of facts after which somebody may do more or less than before. */
  rightsFacts: ReadonlySet<string>;
  /** Every scope to which a key of the installation may be limited, in the order of its systems. */
  scopes: ReadonlySet<string>;
}

export interface Secrets {
  /** 32 bytes that seal what must not lie open in the database. */
  sealingKey: Uint8Array;
  /** Bytes that sign what anybody may carry about (links, cursors); the same in all processes of one house. Absent: the sealing key's own. */
  linkKey?: Uint8Array;
}

/**
 * One request in one OS: who asks, in which universe, at what time, with which rows already loaded. A fresh one for each
 * operation and for each event of a subscription. The actor is never read from anywhere else.
 */
export class Context {
  readonly universe: string;
  /** True in reactions and jobs: the OS itself acts, and its own rules do not ask for permission. */
  readonly system: boolean;
  /** The log position that every row read through this context includes. */
  readonly position: bigint;
  /** Whose rights this request has changed so far; its answer tells the router, which looks them up anew. */
  readonly rightsChanged = new Set<string>();
  protected readonly around: Surroundings;
  readonly #given: RequestInfo;
  #info: RequestInfo;
  /** Whether a mutation is at work. */
  protected acts = false;
  #unseeing: ActorSnapshot | null = null;
  #em: SqlEntityManager | null = null;
  #log: Logger | null = null;
  #loaders = new Map<unknown, DataLoader<string, unknown>>();
  readonly #signal: AbortSignal | null;

  constructor(
    around: Surroundings,
    info: RequestInfo,
    options: { system?: boolean; em?: SqlEntityManager; signal?: AbortSignal } = {},
  ) {
    this.#signal = options.signal ?? null;
    this.around = around;
    this.#given = info;
    this.#info = info;
    this.universe = info.universe;
    this.system = options.system ?? false;
    // Taken before anything is read: facts up to here are committed, so whatever is read from now on includes them.
    this.position = around.hub.position;
    this.#em = options.em ?? null;
  }

  get info(): RequestInfo {
    return this.#info;
  }

  /** Acts for an organization of the actor from here on; `null` acts for that of the request, if it names one. */
  actFor(organizationId: string | null): void {
    const info = organizationId === null ? this.#given : { ...this.#given, actingFor: organizationId };
    if (info.actingFor !== this.#info.actingFor) this.#loaders.clear();
    this.#info = info;
  }

  get os(): string {
    return this.around.os;
  }

  /** Carries the ids by which everything that one call set going is found again. */
  get log(): Logger {
    this.#log ??= this.around.log.child({ correlationId: this.info.correlationId, requestId: this.info.requestId });
    return this.#log;
  }

  get secrets(): Secrets {
    return this.around.secrets;
  }

  /** Whether this process has a place for bytes. */
  get keepsObjects(): boolean {
    return this.around.objects !== undefined;
  }

  /** Where bytes are kept. A mutation's `run` is refused it: it is outside of the database. */
  get objects(): ObjectStore {
    assertOutside('The store of objects');
    if (!this.around.objects) throw new Unavailable('This process keeps no objects.');
    return this.around.objects;
  }

  /** Every scope to which a key may be limited. */
  get scopes(): ReadonlySet<string> {
    return this.around.scopes;
  }

  get countries(): Countries {
    return this.around.countries;
  }

  /** Makes vectors of texts, not within a mutation's `run`. UNAVAILABLE where this process or its database can do nothing with them. */
  get embedder(): Embedder {
    assertOutside('The embedder');
    if (!this.around.embedder)
      throw new Unavailable('Nearness is not known here: it needs an embedder, and a database with pgvector.');
    return this.around.embedder;
  }

  /** From where files may be fetched. What is asked of them is asked outside of a transaction. */
  get sources(): Sources {
    return this.around.sources;
  }

  /** From which blockchains is read. */
  get chains(): ChainsConfig {
    return this.around.chains;
  }

  get hub(): FactHub {
    return this.around.hub;
  }

  /** The entity manager of this request; within a mutation's `run`, the one of its transaction. */
  get em(): SqlEntityManager {
    // GraphQL goes on to the last field of what it has begun; no field reads rows for an answer that nobody takes.
    if (this.#signal?.aborted) throw new Unavailable('Nobody waits for this answer any more.');
    this.#em ??= this.around.fork(this.universe);
    return this.#em;
  }

  /** Forgets every row read so far; the platform calls it after a commit, so that payloads show what was committed. */
  renew(): void {
    this.#em = null;
    this.#loaders.clear();
  }

  now(): Date {
    return this.around.clock.now();
  }

  /**
   * Who asks. A key without the scope to read here acts as whose it is, and sees what is there for everybody: outside of a
   * mutation's work it is nobody.
   */
  get actor(): ActorSnapshot {
    const { actor } = this.info;
    if (this.acts || this.system || inScope(actor, readScope(this.os))) return actor;
    return (this.#unseeing ??= { ...anonymous(this.universe), kind: actor.kind });
  }

  /** The id of whoever is signed in; UNAUTHENTICATED when nobody is, FORBIDDEN for a key without the scope to read. */
  get actorId(): string {
    if (this.info.actor.id === null) throw new Unauthenticated();
    const { id } = this.actor;
    if (id === null) throw new Forbidden(`This key is limited, and "${readScope(this.os)}" is not among its scopes.`);
    return id;
  }

  /** Does the work of a mutation, in which a limited key is whose it is; what the answer shows is read after it. */
  async acting<R>(work: () => Promise<R>): Promise<R> {
    this.acts = true;
    try {
      return await work();
    } finally {
      this.acts = false;
    }
  }

  /** Whether the actor holds a permission of this OS, over what `ownerId` owns when given. */
  can(permission: string, ownerId?: string | null): boolean {
    return this.system || holds(this.actor, this.permission(permission), ownerId);
  }

  protected permission(name: string): Permission {
    const permission = this.around.permissions[name];
    if (!permission) throw new Error(`${this.os} declares no permission "${name}"`);
    return permission;
  }

  /** The loader kept under `key` for the length of this request. */
  loader<V>(key: unknown, make: () => DataLoader<string, V>): DataLoader<string, V> {
    let loader = this.#loaders.get(key);
    if (!loader) {
      loader = make() as DataLoader<string, unknown>;
      this.#loaders.set(key, loader);
    }
    return loader as DataLoader<string, V>;
  }

  /** What `find` has for an id. All ids that are looked up under one key in one turn are found by one call, at most 1,000 of them. */
  lookUp<V>(
    key: unknown,
    id: string,
    find: (ids: string[]) => Promise<ReadonlyMap<string, V>>,
  ): Promise<V | undefined> {
    const all = async (ids: readonly string[]): Promise<(V | undefined)[]> => {
      const found = await find([...ids]);
      return ids.map((each) => found.get(each));
    };
    return this.loader<V | undefined>(key, () => new DataLoader(all, { maxBatchSize: 1000 })).load(id);
  }

  /** The cursor from which `subscribe(after:)` goes on without loss from what this request answers. */
  get liveCursor(): string {
    return this.hub.cursorAt(this.position);
  }
}

/** The context of a mutation's or reaction's `run`: one transaction, database only, two seconds at most. */
export class Transaction extends Context {
  readonly facts: EmittedFact[] = [];
  /** Permissions about which a decision was made; a mutation whose own is not among them is a programmer's error. */
  readonly decided = new Set<string>();
  /** What the calls of one group know together: it lives as long as their one transaction. */
  readonly shared: Map<unknown, unknown>;

  constructor(
    around: Surroundings,
    info: RequestInfo,
    options: { system?: boolean; em?: SqlEntityManager; shared?: Map<unknown, unknown> } = {},
  ) {
    super(around, info, options);
    this.acts = true;
    this.shared = options.shared ?? new Map<unknown, unknown>();
  }

  /** Tells a fact. It becomes a row in the same transaction. */
  emit<P>(type: FactType<P>, key: string, payload: P): void {
    this.facts.push({ type: type as FactType, key, payload });
  }

  /**
   * Decides a permission over what `ownerId` owns. Refuses with FORBIDDEN; call it only for things that the actor can see,
   * since what is not visible must answer NOT_FOUND.
   */
  must(permission: string, ownerId: string | null): void {
    this.decided.add(permission);
    if (this.actor.id === null && !this.system) throw new Unauthenticated();
    if (!this.can(permission, ownerId))
      throw new Forbidden(`You may not do this: it needs "${permission}" over what it touches.`);
  }

  /** Answers an error, and with `keep` commits what was written before, so that a failed attempt is remembered. */
  refuse(error: EnsembleError, options: { keep: boolean } = { keep: false }): never {
    throw options.keep ? new Refusal(error) : error;
  }

  /** The thing, or NOT_FOUND with the path of the id that names it. */
  found<T>(thing: T | null | undefined, path: string[] = []): T {
    if (thing === null || thing === undefined) throw new NotFound(undefined, path.length ? { path } : {});
    return thing;
  }
}
