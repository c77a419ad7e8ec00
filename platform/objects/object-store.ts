import type { Readable } from 'node:stream';

/** Metadata of an object. */
export interface ObjectHead {
  /** Bytes. */
  size: number;
  modifiedAt: Date;
}

/** A part of an object: first and last byte, both inclusive, as in HTTP. */
export interface ByteRange {
  start: number;
  end: number;
}

/** An object, or a part of it, as a stream. `size` is that of the whole object. */
export interface ObjectBody {
  size: number;
  body: Readable;
}

export interface ObjectPart {
  /** From 1. */
  number: number;
  /** The store's answer when the part was stored. */
  tag: string;
}

/** Minimum bytes of every part except the last, as S3 requires. */
export const partAtLeast = 5 * 1_048_576;

/**
 * Stores bytes that are too big for a database. An object appears complete or not at all, and rewriting one replaces it
 * atomically. Keys are made by `objectKey` and never contain names from clients. Every method rejects with `ObjectStoreFault` if
 * the store does not answer or refuses.
 */
export interface ObjectStore {
  /** Stores a whole object. */
  put(key: string, bytes: Uint8Array, contentType?: string): Promise<void>;
  /** The object, or the existing part of `range`; null if there is no such object. */
  get(key: string, range?: ByteRange): Promise<ObjectBody | null>;
  head(key: string): Promise<ObjectHead | null>;
  /** Deleting a missing object is not an error. */
  delete(key: string): Promise<void>;
  /** Copies within the store; the copy's modification time is that of the call. */
  copy(from: string, to: string): Promise<void>;
  /** The keys that begin with `prefix`, sorted. */
  list(prefix: string): AsyncIterable<string>;

  /** Starts a multipart object; it becomes visible with `completeParts`. Returns the attempt's id. */
  beginParts(key: string): Promise<string>;
  /** Stores one part; the same number again replaces it. */
  putPart(key: string, attempt: string, number: number, bytes: Uint8Array): Promise<string>;
  /** Assembles the object from its parts, in the order of their numbers. */
  completeParts(key: string, attempt: string, parts: readonly ObjectPart[]): Promise<void>;
  /** Deletes the parts. Aborting an unknown attempt is not an error. */
  abortParts(key: string, attempt: string): Promise<void>;

  /** The object's file, if the store is a folder of this machine. */
  pathOf?(key: string): string;
}

/** The store does not answer, or answers incorrectly. */
export class ObjectStoreFault extends Error {
  override name = 'ObjectStoreFault';
}

/** Lower-case words with dots and dashes inside, joined by slashes: safe as a path, a URL and an S3 key. */
const keyShape = /^(?:[a-z0-9](?:[a-z0-9_.,-]*[a-z0-9_])?\/)*[a-z0-9](?:[a-z0-9_.,-]*[a-z0-9_])?$/;
/** Characters; S3 takes 1,024, and a file name 255. */
const longestKey = 300;

/** Checks a key. Throws if a part of it could lead elsewhere or is not a valid file name. */
export function objectKey(key: string): string {
  if (key.length > longestKey || !keyShape.test(key) || key.includes('..'))
    throw new Error(`"${key.slice(0, longestKey)}" is not a valid object key`);
  return key;
}

/** The key of a content-addressed object: `sha256/ab/cd/abcd…`, the SHA-256 in hexadecimal. */
export function contentKey(sha256: string): string {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error('A SHA-256 has 64 hexadecimal digits.');
  return `sha256/${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`;
}

/** All bytes of a small object. */
export async function bytesOf(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
