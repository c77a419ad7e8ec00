import { createHash } from 'node:crypto';
import type { RequestInfo } from '../context/request.ts';

/**
 * How the actor acts, as far as it decides what may be done and shown: the organization acted for, the delegate and the key's
 * scopes. An idempotency key answers its outcome only if these are the same. The session is not included: a client that signs in
 * again after a lost answer still repeats the same call. Empty if the actor acts as themselves.
 */
export function circumstancesOf({ actor: { delegate, scopes }, actingFor }: RequestInfo): string {
  if (delegate === null && scopes === null && actingFor === null) return '';
  const parts = [delegate, actingFor, scopes && [...scopes].sort()];
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
