import type { ExecutionResult } from 'graphql';
import { Pool, type Dispatcher } from 'undici';
import type { SubgraphRequest } from '../../platform/serving/service.ts';

/** Milliseconds for an answer where no policy says otherwise. */
const answerTime = 30_000;
/** Maximum bytes of one answer. A page of 1,000 rich objects is about 2 MB. */
const largestAnswer = 16 * 1_048_576;
/** Maximum connections to one subgraph. HTTP/1.1 answers one request per connection at a time. */
const mostConnections = 64;

/** Errors of a kept-alive connection that the other side may have closed just as it was used. */
const closedConnections = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** Statuses of a proxy or balancer whose server is away for the moment. */
const passing = new Set([502, 503, 504]);

/** The other side was reached, but gave no GraphQL answer. */
export class NoAnswer extends Error {
  /** Whether a proxy said that its server is away; otherwise the request itself may be the reason. */
  readonly isPassing: boolean;

  constructor(message: string, status: number | null = null) {
    super(message);
    this.isPassing = status !== null && passing.has(status);
  }
}

export interface Post {
  headers: Record<string, string>;
  body: string;
}

/** Sends operations to one subgraph over HTTP. */
export class HttpClient {
  readonly pool: Pool;
  readonly #path: string;
  readonly #timeout: number;

  /** `timeout` is in milliseconds, for each attempt. */
  constructor(address: string, timeout: number = answerTime) {
    const url = new URL(address);
    this.#path = url.pathname + url.search;
    this.#timeout = timeout;
    this.pool = new Pool(url.origin, {
      connections: mostConnections,
      keepAliveTimeout: 30_000,
      connectTimeout: 3_000,
      // Each attempt has one timer of its own.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /**
   * The GraphQL answer, with whatever status it comes. `post` is called for each attempt, because a signature holds once. Rejects
   * when there is no such answer in time.
   */
  async ask({ query, signal = null }: SubgraphRequest, post: () => Promise<Post> | Post): Promise<ExecutionResult> {
    try {
      return await this.#send(await post(), signal);
    } catch (error) {
      const code = (error as { code?: unknown }).code;
      const isMutation = /^\s*mutation\b/.test(query);
      if (isMutation || signal?.aborted || typeof code !== 'string' || !closedConnections.has(code)) throw error;
      return await this.#send(await post(), signal);
    }
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }

  #send({ headers, body }: Post, signal: AbortSignal | null): Promise<ExecutionResult> {
    return new Promise((resolve, reject) => {
      const answering = new Answering(this.#timeout, signal, resolve, reject);
      if (answering.isEnded) return;
      this.pool.dispatch({ path: this.#path, method: 'POST', headers, body }, answering);
    });
  }
}

/**
 * Collects one answer. Without the streams and signals of `Pool.request`, which took a tenth of the time of a small operation.
 */
class Answering implements Dispatcher.DispatchHandler {
  readonly #resolve: (answer: ExecutionResult) => void;
  readonly #reject: (error: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #signal: AbortSignal | null;
  readonly #leave = (): void => this.#abort(new Error('the client has left'));
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | null = null;
  #reason: Error | null = null;
  #size = 0;
  #status = 0;
  isEnded = false;

  constructor(
    timeout: number,
    signal: AbortSignal | null,
    resolve: (answer: ExecutionResult) => void,
    reject: (error: unknown) => void,
  ) {
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = signal;
    this.#timer = setTimeout(() => this.#abort(new NoAnswer(`no answer within ${timeout} ms`)), timeout);
    if (signal?.aborted) this.#leave();
    else signal?.addEventListener('abort', this.#leave, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // It may have waited for a connection until nobody wanted it any more.
    if (this.#reason) controller.abort(this.#reason);
    else this.#controller = controller;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > largestAnswer) this.#abort(new NoAnswer(`an answer of more than ${largestAnswer} bytes`));
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (!this.#end()) return;
    try {
      this.#resolve(this.#read());
    } catch (error) {
      this.#reject(error);
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#end()) this.#reject(error);
  }

  #read(): ExecutionResult {
    const [first, ...more] = this.#chunks;
    const text = (first && more.length === 0 ? first : Buffer.concat(this.#chunks)).toString('utf8');
    let answer: unknown;
    try {
      answer = JSON.parse(text);
    } catch {
      throw new NoAnswer(`HTTP ${this.#status} without JSON`, this.#status);
    }
    if (typeof answer !== 'object' || answer === null || !('data' in answer || 'errors' in answer))
      throw new NoAnswer(`HTTP ${this.#status} without a GraphQL answer`, this.#status);
    return answer as ExecutionResult;
  }

  #abort(reason: Error): void {
    if (!this.#end()) return;
    this.#reason = reason;
    this.#reject(reason);
    this.#controller?.abort(reason);
  }

  /** Whether this is the first end. */
  #end(): boolean {
    if (this.isEnded) return false;
    this.isEnded = true;
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#leave);
    return true;
  }
}
