import type { ServiceMap } from '@apollo/gateway';
import type { GatewayExecutor } from '@apollo/server-gateway-interface';
import type { DocumentNode, GraphQLError, GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Planner } from '../planning/planner.ts';
import { Plans } from '../planning/plans.ts';
import type { SubscriptionPlan } from '../subscriptions/subscription-plan.ts';
import { readApiSchema } from './api-schema.ts';
import type { SupergraphNotes } from './notes.ts';

/**
 * One supergraph, ready to plan and execute. A value never changes but for its caches: an operation that began on it ends on
 * it, whatever has taken its place meanwhile.
 */
export interface SupergraphValue {
  readonly sdl: string;
  /** SHA-256 of the SDL, in hex. */
  readonly hash: string;
  readonly subgraphs: readonly string[];
  readonly apiSchema: GraphQLSchema;
  /** What clients may see, as SDL. */
  readonly apiSdl: string;
  /** Names of fields that the planner may add to a selection: `__typename`, and what keys, `@requires` and `@provides` name. */
  readonly plannerFields: ReadonlySet<string>;
  /** The types that are of each interface and union of the supergraph, what clients do not see included. */
  readonly subtypes: ReadonlyMap<string, ReadonlySet<string>>;
  readonly notes: SupergraphNotes;
  readonly services: ServiceMap;
  readonly plans: Plans;
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

/** Plans and documents kept per value: a client has some dozens of operations; a thousand plans are about 20 MB. */
const mostKept = 1_000;
/** Characters of query text that stand behind kept plans and documents, so that a few giants cannot fill the memory. */
const heaviestTexts = 4_000_000;

export type Parts = Omit<SupergraphValue, 'execute' | 'stop'>;

/** Puts together what the main thread needs of a supergraph that a planner has read, while requests are answered. */
export async function readParts(
  sdl: string,
  planner: Planner,
  services: (name: string) => ServiceMap[string],
): Promise<Parts> {
  const { hash, subgraphs, plannerFields, subtypes } = planner.facts;
  const api = await readApiSchema(planner);
  const kept = { max: mostKept, maxSize: heaviestTexts };
  return {
    sdl,
    hash,
    subgraphs,
    apiSchema: api.schema,
    apiSdl: api.sdl,
    plannerFields: new Set(plannerFields),
    subtypes,
    notes: api.notes,
    services: Object.fromEntries(subgraphs.map((name) => [name, services(name)])),
    plans: new Plans(planner, kept),
    subscriptionPlans: new LRUCache(kept),
    documents: new LRUCache(kept),
  };
}
