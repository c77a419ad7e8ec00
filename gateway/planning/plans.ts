import type { QueryPlan } from '@apollo/query-planner';
import { LRUCache } from 'lru-cache';
import { Unavailable } from '../../platform/errors/errors.ts';
import { plansMade } from '../../platform/telemetry/metrics.ts';
import { inSpan } from '../../platform/telemetry/tracing.ts';
import { Ended, unlessEnded } from '../execution/end.ts';
import type { Planner } from './planner.ts';

interface Coming {
  readonly plan: Promise<QueryPlan>;
  /** How many wait for it. */
  callers: number;
  /** Aborted when nobody waits any more. */
  readonly nobody: AbortController;
}

/** The plans of one supergraph: cached ones, and those requested from the planner. */
export class Plans {
  readonly #planner: Pick<Planner, 'plan'>;
  readonly #known: LRUCache<string, QueryPlan>;
  /** Pending requests: callers that need the same plan share one, which ends if all of them leave before its turn. */
  readonly #coming = new Map<string, Coming>();

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
    if (!coming) this.#coming.set(key, (coming = this.#begin(key, asked)));
    coming.callers += 1;
    try {
      return await unlessEnded(coming.plan, asked.signal);
    } catch (error) {
      coming.callers -= 1;
      if (coming.callers === 0) coming.nobody.abort();
      if (!(error instanceof Ended)) throw error;
      throw new Unavailable(`The operation was not planned in time. ${error.message}`, { retryAfter: 1 });
    }
  }

  #begin(key: string, { source, operationName }: { source: string; operationName: string | null }): Coming {
    const nobody = new AbortController();
    plansMade.inc();
    const plan = inSpan('plan', {}, () => this.#planner.plan(source, operationName, nobody.signal));
    const coming = { plan, callers: 0, nobody };
    const done = (): void => {
      if (this.#coming.get(key) === coming) this.#coming.delete(key);
    };
    // A caller that comes after all others have left asks anew.
    nobody.signal.addEventListener('abort', done, { once: true });
    plan
      .then(
        (made) => this.#known.set(key, made, { size: Math.max(1, source.length) }),
        () => undefined,
      )
      .finally(done);
    return coming;
  }
}
