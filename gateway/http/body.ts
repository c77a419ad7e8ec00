import type { IncomingMessage } from 'node:http';
import { badQuery } from '../errors.ts';
import { header } from '../authentication/client.ts';

/**
 * The JSON of a body, or `undefined` if its content type is another one: Apollo Server then refuses it, and a form that a page of
 * another site sends never becomes an operation.
 */
export function jsonOf(request: IncomingMessage, body: Buffer): unknown {
  const type = (header(request, 'content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json' || body.length === 0) return undefined;
  if (header(request, 'content-encoding') !== null)
    throw badQuery('Compressed bodies are not supported; send the JSON uncompressed.');
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    throw badQuery('The body is not valid JSON.');
  }
}
