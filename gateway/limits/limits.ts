import { objectsAtMost } from '../../platform/subgraph/ceiling.ts';
import type { ActorSnapshot } from '../../platform/context/actor.ts';
import { defaultRations, type Rations } from './rations.ts';

/** The roles that limits distinguish. */
export const limitRoles = ['anonymous', 'signedIn', 'analyst'] as const;
export type LimitRole = (typeof limitRoles)[number];

/** The limits of one operation. Each number is the largest allowed value. */
export interface Limits {
  /** Nested fields; the root field is 1. */
  depth: number;
  /** Lexical tokens of the document. Bounds parsing and validation. */
  tokens: number;
  /** Aliased fields, fragments expanded. */
  aliases: number;
  /** Root fields, fragments expanded. */
  rootFields: number;
  /** Fields, fragments expanded. Bounds planning: fragments that spread one another can double at each step. */
  fields: number;
  /** The arguments that set the size of a page, by `@listSize`. */
  pageSize: number;
  /** Estimated objects that may be read: page sizes multiplied along each path. */
  cost: number;
  /** Objects that subgraphs may answer while the operation runs, regardless of the estimate. */
  objects: number;
  /** Bytes of an HTTP body. */
  body: number;
}

/** The limits of one operation and the rations of one consumer. */
export type LimitTable = Record<LimitRole, Limits & Rations>;

/**
 * Anonymous: enough for a client's public pages with some margin; such an operation plans in tens of milliseconds. Signed in: twice
 * that, for screens that show many things at once. Analysts (services and people with a platform role) read whole tables: pages of
 * 1,000, as the contract says, and the cost of a hundred such pages with ten objects each.
 *
 * While an operation runs, an object with its row takes about a kilobyte of memory, so the objects of ten concurrent operations fit
 * into memory. Anonymous: twice the estimate, since keys count as well. The others: as much as a process can bear.
 */
export const defaultLimits: LimitTable = {
  anonymous: {
    ...defaultRations.anonymous,
    depth: 12,
    tokens: 2_000,
    aliases: 30,
    rootFields: 10,
    fields: 1_000,
    pageSize: 100,
    cost: 20_000,
    objects: objectsAtMost.anonymous,
    body: 262_144,
  },
  signedIn: {
    ...defaultRations.signedIn,
    depth: 15,
    tokens: 4_000,
    aliases: 60,
    rootFields: 20,
    fields: 2_000,
    pageSize: 100,
    cost: 100_000,
    objects: objectsAtMost.signedIn,
    body: 1_048_576,
  },
  analyst: {
    ...defaultRations.analyst,
    depth: 20,
    tokens: 10_000,
    aliases: 200,
    rootFields: 50,
    fields: 5_000,
    pageSize: 1_000,
    cost: 1_000_000,
    objects: objectsAtMost.analyst,
    body: 1_048_576,
  },
};

/**
 * Objects in a list of a foreign subgraph without `@listSize`: most foreign schemas declare no sizes, and with ten an anonymous client
 * can nest three or four such lists. What they really answer is bounded by `objects`.
 */
export const defaultForeignListSize = 10;

/** The role whose limits apply to an actor. */
export function limitRoleOf(actor: ActorSnapshot): LimitRole {
  if (actor.id === null) return 'anonymous';
  return actor.kind === 'SERVICE' || actor.platformRoles.length > 0 ? 'analyst' : 'signedIn';
}
