import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionResult } from 'graphql';
import { Unavailable } from '../../platform/errors/errors.ts';
import type { RoutedRequest } from '../../platform/http/routes.ts';
import type { SubgraphRequest, SubgraphService, SubgraphStream } from '../../platform/serving/service.ts';
import type { Logger } from '../../platform/telemetry/log.ts';
import { Ended } from '../execution/end.ts';
import { NoAnswer } from '../execution/http-client.ts';
import { Breaker, type Outcome } from './breaker.ts';
import type { SubgraphPolicy } from './policies.ts';

/** Milliseconds before a query is sent again: any time up to 50, then up to 100, 200, … ("full jitter"), at most this. */
const firstDelay = 50;
const longestDelay = 1_000;

/**
 * A subgraph that is called with care: queries that did not reach it are repeated, and while it fails it is not called at all, so that
 * neither it nor our clients are kept waiting. Streams have their own way of reopening.
 */
export class SteadySubgraph implements SubgraphService {
  readonly name: string;
  readonly isForeign: boolean;
  readonly handle?: (routed: RoutedRequest) => Promise<void>;
  readonly #service: SubgraphService;
  readonly #policy: SubgraphPolicy;
  readonly #breaker: Breaker;
  readonly #delay: (most: number) => number;

  /** `delay` chooses a time between 0 and `most`. */
  constructor(
    service: SubgraphService,
    policy: SubgraphPolicy,
    log: Logger,
    delay: (most: number) => number = (most) => Math.random() * most,
  ) {
    this.name = service.name;
    this.isForeign = service.isForeign === true;
    if (service.handle) this.handle = (routed) => service.handle?.(routed) ?? Promise.resolve();
    this.#service = service;
    this.#policy = policy;
    this.#delay = delay;
    this.#breaker = new Breaker(policy, (isOpen, failed, calls) => {
      if (isOpen) log.warn({ os: this.name, failed, calls }, 'a subgraph fails and is not called for a while');
      else log.info({ os: this.name }, 'a subgraph answers again');
    });
  }

  /** Rejects with `Unavailable` at once while the subgraph is left alone. */
  async execute(request: SubgraphRequest): Promise<ExecutionResult> {
    const isMutation = /^\s*mutation\b/.test(request.query);
    for (let attempt = 0; ; attempt++) {
      const ended = this.#breaker.begin();
      if (typeof ended === 'number') throw leftAlone(this.name, ended);
      try {
        const answer = await this.#service.execute(request);
        ended('answered');
        return answer;
      } catch (error) {
        const outcome = outcomeOf(error, request.signal ?? null);
        ended(outcome);
        if (isMutation || outcome !== 'failed' || attempt >= this.#policy.retries || this.#breaker.isOpen) throw error;
        await this.#pause(attempt, request.signal ?? null, error);
      }
    }
  }

  subscribe(request: SubgraphRequest): Promise<SubgraphStream | ExecutionResult> {
    return this.#service.subscribe(request);
  }

  /** Waits before the next attempt, or throws why there is none. */
  async #pause(attempt: number, signal: AbortSignal | null, failure: unknown): Promise<void> {
    const most = Math.min(firstDelay * 2 ** attempt, longestDelay);
    try {
      await sleep(this.#delay(most), undefined, signal ? { signal } : {});
    } catch {
      throw failure;
    }
  }
}

function outcomeOf(error: unknown, signal: AbortSignal | null): Outcome {
  if (signal?.aborted) return signal.reason instanceof Ended && !signal.reason.left ? 'silent' : 'left';
  // What the subgraph answered may be due to the request alone, and so would be the next answer.
  if (error instanceof NoAnswer) return error.isPassing ? 'failed' : 'silent';
  return 'failed';
}

function leftAlone(os: string, wait: number): Unavailable {
  const seconds = Math.ceil(wait / 1_000);
  return new Unavailable(`${os} does not answer now. Try again in ${seconds} s.`, { retryAfter: seconds });
}
