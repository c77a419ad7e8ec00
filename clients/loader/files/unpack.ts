import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { LoaderFault } from '../fault.ts';
import { fileBytesAtMost, Findings } from './found.ts';

/** Bytes of all files of an archive: as much as an account may store in the graph. */
const unpackedAtMost = 20 * 1_073_741_824;

/** Pictures, recordings and documents are already compressed and hardly shrink: an archive that grows a hundredfold is a bomb. */
const growthAtMost = 100;

/** Bytes that may grow by any factor, as small blank pictures do. */
const growthFree = 16 * 1_048_576;

/** An entry or archive exceeds the limits. */
class Bomb extends Error {}

/** Maximum unpacked bytes for these packed ones. */
export function grownAtMost(packed: number): number {
  return Math.max(growthFree, packed * growthAtMost);
}

/**
 * Unpacks the entries of an archive into temporary files whose names are numbers, so that no entry's name decides where anything is
 * written. Bytes are counted as they arrive; sizes stated in the archive are not trusted.
 */
export class Unpacking extends Findings {
  readonly #folder: string;
  readonly #most: number;
  #bytes = 0;
  /** Bytes that were unpacked and discarded: they cost time, but no space. */
  #given = 0;
  #written = 0;

  constructor(folder: string, archiveBytes: number) {
    super();
    this.#folder = folder;
    this.#most = Math.min(unpackedAtMost, grownAtMost(archiveBytes));
  }

  /** Stores an admitted entry. `packed` is its compressed size in the archive, if known. */
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
            if (size > fileBytesAtMost) throw new Bomb(`A file may have at most ${fileBytesAtMost} bytes.`);
            if (size > most) throw new Bomb(`It grows more than ${growthAtMost} times when unpacked.`);
            yield chunk;
          }
        },
        createWriteStream(file, { flags: 'wx', mode: 0o600 }),
      );
    } catch (error) {
      await rm(file, { force: true });
      this.#given += size;
      if (this.#given > unpackedAtMost) throw new LoaderFault('The archive is not loaded: too much of it is invalid.');
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
