import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Conflict, Expired, Invalid, NotFound, TooMany } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { Asset } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.query.ts';
import { mediaAttached, mediaDetached, mediaReordered } from '../events.ts';
import { Media, MediaUpload } from './media.entity.ts';
import { mediaAtMost, mediaItems } from './media.query.ts';

/** Milliseconds for which an upload is kept: a large file over a poor line, with a night in between. */
export const uploadLifetime = 24 * 3_600_000;
/** Uploads that one actor may have under way: a folder's worth, and not a disk's. */
const uploadsAtMost = 100;
/** Bytes that are kept of what one account has sent: four hundred pictures of the largest size, or twenty films. */
export const bytesAtMost = 20 * 1024 * 1_048_576;

export async function mediaUploadBegin(
  tx: Transaction,
  input: { assetId: string; fileName: string; size: number; sha256?: string | null },
): Promise<MediaUpload> {
  const asset = tx.found(await assets.load(tx, input.assetId), ['input', 'assetId']);
  tx.must('assets.mediaUpload.begin', asset.ownerId);
  const { open, bytes } = await sentBy(tx);
  if (open >= uploadsAtMost)
    throw new TooMany(`At most ${uploadsAtMost} uploads may be under way. Complete some, or let them end.`, {
      retryAfter: 60,
    });
  if (bytes + input.size > bytesAtMost)
    throw new Conflict(
      `An account may have ${bytesAtMost} bytes of media; of yours there are ${bytes}, uploads under way and media that were ` +
        'taken off in the last seven days with them.',
      { path: ['input', 'size'] },
    );
  return newUpload(tx, { ...input, assetId: asset.id });
}

/** The row of a file on its way, with room for as many bytes as `size` says. */
export function newUpload(
  tx: Transaction,
  given: { assetId: string; fileName: string; size: number; sha256?: string | null },
): MediaUpload {
  const now = tx.now();
  const upload = tx.em.create(MediaUpload, {
    id: newId('upl'),
    universeId: tx.universe,
    createdAt: now,
    updatedAt: now,
    assetId: given.assetId,
    createdBy: tx.actorId,
    fileName: plainName(given.fileName),
    size: given.size,
    announcedSha256: given.sha256 ?? null,
    expiresAt: new Date(now.getTime() + uploadLifetime),
    state: 'OPEN',
    received: 0,
    attempt: null,
    parts: [],
    tail: 0,
    writer: null,
    writerUntil: null,
    refusal: null,
    kind: null,
    contentType: null,
    sha256: null,
    width: null,
    height: null,
    durationMs: null,
    placeholder: null,
    mediaId: null,
  });
  tx.em.persist(upload);
  return upload;
}

/**
 * How many uploads the actor has under way, and bytes in them and in the media made of others. Media count until they are deleted,
 * or taking them off would give room for more than the disk has. Until the transaction ends nobody else counts for this actor.
 */
export async function sentBy(tx: Transaction): Promise<{ open: number; bytes: number }> {
  const whose = [tx.universe, tx.actorId];
  // A statement of its own: what it waits for is then seen by the next one.
  await sqlIn(tx.em, `select pg_advisory_xact_lock(hashtextextended('assets.uploads ' || $1 || ' ' || $2, 0))`, whose);
  const [sent] = await sqlIn<{ open: string; bytes: string }>(
    tx.em,
    `select open, under_way + (select coalesce(sum(size), 0) from assets.media where universe_id = $1 and created_by = $2) as bytes
     from (select count(*) as open, coalesce(sum(size), 0) as under_way from assets.media_uploads
           where universe_id = $1 and created_by = $2 and state in ('OPEN', 'RECEIVED', 'READY') and expires_at > $3) u`,
    [...whose, tx.now()],
  );
  return { open: Number(sent?.open), bytes: Number(sent?.bytes) };
}

/** A name without folders and without what no terminal or header should see; never a path of ours, only a word for people. */
function plainName(name: string): string {
  const [last = ''] = name.split(/[/\\]/).slice(-1);
  // oxlint-disable-next-line no-control-regex
  return last.replace(/[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g, '').trim() || 'file';
}

export async function mediaUploadComplete(
  tx: Transaction,
  input: { uploadId: string },
): Promise<{ media: Media; asset: Asset; upload: MediaUpload }> {
  const path = ['input', 'uploadId'];
  const named = tx.found(await tx.em.findOne(MediaUpload, { id: input.uploadId }), path);
  // The lock of the asset puts calls for the same upload, and for the same place, one after another.
  const asset = tx.found(await assets.lock(tx, named.assetId), path);
  tx.must('assets.mediaUpload.complete', asset.ownerId);
  // Its own lock keeps a sweep from taking away what is about to become a medium.
  const upload = tx.found(await tx.em.refresh(named, { lockMode: LockMode.PESSIMISTIC_WRITE }), path);
  if (upload.state !== 'DONE' && upload.expiresAt <= tx.now())
    throw new Expired('This upload has ended. Begin it anew.', { path });
  const media = await tx.em.find(Media, { asset: asset.id, detachedAt: null }, { orderBy: { position: 'asc' } });
  const before = media.find((each) => each.id === upload.mediaId || each.sha256 === upload.sha256);
  if (upload.state === 'DONE') {
    // It may have been taken off its asset since; for seven days it is still there.
    const made = before ?? (await tx.em.findOne(Media, { id: upload.mediaId ?? '' }));
    return { media: tx.found(made, path), asset, upload };
  }
  if (upload.state === 'REFUSED') throw new Invalid(upload.refusal ?? 'This file is not taken.', { path });
  const { kind, contentType, sha256, width, height, durationMs, placeholder } = upload;
  if (upload.state !== 'READY' || !kind || !contentType || !sha256)
    throw new Conflict(`Of ${upload.size} bytes ${upload.received} have arrived. Send the rest first.`, { path });
  const now = tx.now();
  upload.state = 'DONE';
  upload.updatedAt = now;
  if (before) {
    // The same file again is the same medium.
    upload.mediaId = before.id;
    return { media: before, asset, upload };
  }
  if (media.length >= mediaAtMost) throw new Conflict(`An asset has at most ${mediaAtMost} media.`, { path });
  const position = (media.at(-1)?.position ?? -1) + 1;
  const made = tx.em.create(Media, {
    id: newId('med'),
    universeId: tx.universe,
    createdAt: now,
    updatedAt: now,
    asset: tx.em.getReference(Asset, asset.id, { wrapped: true }),
    createdBy: tx.actorId,
    kind,
    fileName: upload.fileName,
    contentType,
    size: upload.size,
    sha256,
    width,
    height,
    durationMs,
    placeholder,
    position,
    detachedAt: null,
  });
  tx.em.persist(made);
  upload.mediaId = made.id;
  const { id, ownerId } = asset;
  tx.emit(mediaAttached, id, {
    assetId: id,
    ownerId,
    mediaId: made.id,
    kind,
    contentType,
    size: made.size,
    sha256,
    position,
  });
  return { media: made, asset, upload };
}

export async function mediaReorder(
  tx: Transaction,
  input: { assetId: string; mediaIds: string[] },
): Promise<{ media: Media[]; asset: Asset }> {
  const asset = tx.found(await assets.lock(tx, input.assetId), ['input', 'assetId']);
  tx.must('assets.media.reorder', asset.ownerId);
  const media = await ofAsset(tx, asset);
  const byId = new Map(media.map((each) => [each.id, each]));
  const ordered = input.mediaIds.map((id, n) => tx.found(byId.get(id), ['input', 'mediaIds', String(n)]));
  if (new Set(ordered).size !== media.length || ordered.length !== media.length)
    throw new Invalid(`The order names each of the asset's ${media.length} media once.`, {
      path: ['input', 'mediaIds'],
    });
  arrange(tx, asset, media, ordered);
  return { media: ordered, asset };
}

export async function mediaPrimarySet(
  tx: Transaction,
  input: { mediaId: string },
): Promise<{ media: Media; asset: Asset }> {
  const path = ['input', 'mediaId'];
  const found = tx.found(await mediaItems.load(tx, input.mediaId), path);
  const asset = tx.found(await assets.lock(tx, found.asset.id), path);
  tx.must('assets.mediaPrimary.set', asset.ownerId);
  const media = await ofAsset(tx, asset);
  const primary = tx.found(
    media.find((each) => each.id === input.mediaId),
    path,
  );
  if (primary.kind !== 'IMAGE') throw new Invalid('Only a picture can be the picture of an asset.', { path });
  arrange(tx, asset, media, [primary, ...media.filter((each) => each !== primary)]);
  return { media: primary, asset };
}

/** Takes media off their asset. What was taken off before and is not deleted yet is answered as it is. */
export async function mediaDetach(
  tx: Transaction,
  input: { mediaId: string },
): Promise<{ media: Media; asset: Asset }> {
  const path = ['input', 'mediaId'];
  const found = tx.found(await tx.em.findOne(Media, { id: input.mediaId }), path);
  const asset = tx.found(await assets.lock(tx, found.asset.id), path);
  // What was taken off is known to those alone who could have done it.
  if (found.detachedAt && !tx.can('assets.media.detach', asset.ownerId)) throw new NotFound(undefined, { path });
  tx.must('assets.media.detach', asset.ownerId);
  // Somebody else may have taken it off while this call waited for the asset.
  const media = await tx.em.refresh(found);
  if (!media) throw new NotFound('There are no such media.', { path });
  if (media.detachedAt) return { media, asset };
  media.detachedAt = tx.now();
  media.updatedAt = tx.now();
  tx.emit(mediaDetached, asset.id, { assetId: asset.id, ownerId: asset.ownerId, mediaId: media.id });
  return { media, asset };
}

/** The media of an asset whose lock is held, as they are now. */
function ofAsset(tx: Transaction, asset: Asset): Promise<Media[]> {
  return tx.em.find(
    Media,
    { asset: asset.id, detachedAt: null },
    { orderBy: { position: 'asc', id: 'asc' }, refresh: true },
  );
}

/** Puts media into an order; the same order again changes nothing and tells nothing. */
function arrange(tx: Transaction, asset: Asset, before: readonly Media[], ordered: readonly Media[]): void {
  if (ordered.every((each, n) => each === before[n])) return;
  for (const [position, each] of ordered.entries()) {
    if (each.position === position) continue;
    each.position = position;
    each.updatedAt = tx.now();
  }
  const mediaIds = ordered.map(({ id }) => id);
  tx.emit(mediaReordered, asset.id, { assetId: asset.id, ownerId: asset.ownerId, mediaIds });
}
