import { Readable } from 'node:stream';
import { bytesOf } from '../../../platform/objects/object-store.ts';

/** A body as text; bytes that are no UTF-8 become U+FFFD. */
export async function textOf(body: AsyncGenerator<Buffer>): Promise<string> {
  return (await bytesOf(Readable.from(body))).toString('utf8');
}
