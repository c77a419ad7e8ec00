import { ArrayMinSize, Matches } from 'class-validator';
import type { Transaction } from '../../../platform/context/context.ts';
import { arg } from '../../../platform/declare/input.ts';
import { mutation } from '../../../platform/declare/mutation.ts';
import { Conflict, Invalid, NotFound, TooMany } from '../../../platform/errors/errors.ts';
import type { Asset } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.noun.ts';
import { mediaAttached, mediaDetached, mediaReordered } from '../events.ts';
import { largestUpload } from './content.ts';
import { Media } from './media.entity.ts';
import { mediaAtMost, mediaItems } from './media.noun.ts';
import { bytesAtMost, mediaUploadComplete as complete, newUpload, sentBy } from './media.service.ts';
import { Upload } from './media-upload.ts';
import { inspect } from './uploads.ts';

/** Uploads under way per actor: enough for a folder, too few for a disk. */
const uploadsAtMost = 100;

export const mediaUploadBegin = mutation('mediaUploadBegin', {
  access: 'assets.mediaUpload.begin',
  description:
    'Begins an upload for an asset and returns the address to send the bytes to, in one piece or in chunks, within a day.',
  errors: `NOT_FOUND, FORBIDDEN, INVALID, TOO_MANY if the viewer has ${uploadsAtMost} uploads under way, CONFLICT if the media of the account would exceed 20 GiB`,
  silent: 'No other system needs to know of an upload before its file is attached.',
  input: {
    assetId: arg.id('ast', 'The asset that the file shows.'),
    fileName: arg.text('The displayed name; 1 to 255 characters. The type of the file is detected from its content.', {
      min: 1,
      max: 255,
    }),
    size: arg.int(
      'The exact size in bytes. At most 50 MiB for a picture, 200 MiB for a recording or model, 1 GiB for a film, 100 MiB for a PDF.',
      { min: 1, max: largestUpload },
    ),
    sha256: arg
      .text('SHA-256 of the file in hexadecimal. If the received bytes have another one, the upload is INVALID.', {
        max: 64,
      })
      .check(Matches(/^[0-9a-f]{64}$/))
      .optional(),
  },
  payload: (f) => ({ upload: f.object(Upload, 'The new upload and the address for its bytes.') }),
  async run(tx, given) {
    const asset = tx.found(await assets.load(tx, given.assetId), ['input', 'assetId']);
    tx.must('assets.mediaUpload.begin', asset.ownerId);
    const { open, bytes } = await sentBy(tx);
    if (open >= uploadsAtMost)
      throw new TooMany(`At most ${uploadsAtMost} uploads may be under way. Complete some, or let them expire.`, {
        retryAfter: 60,
      });
    if (bytes + given.size > bytesAtMost)
      throw new Conflict(
        `An account may have at most ${bytesAtMost} bytes of media; yours has ${bytes}, including uploads under way and media detached in the last seven days.`,
        { path: ['input', 'size'] },
      );
    return { upload: newUpload(tx, given) };
  },
});

export const mediaUploadComplete = mutation('mediaUploadComplete', {
  access: 'assets.mediaUpload.complete',
  description:
    'Attaches an uploaded file to its asset, after the existing ones. A file that the asset already has is not attached twice.',
  errors: `NOT_FOUND, FORBIDDEN, CONFLICT while bytes are missing or if the asset has ${mediaAtMost} media, INVALID for a file of an unsupported type, EXPIRED a day after the upload was begun`,
  tells: [mediaAttached],
  input: { uploadId: arg.id('upl', 'The upload, as `mediaUploadBegin` returned it.') },
  payload: (f) => ({
    upload: f.object(Upload, 'The upload, whose state is DONE.'),
    media: f.row(
      () => mediaItems,
      'The attached file; the existing one if the asset has a file with the same content.',
    ),
    asset: f.row(() => assets, 'The asset.'),
  }),
  // Already done when the last byte arrived, unless that process has ended since.
  prepare: ({ uploadId }, context) => inspect(context, uploadId),
  run: complete,
});

export const mediaReorder = mutation('mediaReorder', {
  access: 'assets.media.reorder',
  description: 'Sets the order of the media of an asset. The first picture represents the asset in lists.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID',
  tells: [mediaReordered],
  input: {
    assetId: arg.id('ast', 'The asset whose media are reordered.'),
    mediaIds: arg
      .ids('med', `All media of the asset, at most ${mediaAtMost}, in their new order.`, { atMost: mediaAtMost })
      .check(ArrayMinSize(1)),
  },
  payload: (f) => ({
    media: f.rows(() => mediaItems, `All media of the asset in their new order; at most ${mediaAtMost}.`, {
      atMost: mediaAtMost,
    }),
    asset: f.row(() => assets, 'The asset.'),
  }),
  async run(tx, { assetId, mediaIds }) {
    const asset = tx.found(await assets.lock(tx, assetId), ['input', 'assetId']);
    tx.must('assets.media.reorder', asset.ownerId);
    const before = await ofAsset(tx, asset);
    const byId = new Map(before.map((each) => [each.id, each]));
    const media = mediaIds.map((id, n) => tx.found(byId.get(id), ['input', 'mediaIds', String(n)]));
    if (new Set(media).size !== before.length || media.length !== before.length)
      throw new Invalid(`mediaIds: name each of the asset's ${before.length} media once.`, {
        path: ['input', 'mediaIds'],
      });
    arrange(tx, asset, before, media);
    return { media, asset };
  },
});

export const mediaPrimarySet = mutation('mediaPrimarySet', {
  access: 'assets.mediaPrimary.set',
  description: 'Makes a picture the primary one of its asset, by moving it to the first place.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID',
  tells: [mediaReordered],
  input: { mediaId: arg.id('med', 'A picture.') },
  payload: (f) => ({
    media: f.row(() => mediaItems, 'The picture, now the first of the media.'),
    asset: f.row(() => assets, 'The asset.'),
  }),
  async run(tx, { mediaId }) {
    const path = ['input', 'mediaId'];
    const found = tx.found(await mediaItems.load(tx, mediaId), path);
    const asset = tx.found(await assets.lock(tx, found.asset.id), path);
    tx.must('assets.mediaPrimary.set', asset.ownerId);
    const before = await ofAsset(tx, asset);
    const media = tx.found(
      before.find(({ id }) => id === mediaId),
      path,
    );
    if (media.kind !== 'IMAGE') throw new Invalid('mediaId: only a picture can represent an asset.', { path });
    arrange(tx, asset, before, [media, ...before.filter((each) => each !== media)]);
    return { media, asset };
  },
});

export const mediaDetach = mutation('mediaDetach', {
  access: 'assets.media.detach',
  description:
    'Removes a media file from its asset. The file is deleted after seven days; until then the call is idempotent.',
  errors: 'NOT_FOUND, FORBIDDEN, INVALID',
  tells: [mediaDetached],
  input: { mediaId: arg.id('med', 'The picture, recording, film, document or model to remove from its asset.') },
  payload: (f) => ({
    media: f.row(() => mediaItems, 'The removed medium. Its URLs return 404 from now on.'),
    asset: f.row(() => assets, 'The asset.'),
  }),
  async run(tx, { mediaId }) {
    const path = ['input', 'mediaId'];
    const found = tx.found(await tx.em.findOne(Media, { id: mediaId }), path);
    const asset = tx.found(await assets.lock(tx, found.asset.id), path);
    // Only those who may detach media can find out that this one was detached.
    if (found.detachedAt && !tx.can('assets.media.detach', asset.ownerId)) throw new NotFound(undefined, { path });
    tx.must('assets.media.detach', asset.ownerId);
    // Another call may have detached it while this one waited for the asset.
    const media = await tx.em.refresh(found);
    if (!media) throw new NotFound('There is no such medium.', { path });
    if (media.detachedAt) return { media, asset };
    Object.assign(media, { detachedAt: tx.now(), updatedAt: tx.now() });
    tx.emit(mediaDetached, asset.id, { assetId: asset.id, ownerId: asset.ownerId, mediaId });
    return { media, asset };
  },
});

/** The present media of an asset, whose row is locked. */
function ofAsset(tx: Transaction, { id }: Asset): Promise<Media[]> {
  const orderBy = { position: 'asc', id: 'asc' } as const;
  return tx.em.find(Media, { asset: id, detachedAt: null }, { orderBy, refresh: true });
}

/** Sets the order of media; the same order again changes nothing and emits no fact. */
function arrange(tx: Transaction, asset: Asset, before: readonly Media[], ordered: readonly Media[]): void {
  if (ordered.every((each, n) => each === before[n])) return;
  for (const [position, each] of ordered.entries())
    if (each.position !== position) Object.assign(each, { position, updatedAt: tx.now() });
  const mediaIds = ordered.map(({ id }) => id);
  tx.emit(mediaReordered, asset.id, { assetId: asset.id, ownerId: asset.ownerId, mediaIds });
}
