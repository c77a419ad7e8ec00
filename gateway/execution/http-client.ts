import type { ExecutionResult } from 'graphql';
import { Pool } from 'undici';
import { BodyTooLarge, readBody } from '../../platform/http/body.ts';
import type { SubgraphRequest } from '../../platform/serving/service.ts';

/** Milliseconds for an answer where the operation itself has a longer limit or none. */
const longestAnswerTime = 30_000;
/** Maximum bytes of one answer. A page of 1,000 rich objects is about 2 MB. */
const largestAnswer = 16 * 1_048_576;
/** Maximum connections to one subgraph. HTTP/1.1 answers one request per connection at a time. */
const mostConnections = 64;

/** Connection errors before an answer began: nothing was executed, or only a query, which can be repeated. */
const connectionFailures = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
]);

export interface Post {
  headers: Record<string, string>;
  body: string;
}

/** Sends operations to one subgraph over HTTP. */
export class HttpClient {
  readonly pool: Pool;
  readonly #path: string;

  constructor(address: string) {
    const url = new URL(address);
    this.#path = url.pathname + url.search;
    this.pool = new Pool(url.origin, { connections: mostConnections, keepAliveTimeout: 30_000, connectTimeout: 3_000 });
  }

  /**
   * The GraphQL answer, with whatever status it comes. `post` is called for each attempt, because a signature holds once. Rejects
   * when there is no such answer in time.
   */
  async ask({ query, signal: left }: SubgraphRequest, post: () => Promise<Post>): Promise<ExecutionResult> {
    const mutation = /^\s*mutation\b/.test(query);
    const controller = new AbortController();
    const { signal } = controller;
    const timer = setTimeout(
      () => controller.abort(new Error(`no answer within ${longestAnswerTime} ms`)),
      longestAnswerTime,
    );
    const leave = (): void => controller.abort(new Error('the client has left'));
    if (left?.aborted) leave();
    left?.addEventListener('abort', leave, { once: true });
    try {
      try {
        return await this.#send(await post(), signal);
      } catch (error) {
        const code = (error as { code?: unknown }).code;
        if (mutation || signal.aborted || typeof code !== 'string' || !connectionFailures.has(code)) throw error;
        // The other side may have closed a kept-alive connection just as it was used. Try once more on another one.
        return await this.#send(await post(), signal);
      }
    } finally {
      clearTimeout(timer);
      left?.removeEventListener('abort', leave);
    }
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }

  async #send({ headers, body }: Post, signal: AbortSignal): Promise<ExecutionResult> {
    const response = await this.pool.request({ path: this.#path, method: 'POST', headers, body, signal });
    const read = await readBody(response.body, largestAnswer).catch((error: unknown) => {
      response.body.destroy();
      throw error instanceof BodyTooLarge ? new Error(`an answer of more than ${largestAnswer} bytes`) : error;
    });
    let answer: unknown;
    try {
      answer = JSON.parse(read.toString('utf8'));
    } catch {
      throw new Error(`HTTP ${response.statusCode} without JSON`);
    }
    if (typeof answer !== 'object' || answer === null || !('data' in answer || 'errors' in answer)) {
      throw new Error(`HTTP ${response.statusCode} without a GraphQL answer`);
    }
    return answer as ExecutionResult;
  }
}
