import type { Readable } from 'node:stream';

/** What is known of an object without reading it. */
export interface ObjectHead {
  /** Bytes. */
  size: number;
  modifiedAt: Date;
}

/** A part of an object: first and last byte, both included, as HTTP counts them. */
export interface ByteRange {
  start: number;
  end: number;
}

/** An object, or a part of it, as it is read. `size` is that of the whole object. */
export interface ObjectBody {
  size: number;
  body: Readable;
}

export interface ObjectPart {
  /** From 1. */
  number: number;
  /** What the store answered when the part was stored. */
  tag: string;
}

/** Bytes of a part, but for the last one, are at least these: what S3 demands. */
export const partAtLeast = 5 * 1_048_576;

/**
 * Where bytes are kept that are too big for a database. An object appears whole or not at all, never half-written, and one that
 * is written again is replaced at once. A key is made by `objectKey`; names that clients gave never stand in one. Every method
 * rejects with `ObjectStoreFault` when the store does not answer or refuses.
 */
export interface ObjectStore {
  /** Stores all of it. */
  put(key: string, bytes: Uint8Array, contentType?: string): Promise<void>;
  /** The object, or the part of it that `range` names and that is there; null when there is no such object. */
  get(key: string, range?: ByteRange): Promise<ObjectBody | null>;
  head(key: string): Promise<ObjectHead | null>;
  /** A key without an object is none to delete, and no fault. */
  delete(key: string): Promise<void>;
  /** Copies within the store; the copy is as new as the call. */
  copy(from: string, to: string): Promise<void>;
  /** The keys that begin with `prefix`, in order. */
  list(prefix: string): AsyncIterable<string>;

  /** Begins an object that is stored in parts; nothing of it is seen before `completeParts`. Answers the name of the attempt. */
  beginParts(key: string): Promise<string>;
  /** Stores one part; the same number again replaces it. */
  putPart(key: string, attempt: string, number: number, bytes: Uint8Array): Promise<string>;
  /** Makes the object of its parts, in the order of their numbers. */
  completeParts(key: string, attempt: string, parts: readonly ObjectPart[]): Promise<void>;
  /** Forgets the parts. An attempt that is not known is none to end, and no fault. */
  abortParts(key: string, attempt: string): Promise<void>;

  /** The file in which the object lies, where the store is a folder of this machine. */
  pathOf?(key: string): string;
}

/** The store does not answer, or answers what it should not. */
export class ObjectStoreFault extends Error {
  override name = 'ObjectStoreFault';
}

/** Lower-case words with dots and dashes inside, joined by slashes: harmless as a path, a URL and an S3 key. */
const keyShape = /^(?:[a-z0-9](?:[a-z0-9_.,-]*[a-z0-9_])?\/)*[a-z0-9](?:[a-z0-9_.,-]*[a-z0-9_])?$/;
/** Characters; S3 takes 1,024, and a file name 255. */
const longestKey = 300;

/** Checks a key. Throws when a part of it could lead elsewhere or cannot be a file's name. */
export function objectKey(key: string): string {
  if (key.length > longestKey || !keyShape.test(key) || key.includes('..'))
    throw new Error(`"${key.slice(0, longestKey)}" is not a key of an object`);
  return key;
}

/** The key of an object that is known by its content: `sha256/ab/cd/abcd…`, the SHA-256 in hexadecimal. */
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
