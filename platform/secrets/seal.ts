import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

/** Encrypts with AES-256-GCM, bound to an id. The result is 12 random bytes, the tag and the ciphertext in base64url. */
export function seal(text: string, key: Uint8Array, boundTo: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(boundTo));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
}

/** Decrypts a text sealed with this key and bound to this id; throws for any other. */
export function unseal(sealed: string, key: Uint8Array, boundTo: string): string {
  const bytes = Buffer.from(sealed, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAAD(Buffer.from(boundTo));
  decipher.setAuthTag(bytes.subarray(12, 28));
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
}

/** HMAC-SHA-256 in base64url: the same for equal texts, and reveals nothing without the key. */
export function keyedHash(text: string, key: Uint8Array): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}
