import type { IncomingMessage, ServerResponse } from 'node:http';
import { header, overTls } from '../authentication/client.ts';

/** Headers that clients may send from another origin. */
const allowedHeaders = [
  'authorization',
  'content-type',
  'universe',
  'acting-for',
  'audience',
  'x-request-id',
  'traceparent',
  'ensemble-explain',
  'apollo-require-preflight',
  'apollographql-client-name',
  'apollographql-client-version',
  'graphql-client-name',
  'graphql-client-version',
  'x-apollo-operation-name',
  'x-graphql-event-stream-token',
  // Uploads, by the tus protocol.
  'tus-resumable',
  'upload-length',
  'upload-metadata',
  'upload-offset',
  'x-http-method-override',
].join(', ');
/** Headers of ours that scripts of another origin may read. */
const exposedHeaders =
  'request-id, retry-after, www-authenticate, location, tus-resumable, tus-version, tus-extension, tus-max-size, ' +
  'upload-offset, upload-length, upload-expires';
/** Seconds for which a browser may remember a preflight. */
const preflightLifetime = '600';

/** Sets the headers of every answer: no guessed content types, no referrer, no framing. */
export function secure(response: ServerResponse, tls: boolean): void {
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('x-frame-options', 'DENY');
  response.setHeader('cross-origin-opener-policy', 'same-origin');
  response.setHeader('permissions-policy', 'camera=(), geolocation=(), microphone=()');
  if (tls) response.setHeader('strict-transport-security', 'max-age=31536000');
}

/**
 * Sets the headers for other origins: only those of CORS_ORIGINS are allowed. Credentials are never allowed, because tokens are sent in
 * a header and not in cookies. Returns whether the request was a preflight, which is then answered.
 */
export function crossOrigin(request: IncomingMessage, response: ServerResponse, origins: readonly string[]): boolean {
  const origin = header(request, 'origin');
  if (origins.length > 0) response.setHeader('vary', 'origin');
  const allowed = origin !== null && origins.includes(origin);
  if (allowed) {
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-expose-headers', exposedHeaders);
  }
  const preflight =
    request.method === 'OPTIONS' && origin !== null && header(request, 'access-control-request-method') !== null;
  if (!preflight) return false;
  if (allowed) {
    response.setHeader('access-control-allow-methods', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS');
    response.setHeader('access-control-allow-headers', allowedHeaders);
    response.setHeader('access-control-max-age', preflightLifetime);
  }
  response.writeHead(204);
  response.end();
  return true;
}

/**
 * Sets the headers for a path that every origin may read. No answer depends on a cookie, so any page learns only what its author could
 * read. Returns whether the request was a preflight, which is then answered.
 */
export function openToAll(request: IncomingMessage, response: ServerResponse, methods: readonly string[]): boolean {
  response.setHeader('access-control-allow-origin', '*');
  response.setHeader(
    'access-control-expose-headers',
    'request-id, retry-after, link, etag, content-range, accept-ranges',
  );
  response.setHeader('cross-origin-resource-policy', 'cross-origin');
  const preflight = request.method === 'OPTIONS' && header(request, 'access-control-request-method') !== null;
  if (!preflight) return false;
  response.setHeader('access-control-allow-methods', methods.join(', '));
  response.setHeader('access-control-allow-headers', 'authorization, universe, acting-for, range, if-none-match');
  response.setHeader('access-control-max-age', preflightLifetime);
  response.writeHead(204);
  response.end();
  return true;
}

/** Whether a WebSocket may be opened from the origin that a browser sends. Programs send none. */
export function mayUpgrade(request: IncomingMessage, origins: readonly string[], trusted: number): boolean {
  const origin = header(request, 'origin');
  if (origin === null) return true;
  if (origins.includes(origin)) return true;
  const hosts = [header(request, 'host'), trusted > 0 ? header(request, 'x-forwarded-host') : null];
  return URL.canParse(origin) && hosts.includes(new URL(origin).host);
}

/**
 * The policy of the console's page: everything from our own origin and nothing else. 'unsafe-inline' is for styles only, which the
 * editor writes at run time.
 */
export function contentSecurityPolicy(request: IncomingMessage, trusted: number): string {
  const host = header(request, 'host') ?? '';
  // The client wrote the header: only a valid host goes into ours.
  const socket = /^[A-Za-z0-9.-]+(:\d+)?$|^\[[0-9a-fA-F:]+\](:\d+)?$/.test(host)
    ? ` ${overTls(request, trusted) ? 'wss' : 'ws'}://${host}`
    : '';
  return [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self' blob:",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    `connect-src 'self'${socket}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
