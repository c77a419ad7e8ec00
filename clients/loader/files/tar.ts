import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Extract } from 'tar-stream';
import { LoaderFault } from '../fault.ts';
import { fileBytesAtMost } from './found.ts';
import { grownAtMost, type Unpacking } from './unpack.ts';

/** Bytes between two entries: names and attributes of the next one, which are held in memory. */
const headersAtMost = 1_048_576;

type Entry = Extract extends AsyncIterable<infer Each> ? Each : never;

/** Unpacks a TAR archive, optionally gzipped. */
export async function unpackTar(archive: string, unpacking: Unpacking, isPacked: boolean): Promise<void> {
  const { size } = await stat(archive);
  const entries = extract();
  let bytes = 0;
  let unclaimed = 0;
  const counted = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      unclaimed += chunk.length;
      if (isPacked && bytes > grownAtMost(size))
        throw new LoaderFault(`The archive is not loaded: it grows to more than ${grownAtMost(size)} bytes.`);
      if (unclaimed > headersAtMost) throw new LoaderFault(`${archive} is damaged: a header is too long.`);
      yield chunk;
    }
  };
  const claim = (size: number): void => void (unclaimed = -size);
  const reading = isPacked
    ? pipeline(createReadStream(archive), createGunzip(), counted, entries)
    : pipeline(createReadStream(archive), counted, entries);
  try {
    const taking = (async () => {
      for await (const entry of entries) {
        claim(entry.header.size);
        await take(entry, unpacking);
      }
    })();
    await Promise.all([reading, taking]);
  } catch (error) {
    entries.destroy();
    await reading.catch(() => undefined);
    if (error instanceof LoaderFault) throw error;
    throw new LoaderFault(`${archive} is damaged: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

async function take(entry: Entry, unpacking: Unpacking): Promise<void> {
  const { name, type, size } = entry.header;
  if (type === 'symlink' || type === 'link') unpacking.fault(name, 'symlink', 'Links are not followed.');
  // Abandoning an entry midway would end the whole archive.
  else if (size > fileBytesAtMost)
    unpacking.fault(name, 'too_big', `A file may have at most ${fileBytesAtMost} bytes.`);
  else if (type === 'file' || type === 'contiguous-file') {
    const path = unpacking.admit(name);
    if (path !== null) return unpacking.take(path, entry as AsyncIterable<Buffer>, null);
  } else if (type !== 'directory') unpacking.fault(name, 'not_a_file', 'This is neither a file nor a folder.');
  for await (const chunk of entry) void chunk;
}
