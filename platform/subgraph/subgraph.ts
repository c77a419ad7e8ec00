import 'reflect-metadata';
import type { ForeignEntities } from '../declare/entities.ts';
import type { Permission } from '../access/permission.ts';
import type { Context } from '../context/context.ts';
import type { Migration } from '../database/migrations.ts';
import type { FactType } from '../facts/fact.ts';
import type { Reaction } from '../facts/reactions.ts';
import type { AnyNoun } from '../nouns/any-noun.ts';
import type { WorkerFactory } from '../work/worker.ts';
import type { HttpRoute } from './routes.ts';

export type AnyClass = abstract new (...args: never[]) => unknown;

/** A root field or extension that is declared once; its resolver classes are made when its OS is built. */
export interface Declared {
  /** The root field, or the type that is extended. */
  readonly name: string;
  build: (entities: ForeignEntities) => readonly AnyClass[];
}

/** A representation by which another subgraph refers to an entity of this one. */
export type Representation = Record<string, unknown> & { __typename: string };

/** An OS, described. Serving it, serving all in one process and testing it are three uses of this value. */
export interface SubgraphOptions {
  /** Lower case, also the Postgres schema: `assets`. */
  name: string;
  /** As people call it: `Assets`. */
  title: string;
  /** One or two sentences for the catalog. */
  description: string;
  resolvers?: readonly AnyClass[];
  /** Declared with `mutation` and `mutationOf`. */
  mutations?: readonly Declared[];
  /** Declared with `stream`. */
  streams?: readonly Declared[];
  /** Fields of entities of other OSes, declared with `extend`. */
  extensions?: readonly Declared[];
  /** The nouns whose GraphQL types are entities of the graph: they get keys, references and `node(id)`. */
  nouns?: readonly AnyNoun[];
  /** Stored things, nouns or not. */
  entities?: readonly AnyClass[];
  /** Object types that no resolver mentions: kinds of an interface, stubs of foreign entities. */
  types?: readonly AnyClass[];
  /** How representations are resolved where a noun's loader does not do it. */
  references?: Record<string, (reference: Representation, context: Context) => unknown>;
  permissions?: Readonly<Record<string, Permission>>;
  facts?: readonly FactType[];
  /**
   * After one of these facts, what routers know of the rights of the actor in its `actorId` no longer holds.
   */
  rightsFacts?: readonly FactType[];
  reactions?: readonly Reaction[];
  /** Facts that reactions or workers of the OS tell; all others are told by a mutation, which says so. */
  systemFacts?: readonly FactType[];
  migrations?: readonly Migration[];
  /** Work that no request waits for: deliveries, deadlines. The house starts and closes what these make. */
  workers?: readonly WorkerFactory[];
  /** What is answered besides GraphQL, such as pictures. */
  routes?: readonly HttpRoute[];
  /**
   * Forgets what is past its time; asked at the start and once an hour, as the OS itself, in every process that runs it, so
   * two may do it at once. A failure is logged, and the next hour tries again.
   */
  sweep?: (context: Context) => Promise<void>;
}

export type Subgraph = Readonly<
  Required<Omit<SubgraphOptions, 'permissions'>> & { permissions: Readonly<Record<string, Permission>> }
>;

/** Describes an OS and does nothing else; the boot checks run when it is built. */
export function defineSubgraph(options: SubgraphOptions): Subgraph {
  const nouns = options.nouns ?? [];
  return {
    resolvers: [],
    mutations: [],
    streams: [],
    extensions: [],
    nouns: [],
    types: [],
    references: {},
    permissions: {},
    facts: [],
    rightsFacts: [],
    reactions: [],
    systemFacts: [],
    migrations: [],
    workers: [],
    routes: [],
    sweep: () => Promise.resolve(),
    ...options,
    // A declared noun says itself in which entity it is stored.
    entities: [...new Set([...nouns.flatMap((noun) => noun.stored ?? []), ...(options.entities ?? [])])],
  };
}
