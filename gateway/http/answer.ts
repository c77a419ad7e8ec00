import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ErrorFormat } from '../errors.ts';
import { toGraphQLError } from '../errors.ts';
import { mediaTypeOf, wholeForm } from './accept.ts';

/** Milliseconds that a client has by default to receive an answer. */
const defaultTaking = 30_000;
/** Bytes for which a client gets that time again: at less than 140 kB a second a page of ours is of no use. */
const portion = 4_194_304;

/** Disconnects a client that does not receive an answer of this size in time: until then the answer is in our memory. */
export function takenWithin(response: ServerResponse, bytes: number, milliseconds: number): void {
  const timer = setTimeout(() => response.destroy(), milliseconds * Math.ceil(bytes / portion || 1)).unref();
  response.once('close', () => clearTimeout(timer));
}

/** Sends a whole answer, to HEAD without the body. */
export function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Record<string, string>,
  body: string | Buffer,
): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  response.writeHead(status, { ...headers, ...(status === 304 ? {} : { 'content-length': String(bytes.length) }) });
  takenWithin(response, bytes.length, defaultTaking);
  response.end(request.method === 'HEAD' || status === 304 ? undefined : bytes);
}

export function answerJson(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  const type = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };
  answer(request, response, status, { ...type, ...headers }, `${JSON.stringify(value)}\n`);
}

/** Refuses a GraphQL request before Apollo Server sees it, with the form and status that Apollo would use. */
export function answerError(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  format: ErrorFormat,
): void {
  const graphQLError = toGraphQLError(error);
  const formatted = format(graphQLError);
  const http = graphQLError.extensions['http'] as { status?: number; headers?: Map<string, string> } | undefined;
  const retryAfter = formatted.extensions?.['retryAfter'];
  answerJson(
    request,
    response,
    http?.status ?? 500,
    { errors: [formatted] },
    {
      'content-type': mediaTypeOf(wholeForm(request)),
      ...Object.fromEntries(http?.headers ?? []),
      ...(typeof retryAfter === 'number' ? { 'retry-after': String(retryAfter) } : {}),
    },
  );
}

/** Refuses a method; the answer lists the methods of the path. */
export function wrongMethod(request: IncomingMessage, response: ServerResponse, allow: string): void {
  answerJson(request, response, 405, { error: `This path answers ${allow}.` }, { allow });
}
