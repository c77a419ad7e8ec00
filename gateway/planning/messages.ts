import type { QueryPlan } from '@apollo/query-planner';
import type { TypeNote } from '../supergraph/notes.ts';

/** What is known of a supergraph as a whole. */
export interface SupergraphFacts {
  /** SHA-256 of the SDL, in hex. */
  hash: string;
  subgraphs: readonly string[];
  /** Names of fields that the planner may add to a selection: `__typename`, and what keys, `@requires` and `@provides` name. */
  plannerFields: readonly string[];
  /** The types that are of each interface and union of the supergraph, what clients do not see included. */
  subtypes: ReadonlyMap<string, ReadonlySet<string>>;
  /** In how many pieces the API schema can be asked for. */
  pieces: number;
}

/** Some definitions of the API schema, and what the supergraph says of their fields besides. */
export interface Piece {
  /** SDL. */
  definitions: string;
  notes: readonly TypeNote[];
}

/** What the main thread asks of the planner's thread, one question at a time. `supergraph` is a number of the main thread's. */
export type Question =
  | { kind: 'read'; supergraph: number; sdl: string }
  | { kind: 'piece'; supergraph: number; piece: number }
  | { kind: 'plan'; supergraph: number; source: string; operationName: string | null }
  | { kind: 'forget'; supergraph: number };

export interface Answers {
  read: { facts: SupergraphFacts; thread: number };
  piece: Piece;
  plan: QueryPlan;
  forget: null;
}

/** `graphql` when the failure is one of the operation or the SDL, which clients or operators may read. */
export interface Failure {
  message: string;
  stack: string | undefined;
  graphql: { extensions: Record<string, unknown> } | null;
}

export type Reply = { answer: Answers[Question['kind']] } | { failure: Failure };
