import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ErrorFormat } from '../errors.ts';
import { toGraphQLError } from '../errors.ts';
import { header } from '../authentication/client.ts';

/** Milliseconds within which an answer is taken where nothing else is said. */
const usualTaking = 30_000;
/** Bytes for which there is that time again: 140 kB a second is slower than any connection on which a page of ours is of use. */
const portion = 4_194_304;

/** Cuts a client that does not take an answer of so many bytes in time: what it leaves lying is our memory. */
export function takenWithin(response: ServerResponse, bytes: number, milliseconds: number): void {
  const timer = setTimeout(() => response.destroy(), milliseconds * Math.ceil(bytes / portion || 1)).unref();
  response.once('close', () => clearTimeout(timer));
}

/** Sends a whole answer. To HEAD the same without the body. */
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
  takenWithin(response, bytes.length, usualTaking);
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

/** Refuses a GraphQL request before Apollo Server sees it, in the form and with the status that Apollo would use. */
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
  const accepts = header(request, 'accept') ?? '';
  const type = accepts.includes('application/graphql-response+json')
    ? 'application/graphql-response+json'
    : 'application/json';
  answerJson(
    request,
    response,
    http?.status ?? 500,
    { errors: [formatted] },
    {
      'content-type': `${type}; charset=utf-8`,
      ...Object.fromEntries(http?.headers ?? []),
      ...(typeof retryAfter === 'number' ? { 'retry-after': String(retryAfter) } : {}),
    },
  );
}

/** Says which methods a path knows. */
export function wrongMethod(request: IncomingMessage, response: ServerResponse, allow: string): void {
  answerJson(request, response, 405, { error: `This path answers ${allow}.` }, { allow });
}
