import type { ExecutionResult } from 'graphql';
import { routerKeysOf, signedPost, signedRoute, type RouterKeys } from '../../platform/access/router.ts';
import { forward } from './forward.ts';
import { HttpClient } from './http-client.ts';
import type { RoutedRequest } from '../../platform/http/routes.ts';
import type { SubgraphRequest, SubgraphService, SubgraphStream } from '../../platform/serving/service.ts';
import { RemoteStreams } from './remote-streams.ts';

/** An OS in another process: queries and mutations over HTTP, subscriptions over graphql-ws. Rejects when it is unavailable. */
export class RemoteSubgraph implements SubgraphService {
  readonly name: string;
  private readonly http: HttpClient;
  private readonly keys: RouterKeys;
  private readonly streams: RemoteStreams;

  /** `timeout` of one call is in milliseconds. */
  constructor(options: { name: string; url: string; routerSecret: string; timeout?: number }) {
    this.name = options.name;
    this.keys = routerKeysOf(options.routerSecret, options.name);
    this.http = new HttpClient(options.url, options.timeout);
    this.streams = new RemoteStreams(options.url.replace(/^http/, 'ws'), this.keys);
  }

  execute(request: SubgraphRequest): Promise<ExecutionResult> {
    const { info, query, variables, operationName } = request;
    return this.http.ask(request, async () => {
      const { headers, body } = await signedPost(this.keys, { query, variables, operationName }, info);
      return {
        headers: {
          ...headers,
          accept: 'application/json',
          'x-request-id': info.requestId,
          ...(info.traceparent ? { traceparent: info.traceparent } : {}),
        },
        body,
      };
    });
  }

  /** Streams an HTTP request to the OS and its answer back. */
  async handle(routed: RoutedRequest): Promise<void> {
    const { request, info } = routed;
    const credentials = await signedRoute(this.keys, request.method ?? 'GET', request.url ?? '/', info);
    await forward(this.http.pool, routed, credentials);
  }

  subscribe(request: SubgraphRequest): Promise<SubgraphStream | ExecutionResult> {
    return Promise.resolve(this.streams.subscribe(request));
  }

  async close(): Promise<void> {
    await this.streams.close();
    await this.http.close();
  }
}
