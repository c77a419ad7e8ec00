import type { QueryPlan } from '@apollo/query-planner';
import type { TypeNote } from '../supergraph/notes.ts';

/** Facts about a supergraph as a whole. */
export interface SupergraphFacts {
  /** SHA-256 of the SDL, in hex. */
  hash: string;
  subgraphs: readonly string[];
  /** Names of fields that the planner may add to a selection: `__typename`, and fields in keys, `@requires` and `@provides`. */
  plannerFields: readonly string[];
  /** The subtypes of each interface and union of the supergraph, including those hidden from clients. */
  subtypes: ReadonlyMap<string, ReadonlySet<string>>;
  /** Number of pieces of the API schema. */
  pieces: number;
}

/** Some definitions of the API schema, with the supergraph's notes on their fields. */
export interface Piece {
  /** SDL. */
  definitions: string;
  notes: readonly TypeNote[];
}

/** A plan for our executor. */
export interface Planned extends QueryPlan {
  /** Fields with arguments that the plan fetches for a `@requires`, under names that no client knows. */
  required?: readonly RequiredPath[];
}

/** Where a required field is in the data, and whose value fails with it. */
export interface RequiredPath {
  /** Response keys from the root to the required field, without places in lists. */
  path: readonly string[];
  /** Number of those keys that lead to the entity. */
  entity: number;
  /** Response keys of the entity's fields that require it. */
  fields: readonly string[];
}

/** A request of the main thread to the planner's thread, one at a time. The main thread numbers the supergraphs. */
export type Question =
  | { kind: 'read'; supergraph: number; sdl: string }
  | { kind: 'piece'; supergraph: number; piece: number }
  | { kind: 'plan'; supergraph: number; source: string; operationName: string | null }
  | { kind: 'forget'; supergraph: number };

export interface Answers {
  read: { facts: SupergraphFacts; thread: number };
  piece: Piece;
  plan: Planned;
  forget: null;
}

/** `graphql` is set when the operation or the SDL caused the failure; clients or operators may read such messages. */
export interface Failure {
  message: string;
  stack: string | undefined;
  graphql: { extensions: Record<string, unknown> } | null;
}

export type Reply = { answer: Answers[Question['kind']] } | { failure: Failure };
