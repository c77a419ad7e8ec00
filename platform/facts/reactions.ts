import type { Transaction } from '../context/context.ts';
import type { FactType, StampedFact, ToldBy } from './fact.ts';

/** What an OS does when another OS told a fact: its own service, in a transaction of its own, once. */
export interface Reaction<P = unknown> {
  /** Says what it keeps true: `organizationAssetCount`. With the OS's name it names the consumer. */
  name: string;
  facts: readonly FactType<P>[];
  /**
   * Facts that wait are reacted to together, in their order, and each reads what the one before it wrote. Where one of them fails,
   * each of them is reacted to again in a transaction of its own.
   */
  react: (tx: Transaction, fact: StampedFact<P>) => Promise<void>;
  /**
   * Where it begins when its name is new. `first` is the first fact of all; on a log from which facts of its types were pruned, the start
   * is refused. `kept` is the first fact that is still there: for a reaction that needs no former ones, or has got them otherwise.
   */
  from: 'first' | 'kept';
}

/**
 * Declares a reaction to facts of other OSes, which it gets in their order. Its types belong to its name: one that gains a type without
 * a new name is refused at the start, since its checkpoint has passed facts of that type. A further type has a reaction of its own.
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

/** Reacts to one fact within the transaction of a batch. */
export type React = (fact: StampedFact, reaction: Reaction) => Promise<void>;

/** Runs one transaction of the OS as its own service; each reaction acts on behalf of its fact's actor, and what it tells is appended. */
export type ReactInTransaction = (
  universe: string,
  label: string,
  work: (sql: Sql, react: React) => Promise<void>,
) => Promise<void>;
