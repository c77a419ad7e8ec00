import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Conflict, Expired, Invalid } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import { createRow } from '../../../platform/nouns/row.ts';
import { Asset } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.noun.ts';
import { mediaAttached } from '../events.ts';
import { Media, MediaUpload } from './media.entity.ts';
import { mediaAtMost, mediaItems } from './media.noun.ts';

/** Lifetime of an upload in milliseconds: enough for a large file over a slow line, with a night in between. */
const uploadLifetime = 24 * 3_600_000;
/** Bytes of media per account: four hundred pictures of the largest size, or twenty films. */
export const bytesAtMost = 20 * 1024 * 1_048_576;

/** The row of a new upload of `size` bytes. */
export function newUpload(
  tx: Transaction,
  given: { assetId: string; fileName: string; size: number; sha256?: string | undefined },
): MediaUpload {
  return createRow(tx, MediaUpload, newId('upl'), {
    assetId: given.assetId,
    createdBy: tx.actorId,
    fileName: plainName(given.fileName),
    size: given.size,
    announcedSha256: given.sha256 ?? null,
    expiresAt: new Date(tx.now().getTime() + uploadLifetime),
    state: 'OPEN',
    received: 0,
    parts: [],
    tail: 0,
  });
}

/**
 * The actor's number of uploads under way, and its bytes in uploads and media. Media count until they are deleted; otherwise detaching
 * them would free more quota than disk space. Serializes counting for this actor until the transaction ends.
 */
export async function sentBy(tx: Transaction): Promise<{ open: number; bytes: number }> {
  const whose = [tx.universe, tx.actorId];
  // A separate statement, so that the next one sees what was committed while this one waited.
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

/** A file name without folders and control characters. It is only displayed, never used as a path. */
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
  // The lock of the asset serializes calls for the same upload and for the same position.
  const asset = tx.found(await assets.lock(tx, named.assetId), path);
  tx.must('assets.mediaUpload.complete', asset.ownerId);
  // The lock of the upload keeps a sweep from deleting it.
  const upload = tx.found(await tx.em.refresh(named, { lockMode: LockMode.PESSIMISTIC_WRITE }), path);
  if (upload.state !== 'DONE' && upload.expiresAt <= tx.now())
    throw new Expired('This upload has expired. Begin a new one.', { path });
  const media = await tx.em.find(Media, { asset: asset.id, detachedAt: null }, { orderBy: { position: 'asc' } });
  const before = media.find((each) => each.id === upload.mediaId || each.sha256 === upload.sha256);
  if (upload.state === 'DONE') {
    // It may have been detached since, but is kept for seven days.
    const made = before ?? (await tx.em.findOne(Media, { id: upload.mediaId ?? '' }));
    return { media: tx.found(made, path), asset, upload };
  }
  if (upload.state === 'REFUSED') throw new Invalid(upload.refusal ?? 'This file is not accepted.', { path });
  const { kind, contentType, sha256, width, height, durationMs, placeholder } = upload;
  if (upload.state !== 'READY' || !kind || !contentType || !sha256)
    throw new Conflict(`Only ${upload.received} of ${upload.size} bytes have arrived. Send the rest first.`, { path });
  const now = tx.now();
  upload.state = 'DONE';
  upload.updatedAt = now;
  if (before) {
    // The same content is not attached twice.
    upload.mediaId = before.id;
    return { media: before, asset, upload };
  }
  if (media.length >= mediaAtMost) throw new Conflict(`An asset has at most ${mediaAtMost} media.`, { path });
  const position = (media.at(-1)?.position ?? -1) + 1;
  const made = mediaItems.create(tx, {
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
  });
  upload.mediaId = made.id;
  const { id: assetId, ownerId } = asset;
  const { id: mediaId, size } = made;
  tx.emit(mediaAttached, assetId, { assetId, ownerId, mediaId, kind, contentType, size, sha256, position });
  return { media: made, asset, upload };
}
