import { createHash } from 'node:crypto';
import { Supergraph, type Schema } from '@apollo/federation-internals';
import { QueryPlanner, type QueryPlan } from '@apollo/query-planner';
import type { ServiceMap } from '@apollo/gateway';
import type { GatewayExecutor } from '@apollo/server-gateway-interface';
import {
  assertValidSchema,
  Kind,
  parse,
  printSchema,
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { SubscriptionPlan } from '../subscriptions/plan.ts';
import { readNotes, type SupergraphNotes } from './notes.ts';

/**
 * One supergraph, ready to plan and execute. A value never changes but for its caches: an operation that began on it ends on
 * it, whatever has taken its place meanwhile.
 */
export interface SupergraphValue {
  readonly sdl: string;
  /** SHA-256 of the SDL, in hex. */
  readonly hash: string;
  readonly subgraphs: readonly string[];
  readonly api: Schema;
  readonly apiSchema: GraphQLSchema;
  /** What clients may see, as SDL. */
  readonly apiSdl: string;
  readonly supergraphSchema: GraphQLSchema;
  /** The types that a subgraph answers by a key, for which it may answer that there is none. */
  readonly entities: ReadonlySet<string>;
  readonly notes: SupergraphNotes;
  readonly planner: QueryPlanner;
  readonly services: ServiceMap;
  readonly plans: LRUCache<string, QueryPlan>;
  readonly subscriptionPlans: LRUCache<string, SubscriptionPlan>;
  /** Parsed documents by their text, with what validation said once it was asked. */
  readonly documents: LRUCache<string, KnownDocument>;
  readonly execute: GatewayExecutor;
  stop(): Promise<void>;
}

export interface KnownDocument {
  readonly document: DocumentNode;
  /** `undefined` until somebody validated it. */
  errors: readonly GraphQLError[] | undefined;
}

/** Plans kept per value: a client has some dozens of operations; a thousand plans are about 20 MB. */
const mostPlans = 1_000;
/** Characters of query text that stand behind kept plans and documents, so that a few giants cannot fill the memory. */
const heaviestTexts = 4_000_000;

export type Parts = Omit<SupergraphValue, 'execute' | 'stop'>;

/** Reads supergraph SDL. Throws when it is not a supergraph; nothing is kept of it then. */
export function readSupergraph(sdl: string, services: (name: string) => ServiceMap[string]): Parts {
  const supergraph = Supergraph.build(sdl);
  const api = supergraph.apiSchema();
  const apiSchema = api.toGraphQLJSSchema();
  assertValidSchema(apiSchema);
  const subgraphs = [...supergraph.subgraphsMetadata()].map((subgraph) => subgraph.name);
  return {
    sdl,
    hash: createHash('sha256').update(sdl).digest('hex'),
    subgraphs,
    api,
    apiSchema,
    apiSdl: printSchema(apiSchema),
    supergraphSchema: supergraph.schema.toGraphQLJSSchema(),
    entities: entitiesOf(sdl),
    notes: readNotes(sdl),
    planner: new QueryPlanner(supergraph),
    services: Object.fromEntries(subgraphs.map((name) => [name, services(name)])),
    plans: new LRUCache({ max: mostPlans, maxSize: heaviestTexts }),
    subscriptionPlans: new LRUCache({ max: mostPlans, maxSize: heaviestTexts }),
    documents: new LRUCache({ max: mostPlans, maxSize: heaviestTexts }),
  };
}

/** `@join__type(graph: …, key: …)` marks them. */
function entitiesOf(sdl: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const definition of parse(sdl, { noLocation: true }).definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    const keyed = definition.directives?.some(
      ({ name, arguments: given }) =>
        name.value === 'join__type' && given?.some((argument) => argument.name.value === 'key'),
    );
    if (keyed) found.add(definition.name.value);
  }
  return found;
}
