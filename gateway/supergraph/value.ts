import type { ServiceMap } from '@apollo/gateway';
import type { GatewayExecutor } from '@apollo/server-gateway-interface';
import type { DocumentNode, GraphQLError, GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import { Guards } from '../authorization/guards.ts';
import type { Planner } from '../planning/planner.ts';
import { Plans } from '../planning/plans.ts';
import type { SubscriptionPlan } from '../subscriptions/subscription-plan.ts';
import { defaultForeignListSize } from '../limits/limits.ts';
import { readApiSchema } from './api-schema.ts';
import type { SupergraphNotes } from './notes.ts';

/**
 * One supergraph, ready to plan and execute. A value never changes except for its caches: an operation that starts on it finishes on
 * it, even after a swap.
 */
export interface SupergraphValue {
  readonly sdl: string;
  /** SHA-256 of the SDL, in hex. */
  readonly hash: string;
  readonly subgraphs: readonly string[];
  /** Those of them that are no OSes of this house. */
  readonly foreign: ReadonlySet<string>;
  /** Objects that a list of theirs is assumed to have if it declares no size. */
  readonly foreignListSize: number;
  readonly apiSchema: GraphQLSchema;
  /** The API schema as SDL. */
  readonly apiSdl: string;
  /** The same in parts. */
  readonly apiPieces: readonly string[];
  /** Names of fields that the planner may add to a selection: `__typename`, and fields in keys, `@requires` and `@provides`. */
  readonly plannerFields: ReadonlySet<string>;
  /** The subtypes of each interface and union of the supergraph, including those hidden from clients. */
  readonly subtypes: ReadonlyMap<string, ReadonlySet<string>>;
  readonly notes: SupergraphNotes;
  /** Who may see what, by the directives of the supergraph. */
  readonly guards: Guards;
  readonly services: ServiceMap;
  readonly plans: Plans;
  readonly subscriptionPlans: LRUCache<string, SubscriptionPlan>;
  /** Parsed documents by text, with their validation errors once validated. Their size is their number of tokens. */
  readonly documents: LRUCache<string, KnownDocument>;
  readonly execute: GatewayExecutor;
  /** The value as an audience sees it; null for a name that is none. */
  audience(name: string): Promise<SupergraphValue> | null;
  stop(): Promise<void>;
}

export interface KnownDocument {
  readonly document: DocumentNode;
  /** `undefined` until validated. */
  errors: readonly GraphQLError[] | undefined;
}

/** Plans and documents cached per value: a client has some dozens of operations; a thousand plans are about 20 MB. */
const mostKept = 1_000;
/** Characters of query text behind cached plans, so that a few huge ones cannot fill the memory. */
const heaviestTexts = 4_000_000;
/**
 * Tokens of cached documents: each takes half a kilobyte with the nodes that are made of it, so all about 100 MB. A thousand operations
 * of ordinary length have fewer.
 */
const mostTokens = 200_000;
/** Characters of cached subscriptions: their plans keep the documents, at most 100 bytes per character. */
const heaviestSubscriptions = 1_000_000;

const keptTexts = { max: mostKept, maxSize: heaviestTexts };
export const keptSubscriptions = { max: mostKept, maxSize: heaviestSubscriptions };
export const keptDocuments = { max: mostKept, maxSize: mostTokens };

export type Parts = Omit<SupergraphValue, 'execute' | 'audience' | 'stop'>;

/** Assembles what the main thread needs of a supergraph that a planner has read, while it serves requests. */
export async function readParts(
  sdl: string,
  planner: Planner,
  options: {
    services: (name: string, api: Pick<SupergraphValue, 'apiSchema' | 'notes'>) => ServiceMap[string];
    isForeign: (name: string) => boolean;
    /** The claim with a viewer's policies. */
    policiesClaim: string;
    foreignListSize?: number;
  },
): Promise<Parts> {
  const { services, isForeign, policiesClaim, foreignListSize = defaultForeignListSize } = options;
  const { hash, subgraphs, plannerFields, subtypes } = planner.facts;
  const api = await readApiSchema(planner);
  return {
    sdl,
    hash,
    subgraphs,
    foreign: new Set(subgraphs.filter(isForeign)),
    foreignListSize,
    apiSchema: api.schema,
    apiSdl: api.sdl,
    apiPieces: api.pieces,
    plannerFields: new Set(plannerFields),
    subtypes,
    notes: api.notes,
    guards: new Guards({ apiSchema: api.schema, notes: api.notes }, policiesClaim),
    services: Object.fromEntries(
      subgraphs.map((name) => [name, services(name, { apiSchema: api.schema, notes: api.notes })]),
    ),
    plans: new Plans(planner, keptTexts),
    subscriptionPlans: new LRUCache(keptSubscriptions),
    documents: new LRUCache(keptDocuments),
  };
}
