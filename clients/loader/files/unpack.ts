import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { LoaderFault } from '../fault.ts';
import { fileBytesAtMost, Findings } from './found.ts';

/** Bytes of all files of an archive: as much as an account may keep in the graph. */
const unpackedAtMost = 20 * 1_073_741_824;

/** Pictures, recordings and documents are packed already and hardly shrink: what grows a hundredfold is made to fill a disk. */
const growthAtMost = 100;

/** Bytes that may grow by any factor: a small blank picture does. */
const growthFree = 16 * 1_048_576;

/** An archive would fill the disk. */
class Bomb extends Error {}

/** Bytes into which so many packed ones may grow. */
export function grownAtMost(packed: number): number {
  return Math.max(growthFree, packed * growthAtMost);
}

/**
 * Where the entries of an archive go: temporary files whose names are numbers, so that no entry's name decides where anything is
 * written. Bytes are counted as they come; what an archive says of its sizes counts for nothing.
 */
export class Unpacking extends Findings {
  readonly #folder: string;
  readonly #most: number;
  #bytes = 0;
  /** Bytes that were unpacked and not kept: they cost time, and no room. */
  #given = 0;
  #written = 0;

  constructor(folder: string, archiveBytes: number) {
    super();
    this.#folder = folder;
    this.#most = Math.min(unpackedAtMost, grownAtMost(archiveBytes));
  }

  /** Keeps an entry that was admitted. `packed` are its bytes in the archive, where they can be told. */
  async take(path: string, body: AsyncIterable<Buffer>, packed: number | null): Promise<void> {
    const file = join(this.#folder, String(this.#written++));
    const most = packed === null ? this.#most : grownAtMost(packed);
    let size = 0;
    try {
      await pipeline(
        body,
        async function* (this: void, chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            size += chunk.length;
            if (size > fileBytesAtMost) throw new Bomb(`A file has at most ${fileBytesAtMost} bytes.`);
            if (size > most) throw new Bomb(`It grows more than ${growthAtMost} times as it is unpacked.`);
            yield chunk;
          }
        },
        createWriteStream(file, { flags: 'wx', mode: 0o600 }),
      );
    } catch (error) {
      await rm(file, { force: true });
      this.#given += size;
      if (this.#given > unpackedAtMost)
        throw new LoaderFault('The archive is not loaded: too much of it cannot be kept.');
      if (error instanceof Bomb) return this.fault(path, 'too_big', error.message);
      return this.fault(
        path,
        'damaged',
        `It cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    this.#count(size);
    this.files.push({ path, file, size });
  }

  #count(size: number): void {
    this.#bytes += size;
    if (this.#bytes > this.#most)
      throw new LoaderFault(`The archive is not loaded: its files have more than ${this.#most} bytes.`);
  }
}
