import type { Readable } from 'node:stream';

/** A body was longer than allowed; `found` is what is known of its length. */
export class BodyTooLarge extends Error {
  override name = 'BodyTooLarge';
  readonly found: number;

  constructor(found: number, most: number) {
    super(`The body has more than ${most} bytes.`);
    this.found = found;
  }
}

/**
 * Reads a whole body, of a request or of an answer, of at most `most` bytes. What is announced as longer is not read at all, and of what
 * turns out to be longer the rest is left where it is: a refusal can still be answered.
 */
export function readBody(body: Readable, most: number, announced?: string | null): Promise<Buffer> {
  const length = Number(announced ?? 0);
  if (length > most) return Promise.reject(new BodyTooLarge(length, most));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    body.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > most) {
        body.pause();
        reject(new BodyTooLarge(size, most));
      } else chunks.push(chunk);
    });
    body.on('end', () => resolve(Buffer.concat(chunks)));
    body.on('error', reject);
    body.on('close', () => reject(new Error('The body broke off before it was whole.')));
  });
}
