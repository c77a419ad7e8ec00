import type { Transaction } from '../context/context.ts';
import type { FactType, StampedFact, ToldBy } from './fact.ts';

/** What an OS does after facts of other OSes, in its own transaction, exactly once. */
export interface Reaction<P = unknown> {
  /** Names what it keeps up to date: `organizationAssetCount`. With the OS's name it is the name of the consumer. */
  name: string;
  facts: readonly FactType<P>[];
  /**
   * Waiting facts are handled in one transaction, in order; each sees the writes of the ones before it. If one fails, each is
   * repeated in a transaction of its own.
   */
  react: (tx: Transaction, fact: StampedFact<P>) => Promise<void>;
  /**
   * Where a reaction with a new name begins. `first`: the first fact ever; the start is refused if facts of its types were pruned.
   * `kept`: the first fact still in the log, for a reaction that does not need earlier ones or has them from elsewhere.
   */
  from: 'first' | 'kept';
}

/**
 * Declares a reaction to facts of other OSes, delivered in order. A reaction that gains a type without a new name is refused at the start,
 * because its checkpoint has already passed facts of that type: declare another reaction for it.
 */
export function on<const F extends readonly FactType[]>(
  facts: F,
  name: string,
  react: Reaction<ToldBy<F[number]>>['react'],
  { from = 'first' }: { from?: Reaction['from'] } = {},
): Reaction {
  return { name, facts, react, from } as unknown as Reaction;
}

export type Sql = <T = Record<string, unknown>>(text: string, params: readonly unknown[]) => Promise<T[]>;

/** Handles one fact in the transaction of a batch. */
export type React = (fact: StampedFact, reaction: Reaction) => Promise<void>;

/** Runs one transaction of the OS; each reaction acts on behalf of its fact's actor, and the facts that it emits are appended. */
export type ReactInTransaction = (
  universe: string,
  label: string,
  work: (sql: Sql, react: React) => Promise<void>,
) => Promise<void>;
