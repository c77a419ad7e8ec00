import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { getOperationAST, GraphQLError, parse, type ExecutionArgs } from 'graphql';
import { handleProtocols, type SubscribePayload } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import {
  connectionPurpose,
  digestOf,
  graphqlPurpose,
  largestHeaders,
  operationDigest,
  operationPurpose,
  routerHeader,
  routerKeysOf,
  type Signed,
} from '../access/router.ts';
import { Signatures } from '../access/signatures.ts';
import { anonymous, defaultUniverse } from '../context/actor.ts';
import { newRequestInfo, type RequestInfo } from '../context/request.ts';
import { EnsembleError } from '../errors/errors.ts';
import { httpStatus } from '../errors/statuses.ts';
import { BodyTooLarge, readBody } from '../http/body.ts';
import type { Logger } from '../telemetry/log.ts';
import { endWithin } from '../http/connection.ts';
import { originHeader } from '../http/headers.ts';
import type { SubgraphRequest, SubgraphService } from './service.ts';

/** Bytes of one request. The gateway takes 1 MiB from clients; representations of a thousand entities come on top. */
const largestRequest = 8 * 1_048_576;
/** Milliseconds in which a request has to be here whole, and one below a route, which may be a film. */
const requestPatience = 30_000;
const routedPatience = 600_000;
/** Milliseconds that requests in flight get to end in. */
const drainPatience = 10_000;

export interface ServeOptions {
  port: number;
  host: string;
  /** ROUTER_SECRET: the subgraph's own keys are derived from it. */
  routerSecret: string;
  /**
   * Who bears a token, for routers other than ours: they pass on the user's `authorization`, `universe` and `acting-for`.
   * Throws when the token is not genuine. Without it bearer tokens are refused.
   */
  verifyBearer?: (bearer: string, headers: Readonly<Record<string, string | undefined>>) => Promise<RequestInfo>;
  /** Whether the OS can do its work now; `/health/ready` asks. */
  ready?: () => Promise<boolean> | boolean;
  log: Logger;
}

export interface ServedSubgraph {
  url: string;
  /** Ends what is in flight (10 s at most), closes streams with 1001, and listens no more. */
  close(): Promise<void>;
}

/** A refusal before any GraphQL: the status, and a sentence. */
class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/**
 * Serves one OS to routers: POST /graphql and graphql-ws at the same path. Only routers are heard. What a gateway has
 * signed says who asks; what comes with the credential alone asks for the bearer of the user's own token, or for nobody.
 */
export async function serveSubgraph(service: SubgraphService, options: ServeOptions): Promise<ServedSubgraph> {
  const { routerSecret, log } = options;
  const signatures = new Signatures(routerKeysOf(routerSecret, service.name));
  let draining = false;
  let inFlight = 0;

  /** What a signature says; `null` where the credential stands in its place. */
  const signedIn = async (given: string | undefined, purpose: string): Promise<Signed | null> => {
    if (signatures.isCredential(given)) return null;
    if (!given) throw new Refusal(401, 'UNAUTHENTICATED', `${routerHeader}: is missing.`);
    return signatures.take(given, purpose).catch(() => {
      throw new Refusal(401, 'UNAUTHENTICATED', `${routerHeader}: is wrong, too old or used before.`);
    });
  };

  const signedInfo = (info: unknown): RequestInfo => {
    if (typeof info !== 'object' || info === null)
      throw new Refusal(401, 'UNAUTHENTICATED', 'What is signed does not say who asks.');
    return info as RequestInfo;
  };

  /** Who asks through a router that cannot sign: nothing of what the request itself says about an actor is believed. */
  const unsignedInfo = async (headers: Readonly<Record<string, string | undefined>>): Promise<RequestInfo> => {
    const bearer = /^Bearer +(\S+)$/i.exec(headers['authorization'] ?? '')?.[1];
    if (headers['authorization'] && !(bearer && options.verifyBearer)) {
      throw new Refusal(401, 'UNAUTHENTICATED', 'Bearer tokens are not taken here.');
    }
    if (bearer && options.verifyBearer) return options.verifyBearer(bearer, headers);
    return newRequestInfo(anonymous(headers['universe'] ?? defaultUniverse), {
      requestId: headers['x-request-id'],
      traceparent: headers['traceparent'] ?? null,
    });
  };

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
    const headers = flat(request);
    const signed = await signedIn(headers[routerHeader], graphqlPurpose);
    const body = await bodyOf(request);
    if (signed && signed.digest !== digestOf(body))
      throw new Refusal(401, 'UNAUTHENTICATED', `${routerHeader}: was signed for another body.`);
    const { query, variables, operationName, extensions } = requestIn(body);
    const info = signed ? signedInfo(extensions['ensembleRequest']) : await unsignedInfo(headers);
    const left = new AbortController();
    response.once('close', () => left.abort());
    answer(response, 200, await service.execute({ query, variables, operationName, info, signal: left.signal }));
  };

  const routed = async (request: IncomingMessage, response: ServerResponse) => {
    const headers = flat(request);
    if (!service.handle) throw new Refusal(404, 'NOT_FOUND', 'The subgraph is at /graphql.');
    const signed = await signedIn(headers[routerHeader], `${request.method} ${request.url}`);
    const info = signed ? signedInfo(signed.info) : await unsignedInfo(headers);
    const origin = headers[originHeader] ?? `http://${headers['host'] ?? 'localhost'}`;
    if (!URL.canParse(origin)) throw new Refusal(400, 'INVALID', `The header ${originHeader} is no origin.`);
    await service.handle({ request, response, info, origin });
  };

  const signedOperation = async (given: unknown, payload: SubscribePayload): Promise<RequestInfo> => {
    const signed = typeof given === 'string' ? await signatures.take(given, operationPurpose).catch(() => null) : null;
    const digest = operationDigest(payload, payload.extensions?.['ensembleMarks'] === true);
    if (signed?.digest !== digest)
      throw new Refusal(
        401,
        'UNAUTHENTICATED',
        'extensions.ensembleRequest: is no signature of this operation, or too old.',
      );
    return signedInfo(signed.info);
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
        if (path !== '/graphql') return routed(request, response);
        endWithin(request, requestPatience);
        if (request.method !== 'POST') throw new Refusal(405, 'INVALID', 'Requests are POSTed.');
        await graphql(request, response);
      };
      work().catch((error: unknown) => {
        const { status, body } = refusalOf(error, service.name, log);
        if (!request.complete) response.setHeader('connection', 'close');
        answer(response, status, body);
      });
    },
  );

  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: largestRequest,
    perMessageDeflate: false,
    handleProtocols,
  });
  /** Connections of routers that sign: each of their operations is signed too. */
  const signing = new WeakSet<object>();
  const streams = useServer(
    {
      connectionInitWaitTimeout: 10_000,
      onConnect: async ({ connectionParams, extra }) => {
        const said = connectionParams?.['routerAuthorization'] ?? extra.request.headers[routerHeader];
        try {
          const signed = await signedIn(typeof said === 'string' ? said : undefined, connectionPurpose);
          if (signed) signing.add(extra.socket);
          return true;
        } catch {
          return false;
        }
      },
      onSubscribe: async (context, _id, payload): Promise<ExecutionArgs | GraphQLError[]> => {
        try {
          const extensions = payload.extensions ?? {};
          const given = extensions['ensembleRequest'];
          const info =
            given !== undefined || signing.has(context.extra.socket)
              ? await signedOperation(given, payload)
              : await unsignedInfo(wordsOf({ ...context.connectionParams, ...extensions }));
          return {
            schema: undefined as never,
            document: parse(payload.query),
            operationName: payload.operationName ?? null,
            contextValue: asked(payload, info),
          };
        } catch (error) {
          if (error instanceof GraphQLError) return [error];
          const { body } = refusalOf(error, service.name, log);
          return body.errors.map((each) => new GraphQLError(each.message, { extensions: each.extensions }));
        }
      },
      execute: (args) => service.execute(args.contextValue as SubgraphRequest),
      subscribe: async (args) => {
        if (getOperationAST(args.document, args.operationName)?.operation !== 'subscription')
          return { errors: [new GraphQLError('Not a subscription.')] };
        return service.subscribe(args.contextValue as SubgraphRequest);
      },
      // Errors may be plain objects already; graphql-ws would call methods on them.
      onNext: (_context, _id, _payload, _args, result) => result as never,
    },
    sockets as never,
    12_000,
  );
  server.on('upgrade', (request: IncomingMessage, duplex: Duplex, head: Buffer) => {
    duplex.on('error', (error) => log.debug({ err: error }, 'an upgrade failed'));
    if (request.url?.split('?', 1)[0] !== '/graphql' || draining) {
      duplex.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, duplex, head, (socket) => sockets.emit('connection', socket, request));
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
    const cut = setTimeout(() => sockets.clients.forEach((socket) => socket.terminate()), 2_000);
    await streams.dispose();
    clearTimeout(cut);
    server.closeAllConnections();
    await closed;
  };
  return { url: `http://${options.host}:${port}/graphql`, close: () => (closing ??= drain()) };
}

function asked(payload: SubscribePayload, info: RequestInfo): SubgraphRequest {
  return {
    query: payload.query,
    variables: payload.variables ?? undefined,
    operationName: payload.operationName ?? undefined,
    info,
    marks: payload.extensions?.['ensembleMarks'] === true,
  };
}

function flat(request: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}

/** What stands in connection_init and in the extensions, read as headers. */
function wordsOf(said: Record<string, unknown>): Record<string, string | undefined> {
  const words: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(said)) if (typeof value === 'string') words[name.toLowerCase()] = value;
  words['acting-for'] ??= words['actingfor'];
  return words;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return readBody(request, largestRequest, request.headers['content-length']).catch((error: unknown) => {
    if (!(error instanceof BodyTooLarge)) throw error;
    throw new Refusal(413, 'INVALID', `A request has at most ${largestRequest} bytes.`);
  });
}

function jsonIn(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    throw new Refusal(400, 'INVALID', 'The body is not valid JSON.');
  }
}

function requestIn(bytes: Buffer): Omit<SubgraphRequest, 'info'> & { extensions: Record<string, unknown> } {
  const body = jsonIn(bytes);
  const { query, variables, operationName, extensions } = (
    typeof body === 'object' && body !== null ? body : {}
  ) as Record<string, unknown>;
  if (typeof query !== 'string')
    throw new Refusal(400, 'INVALID', 'The body is a GraphQL request: { query, variables, operationName }.');
  return {
    query,
    variables: typeof variables === 'object' && variables !== null ? (variables as Record<string, unknown>) : undefined,
    operationName: typeof operationName === 'string' ? operationName : undefined,
    extensions: typeof extensions === 'object' && extensions !== null ? (extensions as Record<string, unknown>) : {},
  };
}

function refusalOf(
  error: unknown,
  os: string,
  log: Logger,
): { status: number; body: { errors: { message: string; extensions: Record<string, unknown> }[] } } {
  const said = (status: number, message: string, code: string, retryable: boolean) => ({
    status,
    body: { errors: [{ message, extensions: { code, os, retryable } }] },
  });
  if (error instanceof Refusal) return said(error.status, error.message, error.code, false);
  if (error instanceof EnsembleError) {
    return said(httpStatus[error.code], error.message, error.code, error.retryable);
  }
  log.error({ err: error }, 'a request failed where none should');
  return said(500, 'Something went wrong on our side.', 'INTERNAL', false);
}
