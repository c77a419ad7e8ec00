import type { IncomingMessage, ServerResponse } from 'node:http';
import { EnsembleError } from '../errors/errors.ts';
import { httpStatus } from '../errors/statuses.ts';
import type { Logger } from '../telemetry/log.ts';

/** An HTTP error with its status, for failures that the house's errors do not cover. */
export class HttpFault extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** Answers an error as a JSON message; unexpected errors are logged and their messages hidden. */
export function answerFailure(
  { request, response }: { request: IncomingMessage; response: ServerResponse },
  error: unknown,
  log: Logger,
): void {
  if (response.destroyed) return;
  if (response.headersSent) {
    // A partial answer must not look complete.
    log.warn({ err: error, path: pathOf(request) }, 'an answer was cut off');
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
    // The rest of a refused body is not read.
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
  log.error({ err: error, path: pathOf(request) }, 'a request failed with an unexpected error');
  return { status: 500, message: 'Something went wrong on our side.', headers: {} };
}

function pathOf(request: IncomingMessage): string | undefined {
  return request.url?.split('?', 1)[0];
}
