import type { ExecutionResult } from 'graphql';
import type { SubgraphRequest } from '../../platform/serving/service.ts';
import type { Changes } from './changes.ts';
import { copyOf } from './copy.ts';

/** Calls that may be joined at the same time; further ones are made alone. An entry takes some hundred bytes besides its key. */
const mostJoinable = 10_000;
/** Characters of a key. Fetches with thousands of representations are hardly ever equal, and comparing them takes time. */
const longestKey = 65_536;

/** What a call is made with, and who waits for it. */
interface Consumer {
  readonly signal: AbortSignal | null;
  readonly leave: (() => void) | null;
  resolve(answer: ExecutionResult): void;
  reject(error: unknown): void;
}

/** One call of a subgraph. It is aborted when nobody waits for it any longer. */
class Call {
  /** The request on whose behalf it is made. */
  readonly requestId: string;
  readonly beganAt: number;
  readonly #consumers = new Set<Consumer>();
  readonly #abandoned = new AbortController();
  readonly #onEnd: () => void;

  constructor(requestId: string, beganAt: number, onEnd: () => void) {
    this.requestId = requestId;
    this.beganAt = beganAt;
    this.#onEnd = onEnd;
  }

  start(request: SubgraphRequest, call: (request: SubgraphRequest) => Promise<ExecutionResult>): void {
    call({ ...request, signal: this.#abandoned.signal }).then(
      (answer) => this.#answer(answer),
      (error: unknown) => this.#fail(error),
    );
  }

  /** Resolves to an answer of the consumer's own, or rejects with the reason of its signal. */
  wait(signal: AbortSignal | null): Promise<ExecutionResult> {
    return new Promise((resolve, reject) => {
      const leave = signal && (() => this.#leave(consumer));
      const consumer: Consumer = { signal, leave, resolve, reject };
      this.#consumers.add(consumer);
      if (leave) signal.addEventListener('abort', leave, { once: true });
    });
  }

  #leave(consumer: Consumer): void {
    const reason = consumer.signal?.reason as unknown;
    this.#consumers.delete(consumer);
    consumer.reject(reason);
    if (this.#consumers.size > 0) return;
    // First, so that nobody joins a call that is being aborted.
    this.#onEnd();
    this.#abandoned.abort(reason);
  }

  /** Everyone gets data of its own, because they are merged into its answer. The copies are made before anyone continues. */
  #answer(answer: ExecutionResult): void {
    let isFirst = true;
    for (const consumer of this.#ended()) {
      consumer.resolve(isFirst ? answer : { ...answer, data: copyOf(answer.data) });
      isFirst = false;
    }
  }

  #fail(error: unknown): void {
    for (const consumer of this.#ended()) consumer.reject(error);
  }

  #ended(): readonly Consumer[] {
    this.#onEnd();
    const consumers = [...this.#consumers];
    this.#consumers.clear();
    for (const { signal, leave } of consumers) if (leave) signal?.removeEventListener('abort', leave);
    return consumers;
  }
}

/** The calls of one subgraph. Equal fetches in flight share one. */
export class Calls {
  readonly #subgraph: string;
  readonly #changes: Changes;
  readonly #joining: number;
  readonly #now: () => number;
  /** Calls that may be joined. */
  readonly #joinable = new Map<string, Call>();

  /** `joining` is in milliseconds: see `defaultJoining`. */
  constructor(subgraph: string, changes: Changes, joining: number, now: () => number = () => performance.now()) {
    this.#subgraph = subgraph;
    this.#changes = changes;
    this.#joining = joining;
    this.#now = now;
  }

  /**
   * Makes a call of the subgraph, or joins an equal one that began a moment ago and after every change so far. Fetches with the same key
   * get the same answer; null shares nothing. `joined` is told whose call it is. Rejects with the reason of the request's signal when that
   * comes first; others who wait for the call still get its answer.
   */
  ask(
    request: SubgraphRequest,
    key: string | null,
    call: (request: SubgraphRequest) => Promise<ExecutionResult>,
    joined: (requestId: string) => void,
  ): Promise<ExecutionResult> {
    const signal = request.signal ?? null;
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    const now = this.#now();
    const whole = key === null || key.length > longestKey ? null : `${this.#changes.of(this.#subgraph)}\n${key}`;
    const known = whole === null ? undefined : this.#joinable.get(whole);
    if (known && now - known.beganAt < this.#joining) {
      joined(known.requestId);
      return known.wait(signal);
    }
    const made = new Call(request.info.requestId, now, () => {
      if (whole !== null && this.#joinable.get(whole) === made) this.#joinable.delete(whole);
    });
    if (whole !== null && (known !== undefined || this.#joinable.size < mostJoinable)) this.#joinable.set(whole, made);
    const answer = made.wait(signal);
    made.start(request, call);
    return answer;
  }
}
