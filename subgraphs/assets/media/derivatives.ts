import { Readable } from 'node:stream';
import { NotFound } from '../../../platform/errors/errors.ts';
import {
  bytesOf,
  contentKey,
  type ByteRange,
  type ObjectBody,
  type ObjectStore,
} from '../../../platform/objects/object-store.ts';
import { FairQueue } from '../../../platform/work/fair-queue.ts';
import { derivedPrefix, DerivativeShelf, type ShelfContext, type ShelfLimits } from './derivative-shelf.ts';
import { drawPicture, pictureTypes, type PictureSpec } from '../../../platform/pictures/picture.ts';

/** Pictures rendered at the same time: each takes a core, and the smallest machine has two. Only one of them may be large. */
const drawnAtOnce = 2;
const largeAtOnce = 1;
/** Pixels from which a picture counts as large; AVIF takes four times as long. Tiles and thumbnails are below it. */
const largeFrom = 2_000_000;
const avifWeight = 4;
/** Waiting pictures: two pages of thumbnails of one network, and of ten such networks. */
const waitingAtMost = 600;
const waitingAtMostEach = 60;

/** The name of a derivative: the same for all requests for the same picture. */
export function derivativeName({ region, size, mirrored, rotation, quality, format }: PictureSpec): string {
  const cut = `${region.left},${region.top},${region.width},${region.height}`;
  return `${cut}_${size.width},${size.height}_${mirrored ? 'm' : 'r'}${rotation}_${quality}.${format}`;
}

/** The requester of a derivative, for turns and cancellation. */
export interface Viewer {
  network: string;
  signal?: AbortSignal;
}

/**
 * The derivatives of pictures, each rendered once: simultaneous requests wait for the same rendering, whose result is stored and read
 * from then on. Renderings without waiting requests are dropped. Several processes may render the same one at the same time; the later
 * result replaces the earlier one.
 */
export class Derivatives {
  readonly shelf: DerivativeShelf;
  readonly #objects: ObjectStore;
  readonly #draw: typeof drawPicture;
  readonly #queue = new FairQueue({
    atOnce: drawnAtOnce,
    heavyAtOnce: largeAtOnce,
    waitingAtMost,
    waitingAtMostEach,
    full: 'Too many pictures are being rendered. Try again in a moment.',
  });

  constructor(objects: ObjectStore, options: { draw?: typeof drawPicture; limits?: ShelfLimits } = {}) {
    this.#objects = objects;
    this.#draw = options.draw ?? drawPicture;
    this.shelf = new DerivativeShelf(objects, options.limits);
  }

  /** Numbers of waiting and running renderings. */
  get size(): { waiting: number; running: number } {
    return this.#queue.size;
  }

  /** The derivative, or the part of it in `range`. Throws NOT_FOUND if the original was deleted. */
  async open(
    context: ShelfContext,
    sha256: string,
    spec: PictureSpec,
    viewer: Viewer,
    range?: ByteRange,
  ): Promise<ObjectBody> {
    const key = derivedPrefix(sha256) + derivativeName(spec);
    const known = await this.#objects.get(key, range);
    if (known) {
      await this.shelf.used(context, sha256, key, known.size).catch((error: unknown) => {
        known.body.destroy();
        throw error;
      });
      return known;
    }
    const bytes = await this.#queue.ask({
      who: viewer.network,
      key,
      heavy: spec.size.width * spec.size.height * (spec.format === 'avif' ? avifWeight : 1) > largeFrom,
      ...(viewer.signal ? { signal: viewer.signal } : {}),
      work: async (nobodyWaits) => {
        const original = await this.#original(sha256);
        if (original === null) throw new NotFound('The original of this picture was deleted.');
        nobodyWaits.throwIfAborted();
        const drawn = await this.#draw(original, spec, nobodyWaits);
        await this.shelf.put(context, sha256, key, drawn, pictureTypes[spec.format]);
        return drawn;
      },
    });
    const part = range ? bytes.subarray(range.start, range.end + 1) : bytes;
    return { size: bytes.length, body: Readable.from(part.length > 0 ? [part] : []) };
  }

  async #original(sha256: string): Promise<Uint8Array | string | null> {
    const key = contentKey(sha256);
    if (this.#objects.pathOf) return (await this.#objects.head(key)) && this.#objects.pathOf(key);
    const found = await this.#objects.get(key);
    return found && bytesOf(found.body);
  }
}

const known = new WeakMap<ObjectStore, Derivatives>();

/** The derivatives in a store; one instance per store, so that all requests in this process share renderings. */
export function derivativesIn(objects: ObjectStore): Derivatives {
  let derivatives = known.get(objects);
  if (!derivatives) known.set(objects, (derivatives = new Derivatives(objects)));
  return derivatives;
}
