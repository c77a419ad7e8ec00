import type { IncomingHttpHeaders } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Pool } from 'undici';
import { Unavailable } from '../../platform/errors/errors.ts';
import type { RoutedRequest } from '../../platform/http/routes.ts';
import { originHeader, varyBy } from '../../platform/http/headers.ts';

/** Milliseconds until an answer begins: an OS checks the last bytes of a film before it acknowledges them. */
const headersPatience = 120_000;
/** Milliseconds without any bytes of an answer. */
const silencePatience = 60_000;

/** Headers that are not forwarded: those about one connection, and `authorization`, which the signed credentials replace. */
const ownHeaders = new Set([
  'authorization',
  'connection',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Streams a request to an OS in another process, and its answer back. Rejects when the OS is unavailable. */
export async function forward(
  pool: Pool,
  { request, response, info, origin }: RoutedRequest,
  credentials: Record<string, string>,
): Promise<void> {
  const gone = new AbortController();
  // When the client leaves, its upload stops: the OS keeps the bytes it has received.
  const leave = (): void => gone.abort(new Error('the client has left'));
  response.once('close', leave);
  try {
    const hasBody =
      request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
    const answer = await pool
      .request({
        path: request.url ?? '/',
        method: (request.method ?? 'GET') as 'GET',
        headers: {
          ...passedOn(request.headers),
          ...credentials,
          [originHeader]: origin,
          'x-request-id': info.requestId,
          ...(info.traceparent ? { traceparent: info.traceparent } : {}),
        },
        body: hasBody ? request : null,
        signal: gone.signal,
        headersTimeout: headersPatience,
        bodyTimeout: silencePatience,
      })
      .catch(() => {
        throw new Unavailable('The OS behind this path is away.', { retryAfter: 1 });
      });
    const { vary, ...headers } = passedOn(answer.headers);
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value);
    if (vary !== undefined)
      varyBy(
        response,
        vary.split(',').map((name) => name.trim()),
      );
    if (!request.complete) response.setHeader('connection', 'close');
    response.writeHead(answer.statusCode);
    await pipeline(answer.body, response);
  } finally {
    response.off('close', leave);
  }
}

function passedOn(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ownHeaders.has(name)));
}
