import type { IncomingMessage } from 'node:http';
import { badQuery } from '../errors.ts';
import { header } from '../authentication/client.ts';

/** A body was longer than allowed; `found` is what is known of its length. */
export class BodyTooLarge extends Error {
  override name = 'BodyTooLarge';
  readonly found: number;

  constructor(found: number) {
    super('The body is too large.');
    this.found = found;
  }
}

/** Reads a whole body of at most `most` bytes. What a client announces as longer is not read at all. */
export async function readBody(request: IncomingMessage, most: number): Promise<Buffer> {
  const announced = Number(header(request, 'content-length') ?? 0);
  if (announced > most) throw new BodyTooLarge(announced);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > most) {
        request.pause();
        reject(new BodyTooLarge(size));
      } else chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('close', () => reject(new Error('The client left before its body was whole.')));
  });
}

/**
 * The JSON of a body, or `undefined` when it is not said to be JSON: Apollo Server then refuses it with its own words, and a
 * form that a foreign page sends never becomes an operation.
 */
export function jsonOf(request: IncomingMessage, body: Buffer): unknown {
  const type = (header(request, 'content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json' || body.length === 0) return undefined;
  if (header(request, 'content-encoding') !== null)
    throw badQuery('Compressed bodies are not read; send the JSON as it is.');
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    throw badQuery('The body is not valid JSON.');
  }
}
