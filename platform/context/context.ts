import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type DataLoader from 'dataloader';
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

/** The services of an OS; the same for all its requests. */
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
  /** Stores bytes that are too big for the database. */
  objects?: ObjectStore;
  /** The universes whose requests are accepted. */
  universes: Universes;
  /** Maps networks to countries. */
  countries: Countries;
  /** Makes vectors of texts; absent if none is configured or the database cannot store vectors. */
  embedder?: Embedder;
  /** Calls servers that users name. */
  outgoing: Outgoing;
  /** The sources that files may be fetched from. */
  sources: Sources;
  /** The blockchains to read from. */
  chains: ChainsConfig;
  /** Types of facts that change an actor's rights. */
  rightsFacts: ReadonlySet<string>;
  /** Every fact of the OS. */
  facts: ReadonlySet<FactType>;
  /** Those that its reactions and workers tell. */
  systemFacts: ReadonlySet<FactType>;
  /** Every scope to which a key of the installation may be limited, in the order of its systems. */
  scopes: ReadonlySet<string>;
}

export interface Secrets {
  /** 32 bytes that seal secrets in the database. */
  sealingKey: Uint8Array;
  /** Signs what clients hold (links, cursors); the same in all processes of one house. Absent: derived from the sealing key. */
  linkKey?: Uint8Array;
}

/**
 * One request in one OS: the actor, the universe, the time and the rows already loaded. A new one for each operation and for each
 * event of a subscription. The actor is never read from anywhere else.
 */
export class Context {
  readonly universe: string;
  /** True in reactions and jobs: the OS itself acts, and its rules check no permission. */
  readonly system: boolean;
  /** The log position that every row read through this context includes. */
  readonly position: bigint;
  /** Actors whose rights this request has changed so far; its answer names them, and the router reloads them. */
  readonly rightsChanged = new Set<string>();
  #isIncomplete = false;
  protected readonly around: Surroundings;
  readonly #given: RequestInfo;
  #info: RequestInfo;
  /** Whether a mutation's work is running. */
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
    // Taken before anything is read: facts up to here are committed, so every later read includes them.
    this.position = around.hub.position;
    this.#em = options.em ?? null;
  }

  get info(): RequestInfo {
    return this.#info;
  }

  /** Acts for an organization of the actor from now on; `null` returns to that of the request, if it names one. */
  actFor(organizationId: string | null): void {
    const info = organizationId === null ? this.#given : { ...this.#given, actingFor: organizationId };
    if (info.actingFor !== this.#info.actingFor) this.#loaders.clear();
    this.#info = info;
  }

  get os(): string {
    return this.around.os;
  }

  /** A logger with the ids that connect everything caused by one call. */
  get log(): Logger {
    this.#log ??= this.around.log.child({ correlationId: this.info.correlationId, requestId: this.info.requestId });
    return this.#log;
  }

  get secrets(): Secrets {
    return this.around.secrets;
  }

  /** Whether this process stores objects. */
  get keepsObjects(): boolean {
    return this.around.objects !== undefined;
  }

  /** The object store. Not available in a mutation's `run`, since it is outside of the database. */
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

  /** Makes vectors of texts, not within a mutation's `run`. UNAVAILABLE if there is no embedder or the database has no vectors. */
  get embedder(): Embedder {
    assertOutside('The embedder');
    if (!this.around.embedder)
      throw new Unavailable('Similarity is not available here: it needs an embedder, and a database with pgvector.');
    return this.around.embedder;
  }

  /** The sources that files may be fetched from. They are called outside of a transaction. */
  get sources(): Sources {
    return this.around.sources;
  }

  /** The blockchains to read from. */
  get chains(): ChainsConfig {
    return this.around.chains;
  }

  get hub(): FactHub {
    return this.around.hub;
  }

  /** The entity manager of this request; within a mutation's `run`, the one of its transaction. */
  get em(): SqlEntityManager {
    // GraphQL runs all fields it has started to the end; after an abort none of them reads rows.
    if (this.#signal?.aborted) throw new Unavailable('The request was aborted.');
    this.#em ??= this.around.fork(this.universe);
    return this.#em;
  }

  /** Forgets all loaded rows; the platform calls it after a commit, so that payloads show what was committed. */
  renew(): void {
    this.#em = null;
    this.#loaders.clear();
  }

  now(): Date {
    return this.around.clock.now();
  }

  /** The actor. A key without the scope to read here acts as its actor, but sees only public data: outside of a mutation's work it is anonymous. */
  get actor(): ActorSnapshot {
    const { actor } = this.info;
    if (this.acts || this.system || inScope(actor, readScope(this.os))) return actor;
    return (this.#unseeing ??= { ...anonymous(this.universe), kind: actor.kind });
  }

  /** Records that rows may have been left out, of a noun whose rows only some viewers see. */
  leaveOut(): void {
    this.#isIncomplete ||= this.actor.id === null;
  }

  /** Whether a viewer who has signed in may get more than this answer for one who has not. */
  get isIncomplete(): boolean {
    return this.#isIncomplete;
  }

  /** The id of the signed-in actor; UNAUTHENTICATED if there is none, FORBIDDEN for a key without the scope to read. */
  get actorId(): string {
    if (this.info.actor.id === null) throw new Unauthenticated();
    const { id } = this.actor;
    if (id === null) throw new Forbidden(`This key is limited, and "${readScope(this.os)}" is not among its scopes.`);
    return id;
  }

  /** Runs a mutation's work, in which a limited key acts as its actor; the answer is read after it, without that right. */
  async acting<R>(work: () => Promise<R>): Promise<R> {
    this.acts = true;
    try {
      return await work();
    } finally {
      this.acts = false;
    }
  }

  /** Whether the actor holds a permission of this OS, over what `ownerId` owns if given. */
  can(permission: string, ownerId?: string | null): boolean {
    return this.system || holds(this.actor, this.permission(permission), ownerId);
  }

  protected permission(name: string): Permission {
    const permission = this.around.permissions[name];
    if (!permission) throw new Error(`${this.os} declares no permission "${name}"`);
    return permission;
  }

  /** The loader kept under `key` for the duration of this request. */
  loader<V>(key: unknown, make: () => DataLoader<string, V>): DataLoader<string, V> {
    let loader = this.#loaders.get(key);
    if (!loader) {
      loader = make() as DataLoader<string, unknown>;
      this.#loaders.set(key, loader);
    }
    return loader as DataLoader<string, V>;
  }

  /** The cursor from which `subscribe(after:)` continues without loss after this request's answer. */
  get liveCursor(): string {
    return this.hub.cursorAt(this.position);
  }
}

interface TransactionOptions {
  /** Of the mutation or reaction, or what the worker calls it. */
  name: string;
  /** The facts that it may tell. */
  tells: ReadonlySet<FactType>;
  system?: boolean;
  em?: SqlEntityManager;
  shared?: Map<unknown, unknown>;
}

/** The context of a mutation's or reaction's `run`: one transaction, database only, two seconds at most. */
export class Transaction extends Context {
  readonly facts: EmittedFact[] = [];
  /** Permissions that were checked; a mutation whose own is not among them is a programming error. */
  readonly decided = new Set<string>();
  /** State shared by the calls of one group; it lives as long as their transaction. */
  readonly shared: Map<unknown, unknown>;
  readonly #name: string;
  readonly #tells: ReadonlySet<FactType>;

  constructor(around: Surroundings, info: RequestInfo, options: TransactionOptions) {
    super(around, info, options);
    this.#name = options.name;
    this.#tells = options.tells;
    this.acts = true;
    this.shared = options.shared ?? new Map<unknown, unknown>();
  }

  /** Emits a fact, which the mutation's `tells` or the OS's `systemFacts` must name. It becomes a row in the same transaction. */
  emit<P>(type: FactType<P>, key: string, payload: P): void {
    if (!this.#tells.has(type as FactType)) throw new Error(this.#undeclared(type as FactType));
    this.facts.push({ type: type as FactType, key, payload });
  }

  #undeclared(fact: FactType): string {
    const list = this.system ? `\`systemFacts\` of ${this.os}` : `\`tells\` of ${this.#name}`;
    const also = this.around.facts.has(fact)
      ? ''
      : `, and export it from a module of ${this.os} or list it in its \`facts\``;
    return `${this.#name} tells the fact "${fact.type}", which it does not declare: list it in ${list}${also}.`;
  }

  /**
   * Checks a permission over what `ownerId` owns. Refuses with FORBIDDEN; call it only for things that the actor can see,
   * since anything not visible must answer NOT_FOUND.
   */
  must(permission: string, ownerId: string | null): void {
    this.decided.add(permission);
    if (this.actor.id === null && !this.system) throw new Unauthenticated();
    if (!this.can(permission, ownerId))
      throw new Forbidden(`You may not do this: it needs "${permission}" over what it touches.`);
  }

  /** Answers an error; with `keep` commits what was written before, so that a failed attempt is recorded. */
  refuse(error: EnsembleError, options: { keep: boolean } = { keep: false }): never {
    throw options.keep ? new Refusal(error) : error;
  }

  /** The given value, or NOT_FOUND with the path of the id that names it. */
  found<T>(thing: T | null | undefined, path: string[] = []): T {
    if (thing === null || thing === undefined) throw new NotFound(undefined, path.length ? { path } : {});
    return thing;
  }
}
