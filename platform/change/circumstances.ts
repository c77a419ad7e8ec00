import { createHash } from 'node:crypto';
import type { RequestInfo } from '../context/request.ts';

/**
 * How somebody acts, as far as it decides what may be done and shown: for which organization, through whom, with a key of which
 * scopes. An idempotency key answers its outcome only where these are the same. The session is none of them: whoever signs in
 * anew after a lost answer still asks for the same call. Empty where somebody acts as themselves.
 */
export function circumstancesOf({ actor: { delegate, scopes }, actingFor }: RequestInfo): string {
  if (delegate === null && scopes === null && actingFor === null) return '';
  const parts = [delegate, actingFor, scopes && [...scopes].sort()];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
