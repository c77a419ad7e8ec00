import { objectsAtMost } from '../../platform/subgraph/ceiling.ts';
import type { ActorSnapshot } from '../../platform/context/actor.ts';
import { defaultRations, type Rations } from './rations.ts';

/** Who asks, as far as limits are concerned. */
export const limitRoles = ['anonymous', 'signedIn', 'analyst'] as const;
export type LimitRole = (typeof limitRoles)[number];

/** What one operation may be. Each number is the greatest that is still allowed. */
export interface Limits {
  /** Fields below one another; the root field is 1. */
  depth: number;
  /** Lexical tokens of the document. Bounds parsing and validation. */
  tokens: number;
  /** Aliased fields, fragments expanded. */
  aliases: number;
  /** Root fields, fragments expanded. */
  rootFields: number;
  /** Fields, fragments expanded. Bounds planning: fragments that spread one another double with each step. */
  fields: number;
  /** `first`, `last` and the length of `ids`. */
  pageSize: number;
  /** Objects that may be read, estimated: page sizes multiplied along each path. */
  cost: number;
  /** Objects that subgraphs may answer while the operation runs, whatever was estimated. */
  objects: number;
  /** Bytes of an HTTP body. */
  body: number;
}

/** What one operation may be, and what one consumer gets. */
export type LimitTable = Record<LimitRole, Limits & Rations>;

/**
 * Anonymous: what the public pages of a client need, with some air; an operation of this size plans in tens of milliseconds.
 * Signed in: twice that, for screens that show many things at once. Analysts (services and people with a platform role) read
 * whole tables: pages of 1,000, as the contract says, and the cost of a hundred such pages with ten objects each.
 *
 * While an operation runs: an object with its row is about a kilobyte of memory, so the objects of ten operations at once fit
 * beside everything else. Twice the estimate for anonymous, since keys count as well; for the others what a process can bear.
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

/** The role whose limits hold for an actor. */
export function limitRoleOf(actor: ActorSnapshot): LimitRole {
  if (actor.id === null) return 'anonymous';
  return actor.kind === 'SERVICE' || actor.platformRoles.length > 0 ? 'analyst' : 'signedIn';
}
