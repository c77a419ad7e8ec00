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

/** Pictures that are drawn at once: each takes a core, and the smallest machine has two. One of them may be a large one. */
const drawnAtOnce = 2;
const largeAtOnce = 1;
/** Pixels from which a picture is a large one; those of AVIF take four times as long. Tiles and thumbnails are below it. */
const largeFrom = 2_000_000;
const avifWeight = 4;
/** Pictures that wait for their turn: of one network two pages of thumbnails, and of ten such networks. */
const waitingAtMost = 600;
const waitingAtMostEach = 60;

/** The name of a derivative: the same for all requests that mean the same picture. */
export function derivativeName({ region, size, mirrored, rotation, quality, format }: PictureSpec): string {
  const cut = `${region.left},${region.top},${region.width},${region.height}`;
  return `${cut}_${size.width},${size.height}_${mirrored ? 'm' : 'r'}${rotation}_${quality}.${format}`;
}

/** For whom a derivative is: whose turn it takes, and until when it is waited for. */
export interface Viewer {
  network: string;
  signal?: AbortSignal;
}

/**
 * The derivatives of pictures, each made once: requests that come while it is being made wait for the same one, it is stored whole,
 * and from then on it is read. What nobody waits for any more is not made. Several processes may make the same one at the same
 * time; the later takes the earlier's place.
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
    full: 'Too many pictures are being made. Try again in a moment.',
  });

  constructor(objects: ObjectStore, options: { draw?: typeof drawPicture; limits?: ShelfLimits } = {}) {
    this.#objects = objects;
    this.#draw = options.draw ?? drawPicture;
    this.shelf = new DerivativeShelf(objects, options.limits);
  }

  /** How much is waited for, and how much is being made. */
  get size(): { waiting: number; running: number } {
    return this.#queue.size;
  }

  /** The derivative, or the part of it that `range` names. NOT_FOUND when the original is gone. */
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
        if (original === null) throw new NotFound('The original of this picture is gone.');
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

/** The derivatives in a store; one for each store, so that all who ask in this process wait for the same making. */
export function derivativesIn(objects: ObjectStore): Derivatives {
  let derivatives = known.get(objects);
  if (!derivatives) known.set(objects, (derivatives = new Derivatives(objects)));
  return derivatives;
}
