import { finished } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { LoaderFault } from '../fault.ts';
import type { Unpacking } from './unpack.ts';

/** The file type bits of a Unix mode, and the type of a symbolic link. */
const typeBits = 0o170_000;
const link = 0o120_000;

/** Unpacks a ZIP archive. */
export async function unpackZip(archive: string, unpacking: Unpacking): Promise<void> {
  // Names stay bytes: yauzl would abort the whole archive at the first invalid one.
  const zip = await opened(archive);
  try {
    for (;;) {
      const entry = await nextOf(zip);
      if (entry === null) return;
      await take(zip, entry, unpacking);
    }
  } catch (error) {
    if (error instanceof LoaderFault) throw error;
    throw new LoaderFault(`${archive} is damaged: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  } finally {
    zip.close();
  }
}

async function take(zip: ZipFile, entry: Entry, unpacking: Unpacking): Promise<void> {
  const name = nameOf(entry);
  const isFolder = name.endsWith('/');
  const mode = (entry.externalFileAttributes >>> 16) & typeBits;
  if (mode === link) return unpacking.fault(name, 'symlink', 'Links are not followed.');
  if (isFolder) return;
  if (entry.isEncrypted())
    return unpacking.fault(name, 'encrypted', 'It is encrypted. Create the archive again without a password.');
  if (!entry.canDecodeFileData())
    return unpacking.fault(
      name,
      'damaged',
      `It uses the compression method ${entry.compressionMethod}; only stored and deflated are supported.`,
    );
  const path = unpacking.admit(name);
  if (path === null) return;
  let body: Readable;
  try {
    body = await zip.openReadStreamPromise(entry);
  } catch (error) {
    return unpacking.fault(
      path,
      'damaged',
      `It cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const ended = finished(body).catch(() => undefined);
  await unpacking.take(path, body, entry.compressedSize);
  await ended;
}

/** Many programs write UTF-8 without the flag; names that are not UTF-8 are decoded as the format specifies. */
function nameOf(entry: Entry): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(entry.fileNameRaw);
  } catch {
    return yauzl.getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true);
  }
}

function opened(archive: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    yauzl.open(archive, { lazyEntries: true, autoClose: false, decodeStrings: false }, (error, zip) => {
      if (error) reject(new LoaderFault(`${archive} is not a readable ZIP archive: ${error.message}`));
      else resolve(zip);
    });
  });
}

function nextOf(zip: ZipFile): Promise<Entry | null> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void): void => {
      zip.off('entry', onEntry).off('end', onEnd).off('error', onError);
      then();
    };
    const onEntry = (entry: Entry): void => settle(() => resolve(entry));
    const onEnd = (): void => settle(() => resolve(null));
    const onError = (error: Error): void => settle(() => reject(error));
    zip.on('entry', onEntry).on('end', onEnd).on('error', onError);
    zip.readEntry();
  });
}
