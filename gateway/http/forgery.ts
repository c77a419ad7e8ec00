import type { IncomingMessage } from 'node:http';
import { header } from '../authentication/client.ts';
import { badQuery } from '../errors.ts';
import { mayUpgrade } from './security.ts';

/** Headers that a page may send to another origin only after a preflight, which only CORS_ORIGINS pass. */
const preflighted = ['apollo-require-preflight', 'x-apollo-operation-name', 'x-graphql-event-stream-token'];
/** Content types that a page may send to another origin without a preflight. */
const withoutPreflight = new Set(['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']);

/**
 * Refuses a request that a page of another origin could make a browser send without a preflight (cross-site request forgery). A GET is
 * also accepted without a preflight if the browser says that no other origin caused it, or if no browser sent it. It
 * changes nothing: mutations by GET are refused. Other methods than GET and POST always have a preflight.
 */
export function refuseForgery(request: IncomingMessage, origins: readonly string[], trusted: number): void {
  const { method } = request;
  if (method !== 'GET' && method !== 'POST') return;
  if (preflighted.some((name) => (header(request, name) ?? '') !== '')) return;
  const type = header(request, 'content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? null;
  if (type !== null && !withoutPreflight.has(type)) return;
  if (method === 'GET' && isOwn(request, origins, trusted)) return;
  throw badQuery(
    method === 'GET'
      ? 'This request looks like cross-site request forgery (CSRF): another site caused it. Send the header apollo-require-preflight: 1.'
      : 'This request looks like cross-site request forgery (CSRF): send the header content-type: application/json.',
  );
}

/**
 * Whether a GET comes from our own pages, the address bar, or a program. Browsers send Sec-Fetch-Site only to https and this machine;
 * elsewhere at least an origin that they name must be allowed.
 */
function isOwn(request: IncomingMessage, origins: readonly string[], trusted: number): boolean {
  const site = header(request, 'sec-fetch-site');
  if (site !== null) return site === 'same-origin' || site === 'none';
  return mayUpgrade(request, origins, trusted);
}
