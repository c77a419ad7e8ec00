import { finished } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { LoaderFault } from '../fault.ts';
import type { Unpacking } from './unpack.ts';

/** The type of a file in a Unix mode, and the one of a symbolic link. */
const typeBits = 0o170_000;
const link = 0o120_000;

/** Unpacks a ZIP archive. */
export async function unpackZip(archive: string, unpacking: Unpacking): Promise<void> {
  // Names stay bytes: yauzl would end the whole archive at the first bad one.
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
    return unpacking.fault(name, 'encrypted', 'It is encrypted. Pack the archive again without a password.');
  if (!entry.canDecodeFileData())
    return unpacking.fault(
      name,
      'damaged',
      `It is packed by method ${entry.compressionMethod}; stored and deflated are read.`,
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

/** Many programs write UTF-8 and do not say so; bytes that are none are read as the format says. */
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
      if (error) reject(new LoaderFault(`${archive} is no ZIP archive that can be read: ${error.message}`));
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
