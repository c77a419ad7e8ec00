import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { bytesOf, type ObjectStore } from '../../../platform/objects/object-store.ts';
import { FairQueue } from '../../../platform/work/fair-queue.ts';
import type { MediaKind } from './media.entity.ts';
import { readPicture } from '../../../platform/pictures/picture.ts';

const mebibyte = 1_048_576;

/** Bytes of a file at most, by what it is: enough for a master, and what one machine can look through in seconds. */
export const sizeAtMost: Readonly<Record<MediaKind, number>> = {
  IMAGE: 50 * mebibyte,
  AUDIO: 200 * mebibyte,
  VIDEO: 1024 * mebibyte,
  DOCUMENT: 100 * mebibyte,
  MODEL: 200 * mebibyte,
};
export const largestUpload = Math.max(...Object.values(sizeAtMost));

/**
 * What is taken, by what its content says it is, and the type under which it is served. SVG is not: it is a program that runs
 * in the reader's page. Nor is glTF as JSON, which names other files; the binary form holds everything.
 */
const taken: Readonly<Record<string, { kind: MediaKind; contentType: string }>> = {
  'image/jpeg': { kind: 'IMAGE', contentType: 'image/jpeg' },
  'image/png': { kind: 'IMAGE', contentType: 'image/png' },
  'image/apng': { kind: 'IMAGE', contentType: 'image/png' },
  'image/webp': { kind: 'IMAGE', contentType: 'image/webp' },
  'image/gif': { kind: 'IMAGE', contentType: 'image/gif' },
  'image/avif': { kind: 'IMAGE', contentType: 'image/avif' },
  'image/tiff': { kind: 'IMAGE', contentType: 'image/tiff' },
  'audio/mpeg': { kind: 'AUDIO', contentType: 'audio/mpeg' },
  'audio/aac': { kind: 'AUDIO', contentType: 'audio/aac' },
  'audio/flac': { kind: 'AUDIO', contentType: 'audio/flac' },
  'audio/x-flac': { kind: 'AUDIO', contentType: 'audio/flac' },
  'audio/wav': { kind: 'AUDIO', contentType: 'audio/wav' },
  'audio/ogg': { kind: 'AUDIO', contentType: 'audio/ogg' },
  'audio/ogg; codecs=opus': { kind: 'AUDIO', contentType: 'audio/ogg' },
  'audio/x-m4a': { kind: 'AUDIO', contentType: 'audio/mp4' },
  'audio/mp4': { kind: 'AUDIO', contentType: 'audio/mp4' },
  'video/mp4': { kind: 'VIDEO', contentType: 'video/mp4' },
  'video/x-m4v': { kind: 'VIDEO', contentType: 'video/mp4' },
  'video/webm': { kind: 'VIDEO', contentType: 'video/webm' },
  'video/ogg': { kind: 'VIDEO', contentType: 'video/ogg' },
  'video/quicktime': { kind: 'VIDEO', contentType: 'video/quicktime' },
  'application/pdf': { kind: 'DOCUMENT', contentType: 'application/pdf' },
  'model/gltf-binary': { kind: 'MODEL', contentType: 'model/gltf-binary' },
};

/**
 * Pictures that are looked at before they are taken, apart from those that are drawn for viewers: one takes a core for seconds and
 * up to 400 MB. A page may send a folder's worth at once.
 */
const inspections = new FairQueue({
  atOnce: 1,
  waitingAtMost: 400,
  waitingAtMostEach: 100,
  full: 'Too many pictures are being looked at. Complete this upload in a moment.',
});

export interface Content {
  kind: MediaKind;
  contentType: string;
  sha256: string;
  width: number | null;
  height: number | null;
  durationMs: number | null;
  placeholder: string | null;
}

/** A file that is not accepted, with the reason as a sentence for its sender. */
export class ContentRefused extends Error {}

/**
 * Finds out what an object is by reading it. Throws `ContentRefused` for what is not taken: an unknown kind, one that is too
 * large for its kind, a picture that cannot be drawn or has too many pixels, or another content than was announced. Pictures are
 * looked at one after the other, in turns of accounts; UNAVAILABLE when too many wait.
 */
export async function contentOf(
  objects: ObjectStore,
  key: string,
  size: number,
  announcedSha256: string | null,
  account: string,
): Promise<Content> {
  const sha256 = await hashOf(await read(objects, key));
  if (announcedSha256 !== null && announcedSha256 !== sha256)
    throw new ContentRefused(`The SHA-256 of what came is ${sha256}, and another one was announced.`);
  const found = await typeOf(await read(objects, key));
  const known = found === null ? undefined : taken[found];
  if (!known)
    throw new ContentRefused(
      `${found === null ? 'What this file is cannot be told by its content' : `Files of the type ${found} are not taken`}. ` +
        'Taken are JPEG, PNG, WebP, GIF, AVIF, TIFF, MP3, AAC, FLAC, WAV, Ogg, MP4, WebM, QuickTime, PDF and binary glTF.',
    );
  const { kind, contentType } = known;
  if (size > sizeAtMost[kind])
    throw new ContentRefused(`A file of the kind ${kind} has at most ${sizeAtMost[kind]} bytes; this one has ${size}.`);
  const nothing = { width: null, height: null, durationMs: null, placeholder: null };
  if (kind === 'IMAGE') {
    const picture = await inspections.ask({
      who: account,
      key,
      work: async () => {
        const bytes = await bytesOf(await read(objects, key));
        return readPicture(bytes, contentType).catch((error: unknown) => {
          throw new ContentRefused(
            `This picture cannot be drawn: ${error instanceof Error ? error.message : String(error)}`,
          );
        });
      },
    });
    return { kind, contentType, sha256, ...nothing, ...picture };
  }
  if (kind === 'AUDIO' || kind === 'VIDEO')
    return { kind, contentType, sha256, ...nothing, durationMs: await durationOf(objects, key, contentType, size) };
  return { kind, contentType, sha256, ...nothing };
}

async function read(objects: ObjectStore, key: string): Promise<Readable> {
  const found = await objects.get(key);
  if (!found) throw new Error(`The object ${key} is gone.`);
  return found.body;
}

async function hashOf(body: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of body as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('hex');
}

async function typeOf(body: Readable): Promise<string | null> {
  const { fileTypeFromStream } = await import('file-type');
  try {
    return (await fileTypeFromStream(Readable.toWeb(body) as ReadableStream<Uint8Array>))?.mime ?? null;
  } finally {
    body.destroy();
  }
}

/** How long a recording or film is, as its headers say; null when they do not say it or cannot be read. */
async function durationOf(objects: ObjectStore, key: string, mimeType: string, size: number): Promise<number | null> {
  const { parseStream } = await import('music-metadata');
  const body = await read(objects, key);
  try {
    const { format } = await parseStream(body, { mimeType, size }, { skipCovers: true, skipPostHeaders: true });
    const seconds = format.duration;
    return seconds === undefined || !Number.isFinite(seconds) ? null : Math.round(seconds * 1000);
  } catch {
    // It may play all the same; how long it is stays unknown.
    return null;
  } finally {
    body.destroy();
  }
}
