import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { varyBy } from '../../platform/http/headers.ts';
import { answerMetrics, type MetricsAccess } from '../../platform/telemetry/expose.ts';
import { overTls, requestIdOf } from '../authentication/client.ts';
import { toGraphQLError, type ErrorFormat } from '../errors.ts';
import { limitRoleOf } from '../limits/limits.ts';
import { answer, answerError, answerJson, wrongMethod } from './answer.ts';
import type { ConsoleFiles } from './console.ts';
import { identify, type GraphQLOptions } from './exchange.ts';
import { answerGraphQL } from './graphql.ts';
import type { Health } from './health.ts';
import { answerRouted, type RoutedOptions } from './routed.ts';
import { crossOrigin, openToAll, secure } from './security.ts';

export interface RouterOptions extends RoutedOptions {
  graphql: GraphQLOptions;
  console: ConsoleFiles;
  health: Health;
  metrics: MetricsAccess;
  corsOrigins: readonly string[];
  format: ErrorFormat;
}

type Route = (options: RouterOptions, request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/** Paths that answer GET and HEAD. */
const reads: Record<string, Route> = {
  '/health/live': (_options, request, response) => answerJson(request, response, 200, { status: 'live' }),

  '/health/ready': async ({ health }, request, response) => {
    const readiness = await health.readiness();
    answerJson(request, response, readiness.ready ? 200 : 503, {
      status: readiness.status,
      waitingFor: readiness.waitingFor,
    });
  },

  '/metrics': async ({ metrics }, request, response) => {
    const { status, headers, text } = await answerMetrics(request, metrics);
    answer(request, response, status, headers, text);
  },

  '/.well-known/jwks.json': async ({ authentication, format }, request, response) => {
    try {
      const keys = await authentication.keys();
      answerJson(request, response, 200, keys, {
        'content-type': 'application/jwk-set+json',
        'cache-control': 'public, max-age=60',
      });
    } catch (error) {
      answerError(request, response, toGraphQLError(error), format);
    }
  },

  '/schema.graphql': async ({ graphql, format }, request, response) => {
    let apiSdl: string;
    try {
      const { actor, circumstances } = await identify(graphql, {
        request,
        requestId: requestIdOf(request),
        traceparent: null,
      });
      graphql.disclosure.requireSchema(limitRoleOf(actor));
      ({ apiSdl } = (await graphql.views.of(circumstances.audience)).value);
    } catch (error) {
      return answerError(request, response, toGraphQLError(error), format);
    }
    const etag = `"${createHash('sha256').update(apiSdl).digest('hex').slice(0, 32)}"`;
    varyBy(response, ['authorization', 'audience']);
    const headers = { 'content-type': 'application/graphql; charset=utf-8', 'cache-control': 'no-cache', etag };
    const known = (request.headers['if-none-match'] ?? '')
      .split(',')
      .some((tag) => tag.trim().replace(/^W\//, '') === etag);
    answer(request, response, known ? 304 : 200, headers, known ? '' : apiSdl);
  },
};

/** Answers every HTTP request of the gateway. */
export async function route(options: RouterOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const requestId = requestIdOf(request);
  response.setHeader('request-id', requestId);
  secure(response, overTls(request, options.trustProxy));
  const routed = options.routed.of(request);
  if (routed?.open ? openToAll(request, response, routed.methods) : crossOrigin(request, response, options.corsOrigins))
    return;
  const url = request.url ?? '/';
  const path = url.split('?', 1)[0] ?? '/';
  if (path === '/graphql' || path.startsWith('/graphql/')) {
    if (request.method === 'OPTIONS') return answer(request, response, 204, { allow: 'GET, POST, PUT, OPTIONS' }, '');
    return answerGraphQL(options.graphql, request, response, requestId);
  }
  if (routed) return answerRouted(options, routed, request, response, requestId);
  const reading = request.method === 'GET' || request.method === 'HEAD';
  const read = reads[path];
  if (read && Object.hasOwn(reads, path)) {
    if (!reading) return wrongMethod(request, response, 'GET, HEAD');
    return read(options, request, response);
  }
  if (reading && (await options.console.serve(request, response, path, options.trustProxy))) return;
  if (path === '/') return wrongMethod(request, response, 'GET, HEAD');
  answerJson(request, response, 404, {
    error: 'There is nothing here. The graph is at /graphql, its schema at /schema.graphql.',
  });
}
