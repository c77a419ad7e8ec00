import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { bytesOf, type ObjectStore } from '../../../platform/objects/object-store.ts';
import { FairQueue } from '../../../platform/work/fair-queue.ts';
import type { MediaKind } from './media.entity.ts';
import { readPicture } from '../../../platform/pictures/picture.ts';

const mebibyte = 1_048_576;

/** Maximum bytes of a file by kind: enough for a master, and few enough for one machine to inspect in seconds. */
export const sizeAtMost: Readonly<Record<MediaKind, number>> = {
  IMAGE: 50 * mebibyte,
  AUDIO: 200 * mebibyte,
  VIDEO: 1024 * mebibyte,
  DOCUMENT: 100 * mebibyte,
  MODEL: 200 * mebibyte,
};
export const largestUpload = Math.max(...Object.values(sizeAtMost));

/**
 * The accepted types by content, and the types under which they are served. SVG is not accepted, because it is a program that runs in
 * the reader's page; nor glTF as JSON, which refers to other files: the binary form contains everything.
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
 * The queue of pictures to inspect, separate from those to render for viewers: one takes a core for seconds and up to 400 MB. A page
 * may send a folder of pictures at once.
 */
const inspections = new FairQueue({
  atOnce: 1,
  waitingAtMost: 400,
  waitingAtMostEach: 100,
  full: 'Too many pictures are being inspected. Complete this upload in a moment.',
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
 * Determines the content of an object by reading it. Throws `ContentRefused` for an unknown kind, a file that is too large for its kind,
 * a picture that cannot be rendered or has too many pixels, and content other than announced. Pictures are inspected one at a time,
 * accounts in turn; throws UNAVAILABLE if too many wait.
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
    throw new ContentRefused(`The SHA-256 of the received file is ${sha256}, but another one was announced.`);
  const found = await typeOf(await read(objects, key));
  const known = found === null ? undefined : taken[found];
  if (!known)
    throw new ContentRefused(
      `${found === null ? 'The type of this file cannot be determined from its content' : `Files of the type ${found} are not accepted`}. ` +
        'Accepted are JPEG, PNG, WebP, GIF, AVIF, TIFF, MP3, AAC, FLAC, WAV, Ogg, MP4, WebM, QuickTime, PDF and binary glTF.',
    );
  const { kind, contentType } = known;
  if (size > sizeAtMost[kind])
    throw new ContentRefused(
      `The file is too large: ${size} bytes; a file of the kind ${kind} may have at most ${sizeAtMost[kind]}.`,
    );
  const nothing = { width: null, height: null, durationMs: null, placeholder: null };
  if (kind === 'IMAGE') {
    const picture = await inspections.ask({
      who: account,
      key,
      work: async () => {
        const bytes = await bytesOf(await read(objects, key));
        return readPicture(bytes, contentType).catch((error: unknown) => {
          throw new ContentRefused(
            `This picture cannot be rendered: ${error instanceof Error ? error.message : String(error)}`,
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
  if (!found) throw new Error(`the object ${key} is missing`);
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

/** The duration of a recording or film by its headers; null if they do not state it or cannot be read. */
async function durationOf(objects: ObjectStore, key: string, mimeType: string, size: number): Promise<number | null> {
  const { parseStream } = await import('music-metadata');
  const body = await read(objects, key);
  try {
    const { format } = await parseStream(body, { mimeType, size }, { skipCovers: true, skipPostHeaders: true });
    const seconds = format.duration;
    return seconds === undefined || !Number.isFinite(seconds) ? null : Math.round(seconds * 1000);
  } catch {
    // The file may still be playable; only its duration is unknown.
    return null;
  } finally {
    body.destroy();
  }
}
