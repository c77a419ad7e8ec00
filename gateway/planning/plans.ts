import type { QueryPlan } from '@apollo/query-planner';
import { LRUCache } from 'lru-cache';
import { Unavailable } from '../../platform/errors/errors.ts';
import { Ended, unlessEnded } from '../execution/end.ts';
import type { Planner } from './planner.ts';

/** The plans of one supergraph: cached ones, and those requested from the planner. */
export class Plans {
  readonly #planner: Pick<Planner, 'plan'>;
  readonly #known: LRUCache<string, QueryPlan>;
  /** Pending requests: callers that need the same plan share one. */
  readonly #coming = new Map<string, Promise<QueryPlan>>();

  constructor(planner: Pick<Planner, 'plan'>, kept: { max: number; maxSize: number }) {
    this.#planner = planner;
    this.#known = new LRUCache(kept);
  }

  /** The cached plan for this key. */
  known(key: string): QueryPlan | undefined {
    return this.#known.get(key);
  }

  /** Plans an operation. Rejects with UNAVAILABLE when the operation ends first. */
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
