import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from '../context/context.ts';
import type { RequestInfo } from '../context/request.ts';
import { EnsembleError } from '../errors/errors.ts';
import { httpStatus } from '../errors/statuses.ts';
import type { Logger } from '../telemetry/log.ts';

/** The header in which a gateway says, between processes, where the client sees the graph. */
export const originHeader = 'ensemble-origin';

/** Ends the connection of a request that is not here whole within so many milliseconds: nobody may hold one open by dripping. */
export function endWithin(request: IncomingMessage, milliseconds: number): void {
  if (request.complete) return;
  const timer = setTimeout(() => {
    if (!request.complete) request.socket.destroy();
  }, milliseconds);
  timer.unref();
  request.once('close', () => clearTimeout(timer));
}

/** Says that the answer depends on these request headers too, besides those that were named before. */
export function varyBy(response: ServerResponse, names: readonly string[]): void {
  const before = String(response.getHeader('vary') ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  response.setHeader('vary', [...new Set([...before, ...names])].join(', '));
}

/** Aborted when the client leaves before its answer is whole: what is then still being made, nobody waits for. */
export function leavingOf(response: ServerResponse): AbortSignal {
  const left = new AbortController();
  const look = (): void => {
    if (!response.writableFinished) left.abort(new ClientLeft());
  };
  if (response.destroyed) look();
  else response.once('close', look);
  return left.signal;
}

/** Why work was given up: the client that asked for it is gone. */
export class ClientLeft extends Error {
  constructor() {
    super('The client has left.');
  }
}

/** An HTTP request below one of an OS's routes, as a gateway hands it over. */
export interface RoutedRequest {
  request: IncomingMessage;
  response: ServerResponse;
  /** Who asks, as the gateway found out. */
  info: RequestInfo;
  /** Where the client sees the graph: `https://graph.example.org`, with a path behind it where PUBLIC_URL has one. */
  origin: string;
}

export interface RouteCall extends Omit<RoutedRequest, 'info'> {
  /** Path and query; its origin is the one that the client sees. */
  url: URL;
  /** As for a query: who asks, rows, time. Nothing here runs in a transaction. */
  context: Context;
}

/**
 * What an OS answers besides GraphQL: bytes. A gateway forwards every request whose path begins with the prefix, with whoever
 * asks already known, so what is served here asks the same policies as the graph does.
 */
export interface HttpRoute {
  /** With a slash at both ends: `/media/`. One OS owns it. */
  prefix: string;
  /** One sentence for readers of `schema/routes.json`. */
  description: string;
  methods: readonly string[];
  /** Whether pages of every origin may read the answers. Nothing rests on cookies, so a page learns what anybody could. */
  open: boolean;
  /** Whether everybody gets the same answers: the gateway looks at no token, and `handle` sees an anonymous actor of `main`. */
  anonymous: boolean;
  handle(call: RouteCall): Promise<void>;
}

/** The routes of a house as a gateway needs them, and as `schema/routes.json` lists them. */
export type RouteTable = readonly (Pick<HttpRoute, 'prefix' | 'description' | 'methods' | 'open' | 'anonymous'> & {
  os: string;
})[];

/** What the routes of these OSes are. Throws when two of them would answer the same path. */
export function routesOf(subgraphs: readonly { name: string; routes: readonly HttpRoute[] }[]): RouteTable {
  const table = subgraphs.flatMap(({ name, routes }) =>
    routes.map(({ prefix, description, methods, open, anonymous }) => ({
      prefix,
      os: name,
      description,
      methods,
      open,
      anonymous,
    })),
  );
  for (const { prefix, os } of table) {
    if (!/^\/[a-z][a-z0-9-]*\/$/.test(prefix))
      throw new Error(`The route "${prefix}" of "${os}" is not of the form /word/`);
    if (table.filter((each) => each.prefix === prefix).length > 1) throw new Error(`Two routes answer ${prefix}`);
  }
  return table;
}

/** An answer that is no success, with the status of the protocol that is spoken; for what the house's errors do not say. */
export class HttpFault extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** Answers a failure as a sentence in JSON; what is no error of the house's own is logged and not told. */
export function answerFailure(
  { request, response }: Pick<RoutedRequest, 'request' | 'response'>,
  error: unknown,
  log: Logger,
): void {
  if (response.destroyed) return;
  if (response.headersSent) {
    // Half of an answer must not look like a whole one.
    log.warn({ err: error, path: pathOf(request) }, 'an answer broke off');
    response.destroy();
    return;
  }
  const { status, message, headers } = faultOf(error, request, log);
  const body = Buffer.from(`${JSON.stringify({ error: message })}\n`);
  for (const name of ['etag', 'last-modified', 'content-range', 'content-disposition']) response.removeHeader(name);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    ...headers,
    'content-length': body.length,
    // What the client still sends of a body that is refused is not read.
    ...(request.complete ? {} : { connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function faultOf(
  error: unknown,
  request: IncomingMessage,
  log: Logger,
): { status: number; message: string; headers: Record<string, string> } {
  if (error instanceof HttpFault) return error;
  if (error instanceof EnsembleError) {
    const { retryAfter } = error.details;
    const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
    return { status: httpStatus[error.code], message: error.message, headers: headers as Record<string, string> };
  }
  log.error({ err: error, path: pathOf(request) }, 'a request failed where none should');
  return { status: 500, message: 'Something went wrong on our side.', headers: {} };
}

function pathOf(request: IncomingMessage): string | undefined {
  return request.url?.split('?', 1)[0];
}
