import type { QueryPlan } from '@apollo/query-planner';
import { LRUCache } from 'lru-cache';
import { Unavailable } from '../../platform/errors/errors.ts';
import { Ended, unlessEnded } from '../execution/end.ts';
import type { Planner } from './planner.ts';

/** The plans of one supergraph: those that are known, and those that the planner is asked for. */
export class Plans {
  readonly #planner: Pick<Planner, 'plan'>;
  readonly #known: LRUCache<string, QueryPlan>;
  /** Asked for and not there yet: whoever wants the same waits for the same. */
  readonly #coming = new Map<string, Promise<QueryPlan>>();

  constructor(planner: Pick<Planner, 'plan'>, kept: { max: number; maxSize: number }) {
    this.#planner = planner;
    this.#known = new LRUCache(kept);
  }

  /** The plan under this key, where it is known. */
  known(key: string): QueryPlan | undefined {
    return this.#known.get(key);
  }

  /** Plans an operation. Rejects with UNAVAILABLE when the operation that wants the plan ends before. */
  async make(
    key: string,
    asked: { source: string; operationName: string | null; signal: AbortSignal | null },
  ): Promise<QueryPlan> {
    let coming = this.#coming.get(key);
    if (!coming) {
      coming = this.#planner.plan(asked.source, asked.operationName).finally(() => this.#coming.delete(key));
      this.#coming.set(key, coming);
      coming.then(
        (plan) => this.#known.set(key, plan, { size: Math.max(1, asked.source.length) }),
        () => undefined,
      );
    }
    try {
      return await unlessEnded(coming, asked.signal);
    } catch (error) {
      if (!(error instanceof Ended)) throw error;
      throw new Unavailable(`The operation was not planned in time. ${error.message}`, { retryAfter: 1 });
    }
  }
}
