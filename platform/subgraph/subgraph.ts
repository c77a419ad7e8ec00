import 'reflect-metadata';
import type { SchemaAudience } from '../access/audiences.ts';
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

/** The description of an OS. Serving it alone, serving all in one process and testing it are three uses of this value. */
export interface SubgraphOptions {
  /** Lower case, also the Postgres schema: `assets`. */
  name: string;
  /** Its name for people: `Assets`. */
  title: string;
  /** One or two sentences for the catalog. */
  description: string;
  /**
   * Modules, imported by `import * as`: the nouns, mutations, queries, streams, extensions and facts that they export are part of
   * the OS. Other exports are ignored.
   */
  modules?: readonly object[];
  /** Handwritten resolvers. */
  resolvers?: readonly AnyClass[];
  /** The nouns whose GraphQL types are entities of the graph: they get keys, references and `node(id)`. */
  nouns?: readonly AnyNoun[];
  /** Prefixes of ids that clients see of something without a noun, with its name: `{ upl: 'MediaUpload' }`. */
  idPrefixes?: Readonly<Record<string, string>>;
  /** All stored entities, also those without a noun. */
  entities?: readonly AnyClass[];
  /** Object types that no resolver mentions: implementations of an interface, stubs of foreign entities. */
  types?: readonly AnyClass[];
  /** Resolves representations of entities without a noun, by type name. */
  references?: Record<string, (reference: Representation, context: Context) => unknown>;
  permissions?: Readonly<Record<string, Permission>>;
  /**
   * The audiences whose schemas have a root field, where they do not follow from who may use it (`Mutation.bidPlace`); and the only ones
   * whose schemas have a type (`AccountMail`), or a field of one.
   */
  audiences?: Readonly<Record<string, readonly SchemaAudience[]>>;
  facts?: readonly FactType[];
  /** Facts that change the rights of the actor in their `actorId`: routers then drop the rights that they have cached. */
  rightsFacts?: readonly FactType[];
  reactions?: readonly Reaction[];
  /** All facts that reactions or workers of the OS emit; they cannot emit others. Mutations declare their own in `tells`. */
  systemFacts?: readonly FactType[];
  migrations?: readonly Migration[];
  /** Background work such as deliveries and deadlines. The house starts and closes the workers. */
  workers?: readonly WorkerFactory[];
  /** HTTP routes besides GraphQL, such as pictures. */
  routes?: readonly HttpRoute[];
  /**
   * Deletes expired data, as the OS itself. Runs at the start and once an hour in every process of the OS, so two may run at once. A
   * failure is logged, and retried after an hour.
   */
  sweep?: (context: Context) => Promise<void>;
}

export type Subgraph = Readonly<
  Required<Omit<SubgraphOptions, 'permissions' | 'modules'>> & {
    permissions: Readonly<Record<string, Permission>>;
    declared: readonly Declared[];
    /** Nouns that show the rows of others with another visibility. */
    variants: readonly AnyNoun[];
  }
>;

/** Describes an OS without side effects; the boot checks run when it is built. */
export function defineSubgraph({ modules = [], ...options }: SubgraphOptions): Subgraph {
  const exported = new Set(modules.flatMap(exportsOf));
  const nouns = [...new Set([...[...exported].filter(isNoun), ...(options.nouns ?? [])])];
  return {
    resolvers: [],
    types: [],
    references: {},
    idPrefixes: {},
    permissions: {},
    audiences: {},
    rightsFacts: [],
    reactions: [],
    systemFacts: [],
    migrations: [],
    workers: [],
    routes: [],
    sweep: () => Promise.resolve(),
    ...options,
    nouns,
    variants: [...exported].filter((value) => isAnyNoun(value) && value.isVariant === true) as AnyNoun[],
    facts: [...new Set([...[...exported].filter(isFact), ...(options.facts ?? [])])],
    declared: [...exported].filter(isDeclared),
    // A declared noun names the entity that stores it.
    entities: [...new Set([...nouns.flatMap((noun) => noun.stored ?? []), ...(options.entities ?? [])])],
  };
}

/** The exports of a module, sorted by name: not every loader keeps that order. */
function exportsOf(module: object): unknown[] {
  const named = Object.entries(module) as [name: string, value: unknown][];
  return named.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

/** Whether it is a noun that is an entity of the graph; variants are not. */
function isNoun(value: unknown): value is AnyNoun {
  return isAnyNoun(value) && !value.isVariant;
}

function isAnyNoun(value: unknown): value is AnyNoun {
  return isBuildable(value) && 'load' in value;
}

function isDeclared(value: unknown): value is Declared {
  return isBuildable(value) && !('load' in value);
}

/** Whether it was declared by `fact`. */
function isFact(value: unknown): value is FactType {
  return typeof value === 'object' && value !== null && 'sentence' in value && 'payload' in value;
}

function isBuildable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && 'build' in value;
}
