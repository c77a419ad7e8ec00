import { randomUUID } from 'node:crypto';
import { constants, createReadStream, createWriteStream } from 'node:fs';
import { copyFile, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  objectKey,
  ObjectStoreFault,
  type ByteRange,
  type ObjectBody,
  type ObjectHead,
  type ObjectPart,
  type ObjectStore,
} from './object-store.ts';

/** Folders for drafts and parts beside the objects: no key begins with a dot. */
const drafts = '.drafts';
const attempts = '.attempts';

/**
 * Objects as files of a folder. Each write goes into a draft, is synced to disk and renamed into place, so that a reader sees
 * either the old or the new object, complete, even after a power cut. Several processes may share the folder.
 */
export class FolderStore implements ObjectStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  pathOf(key: string): string {
    return join(this.#folder, objectKey(key));
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await this.#publish(this.pathOf(key), (draft) => writeFile(draft, bytes, { flag: 'wx', mode: 0o600 }));
  }

  async get(key: string, range?: ByteRange): Promise<ObjectBody | null> {
    const file = await open(this.pathOf(key), 'r').catch(absent);
    if (!file) return null;
    const { size } = await file.stat();
    if (range && range.start >= size) {
      await file.close();
      return { size, body: Readable.from([]) };
    }
    return { size, body: file.createReadStream({ ...range, highWaterMark: 262_144 }) };
  }

  async head(key: string): Promise<ObjectHead | null> {
    const found = await stat(this.pathOf(key)).catch(absent);
    return found && { size: found.size, modifiedAt: found.mtime };
  }

  async delete(key: string): Promise<void> {
    await rm(this.pathOf(key), { force: true });
  }

  async copy(from: string, to: string): Promise<void> {
    // Copy-on-write if the file system supports it; the modification time is that of the copy.
    const source = this.pathOf(from);
    await this.#publish(this.pathOf(to), (draft) => copyFile(source, draft, constants.COPYFILE_FICLONE));
  }

  async *list(prefix: string): AsyncIterable<string> {
    const folder = prefix.includes('/') ? prefix.slice(0, prefix.lastIndexOf('/')) : '';
    if (folder !== '') objectKey(folder);
    const entries = await readdir(join(this.#folder, folder), { recursive: true, withFileTypes: true }).catch(absent);
    const keys = (entries ?? [])
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.#folder.length + 1))
      .filter((key) => key.startsWith(prefix) && !key.startsWith('.'));
    yield* keys.sort();
  }

  async beginParts(key: string): Promise<string> {
    objectKey(key);
    const attempt = randomUUID();
    await mkdir(this.#attempt(attempt), { recursive: true, mode: 0o700 });
    return attempt;
  }

  async putPart(key: string, attempt: string, number: number, bytes: Uint8Array): Promise<string> {
    objectKey(key);
    const folder = this.#attempt(attempt);
    if (!(await stat(folder).catch(absent))) throw new ObjectStoreFault('There is no such multipart attempt.');
    const tag = `${number}-${bytes.length}`;
    await this.#publish(join(folder, String(number)), (draft) => writeFile(draft, bytes, { flag: 'wx', mode: 0o600 }));
    return tag;
  }

  async completeParts(key: string, attempt: string, parts: readonly ObjectPart[]): Promise<void> {
    const folder = this.#attempt(attempt);
    const ordered = [...parts].sort((a, b) => a.number - b.number);
    for (const part of ordered) {
      const found = await stat(join(folder, String(part.number))).catch(absent);
      if (!found || part.tag !== `${part.number}-${found.size}`)
        throw new ObjectStoreFault(`The part ${part.number} of the object is missing.`);
    }
    await this.#publish(this.pathOf(key), async (draft) => {
      await writeFile(draft, '', { flag: 'wx', mode: 0o600 });
      for (const { number } of ordered)
        await pipeline(createReadStream(join(folder, String(number))), createWriteStream(draft, { flags: 'a' }));
    });
    await rm(folder, { recursive: true, force: true });
  }

  async abortParts(_key: string, attempt: string): Promise<void> {
    await rm(this.#attempt(attempt), { recursive: true, force: true });
  }

  #attempt(attempt: string): string {
    if (!/^[0-9a-f-]{36}$/.test(attempt)) throw new ObjectStoreFault('This is not the id of a multipart attempt.');
    return join(this.#folder, attempts, attempt);
  }

  async #publish(path: string, write: (draft: string) => Promise<void>): Promise<void> {
    const draft = join(this.#folder, drafts, randomUUID());
    await mkdir(dirname(draft), { recursive: true, mode: 0o700 });
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    try {
      await write(draft);
      await toDisk(draft);
      await rename(draft, path);
      await toDisk(dirname(path));
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }
}

/** Syncs a file or a directory to disk. */
async function toDisk(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function absent(error: unknown): null {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return null;
  throw error;
}
