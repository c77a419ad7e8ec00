import 'reflect-metadata';
import type { Permission } from '../access/permission.ts';
import type { Context } from '../context/context.ts';
import type { Migration } from '../database/migrations.ts';
import type { FactType } from '../facts/fact.ts';
import type { Reaction } from '../facts/reactions.ts';
import type { AnyNoun } from '../nouns/any-noun.ts';
import type { WorkerFactory } from '../work/worker.ts';
import type { AnyClass } from '../declare/any-class.ts';
import type { Declared } from '../declare/declared.ts';
import type { HttpRoute } from '../http/routes.ts';

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
  /**
   * Modules, as `import * as` gives them: what they export of nouns, mutations, queries, streams, extensions and facts is part of
   * the OS.
   * Other exports are left alone.
   */
  modules?: readonly object[];
  /** Resolvers that are written by hand. */
  resolvers?: readonly AnyClass[];
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
  Required<Omit<SubgraphOptions, 'permissions' | 'modules'>> & {
    permissions: Readonly<Record<string, Permission>>;
    declared: readonly Declared[];
  }
>;

/** Describes an OS and does nothing else; the boot checks run when it is built. */
export function defineSubgraph({ modules = [], ...options }: SubgraphOptions): Subgraph {
  const exported = new Set(modules.flatMap(exportsOf));
  const nouns = [...new Set([...[...exported].filter(isNoun), ...(options.nouns ?? [])])];
  return {
    resolvers: [],
    types: [],
    references: {},
    permissions: {},
    rightsFacts: [],
    reactions: [],
    systemFacts: [],
    migrations: [],
    workers: [],
    routes: [],
    sweep: () => Promise.resolve(),
    ...options,
    nouns,
    facts: [...new Set([...[...exported].filter(isFact), ...(options.facts ?? [])])],
    declared: [...exported].filter(isDeclared),
    // A declared noun says itself in which entity it is stored.
    entities: [...new Set([...nouns.flatMap((noun) => noun.stored ?? []), ...(options.entities ?? [])])],
  };
}

/** What a module exports in the order of its names, which not every loader keeps. */
function exportsOf(module: object): unknown[] {
  const named = Object.entries(module) as [name: string, value: unknown][];
  return named.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

/** A noun that is an entity of the graph; its variants are not. */
function isNoun(value: unknown): value is AnyNoun {
  return isBuildable(value) && 'load' in value && !(value as AnyNoun).isVariant;
}

function isDeclared(value: unknown): value is Declared {
  return isBuildable(value) && !('load' in value);
}

/** What `fact` declares. */
function isFact(value: unknown): value is FactType {
  return typeof value === 'object' && value !== null && 'sentence' in value && 'payload' in value;
}

function isBuildable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && 'build' in value;
}
