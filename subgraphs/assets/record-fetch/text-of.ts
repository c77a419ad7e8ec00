import { Readable } from 'node:stream';
import { bytesOf } from '../../../platform/objects/object-store.ts';

/** A body as text; invalid UTF-8 becomes U+FFFD. */
export async function textOf(body: AsyncGenerator<Buffer>): Promise<string> {
  return (await bytesOf(Readable.from(body))).toString('utf8');
}
