import type { Readable } from 'node:stream';

/** A body exceeds the limit; `found` is as much as is known of its length. */
export class BodyTooLarge extends Error {
  override name = 'BodyTooLarge';
  readonly found: number;

  constructor(found: number, most: number) {
    super(`The body has more than ${most} bytes.`);
    this.found = found;
  }
}

/**
 * Reads the whole body of a request or response, of at most `most` bytes. A body announced as longer is not read at all; one that
 * turns out to be longer is read no further, so that a refusal can still be answered.
 */
export function readBody(body: Readable, most: number, announced?: string | null): Promise<Buffer> {
  const length = Number(announced ?? 0);
  if (length > most) return Promise.reject(new BodyTooLarge(length, most));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let isWhole = false;
    body.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > most) {
        body.pause();
        reject(new BodyTooLarge(size, most));
      } else chunks.push(chunk);
    });
    body.on('end', () => {
      isWhole = true;
      resolve(Buffer.concat(chunks));
    });
    body.on('error', reject);
    // Every body closes in the end, and an error with its stack is a twentieth of the work for a small request.
    body.on('close', () => {
      if (!isWhole) reject(new Error('The connection closed before the body was complete.'));
    });
  });
}
