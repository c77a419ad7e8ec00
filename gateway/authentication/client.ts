import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Circumstances } from './authentication.ts';

/** Characters of a user agent to keep: enough to tell programs apart. */
const longestUserAgent = 256;
/** Characters of a client's name and version to keep. */
const longestProgram = 128;

/** One header's value; `null` when it is absent. Repeated headers are joined. */
export function header(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  if (value === undefined) return null;
  return Array.isArray(value) ? value.join(', ') : value;
}

/** The request's id: the client's own when it is 8 to 64 plain characters, else a new one. */
export function requestIdOf(request: IncomingMessage): string {
  const given = header(request, 'x-request-id');
  return given !== null && /^[A-Za-z0-9._-]{8,64}$/.test(given) ? given : randomUUID();
}

/** The address in an X-Forwarded-For entry, which some proxies write with a port or in brackets; `null` if there is none. */
function addressIn(hop: string): string | null {
  const [, bracketed, dotted] = /^"?(?:\[([^\]]+)\]|(\d+(?:\.\d+){3}))(?::\d+)?"?$/.exec(hop) ?? [];
  const address = bracketed ?? dotted ?? hop;
  return isIP(address) === 0 ? null : address;
}

/**
 * The client's address: the socket's, or behind `trusted` proxies the X-Forwarded-For entry that the outermost of them wrote. Clients
 * can forge entries further left. An entry without an address ("unknown") counts as the proxy that wrote it, so that no client
 * escapes limits by having none.
 */
export function clientIp(request: IncomingMessage, trusted: number): string | null {
  const socket = request.socket.remoteAddress ?? null;
  if (trusted === 0) return socket;
  const hops = (header(request, 'x-forwarded-for') ?? '')
    .split(',')
    .map((hop) => hop.trim())
    .filter((hop) => hop !== '')
    .slice(-trusted);
  return hops.map(addressIn).find((address) => address !== null) ?? socket;
}

/** Whether the client uses TLS to the outermost trusted proxy. */
export function overTls(request: IncomingMessage, trusted: number): boolean {
  return trusted > 0 && header(request, 'x-forwarded-proto')?.split(',').at(-1)?.trim() === 'https';
}

/** The client's name and version by the headers that Apollo's and Hive's clients send; `null` if it gives none. */
function programOf(request: IncomingMessage): string | null {
  const say = (what: string): string | null =>
    header(request, `apollographql-client-${what}`) ?? header(request, `graphql-client-${what}`);
  const name = say('name');
  if (name === null) return null;
  const version = say('version');
  return (version === null ? name : `${name} ${version}`).slice(0, longestProgram);
}

/** The audience whose schema a request uses: of its path `/graphql/…`, or of its header; `null` for the whole schema. */
function audienceIn(request: IncomingMessage): string | null {
  const path = request.url?.split('?', 1)[0] ?? '';
  return path.startsWith('/graphql/') ? path.slice('/graphql/'.length) : header(request, 'audience');
}

/** The trace of a request, as W3C traceparent; null if it belongs to none. */
export function traceparentIn(request: IncomingMessage): string | null {
  const given = header(request, 'traceparent');
  return given !== null && /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(given) ? given : null;
}

export function circumstancesOf(request: IncomingMessage, requestId: string, trusted: number): Circumstances {
  return {
    requestId,
    traceparent: traceparentIn(request),
    client: {
      ip: clientIp(request, trusted),
      userAgent: header(request, 'user-agent')?.slice(0, longestUserAgent) ?? null,
    },
    program: programOf(request),
    audience: audienceIn(request),
  };
}
