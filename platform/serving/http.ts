import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { digestOf, graphqlPurpose, largestHeaders, routerHeader } from '../access/router.ts';
import { endWithin } from '../http/connection.ts';
import { originHeader } from '../http/headers.ts';
import { answerMetrics, type MetricsAccess } from '../telemetry/expose.ts';
import type { Logger } from '../telemetry/log.ts';
import { Askers, type VerifyBearer } from './askers.ts';
import { Refusal, refusalOf } from './refusal.ts';
import { bodyOf, headersOf, requestIn } from './request.ts';
import type { SubgraphService } from './service.ts';
import { openSockets } from './sockets.ts';

/** Milliseconds in which a whole request must arrive; longer below a route, where it may be a film. */
const requestPatience = 30_000;
const routedPatience = 600_000;
/** Milliseconds for requests in flight to end. */
const drainPatience = 10_000;

export interface ServeOptions {
  port: number;
  host: string;
  /** ROUTER_SECRET: the subgraph's own keys are derived from it. */
  routerSecret: string;
  /** Without it bearer tokens are refused. */
  verifyBearer?: VerifyBearer;
  /** Who may read `/metrics`; by default nobody. */
  metrics?: MetricsAccess;
  /** Whether the OS can work now, for `/health/ready`. */
  ready?: () => Promise<boolean> | boolean;
  log: Logger;
}

export interface ServedSubgraph {
  url: string;
  /** Stops listening, waits for requests in flight (10 s at most), and closes streams with 1001. */
  close(): Promise<void>;
}

/**
 * Serves one OS to routers: POST /graphql and graphql-ws at the same path. Refuses everybody else. The gateway's signature says who asks;
 * a request with only the credential acts as the bearer of its token, or anonymously.
 */
export async function serveSubgraph(service: SubgraphService, options: ServeOptions): Promise<ServedSubgraph> {
  const { routerSecret, log } = options;
  const askers = new Askers(routerSecret, service.name, options.verifyBearer);
  const sockets = openSockets(service, askers, log);
  let draining = false;
  let inFlight = 0;

  const answer = (response: ServerResponse, status: number, value: unknown) => {
    if (response.destroyed || response.headersSent) return;
    const body = JSON.stringify(value);
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...(draining ? { connection: 'close' } : {}),
    });
    response.end(body);
  };

  const graphql = async (request: IncomingMessage, response: ServerResponse) => {
    const headers = headersOf(request);
    const signed = await askers.signed(headers[routerHeader], graphqlPurpose);
    const body = await bodyOf(request);
    if (signed && signed.digest !== digestOf(body))
      throw new Refusal(401, 'UNAUTHENTICATED', `${routerHeader}: was signed for another body.`);
    const { query, variables, operationName, extensions } = requestIn(body);
    const info = signed ? askers.infoOf(extensions['ensembleRequest']) : await askers.unsigned(headers);
    const left = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) left.abort();
    });
    answer(response, 200, await service.execute({ query, variables, operationName, info, signal: left.signal }));
  };

  const routed = async (request: IncomingMessage, response: ServerResponse) => {
    const headers = headersOf(request);
    if (!service.handle) throw new Refusal(404, 'NOT_FOUND', 'The subgraph is at /graphql.');
    const signed = await askers.signed(headers[routerHeader], `${request.method} ${request.url}`);
    const info = signed ? askers.infoOf(signed.info) : await askers.unsigned(headers);
    const origin = headers[originHeader] ?? `http://${headers['host'] ?? 'localhost'}`;
    if (!URL.canParse(origin)) throw new Refusal(400, 'INVALID', `${originHeader}: is not an origin.`);
    await service.handle({ request, response, info, origin });
  };

  const server = createServer(
    {
      headersTimeout: 10_000,
      requestTimeout: routedPatience,
      keepAliveTimeout: 65_000,
      maxHeaderSize: largestHeaders,
    },
    (request, response) => {
      inFlight += 1;
      response.once('close', () => {
        inFlight -= 1;
      });
      const path = request.url?.split('?', 1)[0];
      const work = async () => {
        if (path === '/health/live') return answer(response, 200, { status: 'live' });
        if (path === '/health/ready') {
          const ready = !draining && ((await options.ready?.()) ?? true);
          return answer(response, ready ? 200 : 503, { status: ready ? 'ready' : draining ? 'draining' : 'waiting' });
        }
        if (path === '/metrics') {
          const { status, headers, text } = await answerMetrics(
            request,
            options.metrics ?? { token: null, isLocal: false },
          );
          response.writeHead(status, headers).end(text);
          return;
        }
        if (path !== '/graphql') return routed(request, response);
        endWithin(request, requestPatience);
        if (request.method !== 'POST') throw new Refusal(405, 'INVALID', 'Send requests by POST.');
        await graphql(request, response);
      };
      work().catch((error: unknown) => {
        const { status, body } = refusalOf(error, service.name, log);
        if (!request.complete) response.setHeader('connection', 'close');
        answer(response, status, body);
      });
    },
  );

  server.on('upgrade', (request: IncomingMessage, duplex: Duplex, head: Buffer) => {
    duplex.on('error', (error) => log.debug({ err: error }, 'an upgrade failed'));
    if (request.url?.split('?', 1)[0] !== '/graphql' || draining) {
      duplex.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    sockets.upgrade(request, duplex, head);
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  let closing: Promise<void> | undefined;
  const drain = async () => {
    draining = true;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    const patience = Date.now() + drainPatience;
    while (inFlight > 0 && Date.now() < patience) await new Promise((resolve) => setTimeout(resolve, 20));
    await sockets.close();
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://${options.host}:${port}/graphql`, close: () => (closing ??= drain()) };
}
