import { Readable } from 'node:stream';
import { LRUCache } from 'lru-cache';
import { NotFound } from '../../../platform/errors/errors.ts';
import {
  bytesOf,
  contentKey,
  type ByteRange,
  type ObjectBody,
  type ObjectStore,
} from '../../../platform/objects/object-store.ts';
import { drawPicture, pictureTypes, type PictureSpec } from './picture.ts';

/**
 * Derivatives kept of one original: what a viewer asks of a picture of 100 million pixels in tiles is below a thousand. Beyond
 * it they are made for whoever asks and not kept, so that nobody fills the store by asking for every size there is.
 */
const keptAtMost = 5_000;
/** Originals of which it is known how many derivatives are kept. */
const originalsCounted = 1_000;

/** The folder of an original's derivatives. */
export const derivedPrefix = (sha256: string): string => `derived/${sha256}/`;

/** The name of a derivative: the same for whoever asks for the same thing in other words. */
export function derivativeName({ region, size, mirrored, rotation, quality, format }: PictureSpec): string {
  const cut = `${region.left},${region.top},${region.width},${region.height}`;
  return `${cut}_${size.width},${size.height}_${mirrored ? 'm' : 'r'}${rotation}_${quality}.${format}`;
}

/**
 * The derivatives of pictures, each made once: whoever asks while it is being made waits for the same one, it is stored whole,
 * and from then on it is read. Several processes may make the same one at the same time; the later takes the earlier's place.
 */
export class Derivatives {
  readonly #objects: ObjectStore;
  readonly #draw: typeof drawPicture;
  readonly #making = new Map<string, Promise<Buffer | null>>();
  readonly #kept = new LRUCache<string, Promise<{ count: number }>>({ max: originalsCounted });

  constructor(objects: ObjectStore, draw: typeof drawPicture = drawPicture) {
    this.#objects = objects;
    this.#draw = draw;
  }

  /** The derivative, or the part of it that `range` names. NOT_FOUND when the original is gone. */
  async open(sha256: string, spec: PictureSpec, range?: ByteRange): Promise<ObjectBody> {
    const key = derivedPrefix(sha256) + derivativeName(spec);
    const known = await this.#objects.get(key, range);
    if (known) return known;
    let making = this.#making.get(key);
    if (!making) {
      making = this.#make(key, sha256, spec).finally(() => this.#making.delete(key));
      this.#making.set(key, making);
    }
    const bytes = await making;
    if (!bytes) throw new NotFound('The original of this picture is gone.');
    const part = range ? bytes.subarray(range.start, range.end + 1) : bytes;
    return { size: bytes.length, body: Readable.from(part.length > 0 ? [part] : []) };
  }

  async #make(key: string, sha256: string, spec: PictureSpec): Promise<Buffer | null> {
    const original = await this.#original(sha256);
    if (original === null) return null;
    const bytes = await this.#draw(original, spec);
    const kept = await this.#countOf(sha256);
    if (kept.count < keptAtMost) {
      kept.count += 1;
      await this.#objects.put(key, bytes, pictureTypes[spec.format]);
    }
    return bytes;
  }

  async #original(sha256: string): Promise<Uint8Array | string | null> {
    const key = contentKey(sha256);
    if (this.#objects.pathOf) return (await this.#objects.head(key)) && this.#objects.pathOf(key);
    const found = await this.#objects.get(key);
    return found && bytesOf(found.body);
  }

  #countOf(sha256: string): Promise<{ count: number }> {
    let counting = this.#kept.get(sha256);
    if (!counting) {
      counting = this.#count(sha256);
      this.#kept.set(sha256, counting);
      counting.catch(() => this.#kept.delete(sha256));
    }
    return counting;
  }

  async #count(sha256: string): Promise<{ count: number }> {
    let count = 0;
    for await (const _key of this.#objects.list(derivedPrefix(sha256))) count += 1;
    return { count };
  }
}

const known = new WeakMap<ObjectStore, Derivatives>();

/** The derivatives in a store; one for each store, so that all who ask in this process wait for the same making. */
export function derivativesIn(objects: ObjectStore): Derivatives {
  let derivatives = known.get(objects);
  if (!derivatives) known.set(objects, (derivatives = new Derivatives(objects)));
  return derivatives;
}
