import type { ExecutionResult } from 'graphql';
import { Pool } from 'undici';
import { routerKeysOf, signedPost, signedRoute, type RouterKeys } from '../../platform/access/router.ts';
import { BodyTooLarge, readBody } from '../../platform/http/body.ts';
import { forward } from './forward.ts';
import type { RoutedRequest } from '../../platform/http/routes.ts';
import type { SubgraphRequest, SubgraphService, SubgraphStream } from '../../platform/serving/service.ts';
import { RemoteStreams } from './remote-streams.ts';

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

/** An OS in another process: queries and mutations over HTTP, subscriptions over graphql-ws. Rejects when it is unavailable. */
export class RemoteSubgraph implements SubgraphService {
  readonly name: string;
  private readonly path: string;
  private readonly pool: Pool;
  private readonly keys: RouterKeys;
  private readonly streams: RemoteStreams;

  constructor(options: { name: string; url: string; routerSecret: string }) {
    const url = new URL(options.url);
    this.name = options.name;
    this.path = url.pathname + url.search;
    this.keys = routerKeysOf(options.routerSecret, options.name);
    this.pool = new Pool(url.origin, { connections: mostConnections, keepAliveTimeout: 30_000, connectTimeout: 3_000 });
    this.streams = new RemoteStreams(options.url.replace(/^http/, 'ws'), this.keys);
  }

  async execute(request: SubgraphRequest): Promise<ExecutionResult> {
    const mutation = /^\s*mutation\b/.test(request.query);
    const controller = new AbortController();
    const timer = setTimeout(
      () => controller.abort(new Error(`no answer within ${longestAnswerTime} ms`)),
      longestAnswerTime,
    );
    const leave = () => controller.abort(new Error('the client has left'));
    if (request.signal?.aborted) leave();
    request.signal?.addEventListener('abort', leave, { once: true });
    try {
      try {
        return await this.post(request, controller.signal);
      } catch (error) {
        const code = (error as { code?: unknown }).code;
        if (mutation || controller.signal.aborted || typeof code !== 'string' || !connectionFailures.has(code))
          throw error;
        // The other side may have closed a kept-alive connection just as it was used. Try once more on another one, with a new
        // signature.
        return await this.post(request, controller.signal);
      }
    } finally {
      clearTimeout(timer);
      request.signal?.removeEventListener('abort', leave);
    }
  }

  /** Streams an HTTP request to the OS and its answer back. */
  async handle(routed: RoutedRequest): Promise<void> {
    const { request, info } = routed;
    await forward(this.pool, routed, await signedRoute(this.keys, request.method ?? 'GET', request.url ?? '/', info));
  }

  subscribe(request: SubgraphRequest): Promise<SubgraphStream | ExecutionResult> {
    return Promise.resolve(this.streams.subscribe(request));
  }

  async close(): Promise<void> {
    await this.streams.close();
    await this.pool.destroy();
  }

  private async post({ info, ...operation }: SubgraphRequest, signal: AbortSignal): Promise<ExecutionResult> {
    const { headers: signed, body } = await signedPost(this.keys, operation, info);
    const headers = {
      ...signed,
      accept: 'application/json',
      'x-request-id': info.requestId,
      ...(info.traceparent ? { traceparent: info.traceparent } : {}),
    };
    const response = await this.pool.request({ path: this.path, method: 'POST', headers, body, signal });
    const read = await readBody(response.body, largestAnswer).catch((error: unknown) => {
      response.body.destroy();
      throw error instanceof BodyTooLarge ? new Error(`an answer of more than ${largestAnswer} bytes`) : error;
    });
    const text = read.toString('utf8');
    let answer: unknown;
    try {
      answer = JSON.parse(text);
    } catch {
      throw new Error(`HTTP ${response.statusCode} without JSON`);
    }
    if (typeof answer !== 'object' || answer === null || !('data' in answer || 'errors' in answer)) {
      throw new Error(`HTTP ${response.statusCode} without a GraphQL answer`);
    }
    return answer as ExecutionResult;
  }
}
