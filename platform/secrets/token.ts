import { createHash, randomBytes } from 'node:crypto';

/** A secret that somebody carries: 256 random bits in base64url behind a prefix that tells what it is, such as `esk_`. */
export function newToken(prefix: string): string {
  return `${prefix}_${randomBytes(32).toString('base64url')}`;
}

/** What is stored of such a secret. SHA-256: it has 256 random bits, so a slow hash would add nothing. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
