import { createHash } from 'node:crypto';
import { Supergraph, type Schema } from '@apollo/federation-internals';
import { QueryPlanner, type QueryPlan } from '@apollo/query-planner';
import type { ServiceMap } from '@apollo/gateway';
import type { GatewayExecutor } from '@apollo/server-gateway-interface';
import {
  assertValidSchema,
  buildASTSchema,
  Kind,
  parse,
  printSchema,
  visit,
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { SubscriptionPlan } from '../subscriptions/plan.ts';
import { neverKnown, type KnownSupergraphs } from './known.ts';
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
  /** What clients may see, as SDL; printed when it is first asked for. */
  apiSdl(): string;
  readonly supergraphSchema: GraphQLSchema;
  /** Names of fields that the planner may add to a selection: `__typename`, and what keys, `@requires` and `@provides` name. */
  readonly plannerFields: ReadonlySet<string>;
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

/**
 * Reads supergraph SDL. Throws when it is not a supergraph; nothing is kept of it then. One that is `known` was read before, by
 * these versions of Apollo's packages, and is not validated once more: that is a third of the work.
 */
export function readSupergraph(
  sdl: string,
  services: (name: string) => ServiceMap[string],
  known: KnownSupergraphs = neverKnown,
): Parts {
  const hash = createHash('sha256').update(sdl).digest('hex');
  const validateSupergraph = !known.has(hash);
  // Everybody reads this one; places in the text would keep all of its tokens alive.
  const document = parse(sdl, { noLocation: true });
  const supergraph = Supergraph.build(document, { validateSupergraph });
  const api = supergraph.apiSchema();
  const apiSchema = api.toGraphQLJSSchema();
  if (validateSupergraph) assertValidSchema(apiSchema);
  const subgraphs = [...supergraph.subgraphsMetadata()].map((subgraph) => subgraph.name);
  let apiSdl: string | undefined;
  const parts: Parts = {
    sdl,
    hash,
    subgraphs,
    api,
    apiSchema,
    apiSdl: () => (apiSdl ??= printSchema(apiSchema)),
    supergraphSchema: buildASTSchema(document, { assumeValid: true, assumeValidSDL: true }),
    plannerFields: plannerFieldsOf(document),
    notes: readNotes(document),
    planner: new QueryPlanner(supergraph),
    services: Object.fromEntries(subgraphs.map((name) => [name, services(name)])),
    plans: new LRUCache({ max: mostPlans, maxSize: heaviestTexts }),
    subscriptionPlans: new LRUCache({ max: mostPlans, maxSize: heaviestTexts }),
    documents: new LRUCache({ max: mostPlans, maxSize: heaviestTexts }),
  };
  known.add(hash);
  return parts;
}

function plannerFieldsOf(document: DocumentNode): ReadonlySet<string> {
  const found = new Set(['__typename']);
  visit(document, {
    Directive({ name, arguments: given }) {
      if (name.value !== 'join__type' && name.value !== 'join__field') return;
      for (const { name: argument, value } of given ?? []) {
        if (!['key', 'requires', 'provides'].includes(argument.value) || value.kind !== Kind.STRING) continue;
        visit(parse(`{ ${value.value} }`, { noLocation: true }), {
          Field: (field) => void found.add(field.name.value),
        });
      }
    },
  });
  return found;
}
