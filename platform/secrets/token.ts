import { createHash, randomBytes } from 'node:crypto';

/** A bearer secret: 256 random bits in base64url after a prefix that shows its kind, such as `esk_`. */
export function newToken(prefix: string): string {
  return `${prefix}_${randomBytes(32).toString('base64url')}`;
}

/** The stored form of such a secret. SHA-256: with 256 random bits a slow hash would add nothing. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
