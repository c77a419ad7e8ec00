import { defineEntity, p } from '@mikro-orm/core';
import { enumeration, type ValueOf } from '../../../platform/declare/enumeration.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';
import { Asset } from '../asset/asset.entity.ts';

export const MediaKind = enumeration('MediaKind', 'What a file is by its content.', {
  IMAGE: 'A picture.',
  AUDIO: 'A recording.',
  VIDEO: 'A film.',
  DOCUMENT: 'A PDF.',
  MODEL: 'A three-dimensional model.',
});
export type MediaKind = ValueOf<typeof MediaKind>;

/** What is known of a file by its content, and by nothing that somebody said of it. */
const contentColumns = {
  contentType: p.text().name('content_type'),
  /** Bytes. */
  size: p.integer(),
  /** In hexadecimal; the object's key follows from it. */
  sha256: p.text(),
  /** Pixels as it is seen, after the orientation that a camera noted. */
  width: p.integer().nullable(),
  height: p.integer().nullable(),
  durationMs: p.integer().name('duration_ms').nullable(),
  /** A picture of a few pixels as a data: URL. */
  placeholder: p.text().nullable(),
};

export const MediaSchema = defineEntity({
  name: 'Media',
  tableName: 'media',
  properties: {
    ...standardColumns,
    asset: () => p.manyToOne(Asset).ref().fieldName('asset_id'),
    createdBy: p.text().name('created_by'),
    kind: p.enum(MediaKind.values),
    fileName: p.text().name('file_name'),
    ...contentColumns,
    /** Its place among the media of its asset, from 0; the first image is the asset's. */
    position: p.integer(),
    /** When it was taken off its asset; nobody sees it since, and its object is kept a while. */
    detachedAt: p.datetime(3).name('detached_at').nullable(),
  },
});

/** A picture, recording, film, document or model that shows an asset. Its content never changes. */
export class Media extends MediaSchema.class {}
MediaSchema.setClass(Media);

export const MediaUploadState = enumeration('MediaUploadState', 'The progress of an upload.', {
  OPEN: 'Accepts bytes.',
  RECEIVED: 'All bytes have arrived; the file is not inspected yet.',
  READY: 'Inspected and valid; can be completed.',
  REFUSED: 'The file is not accepted.',
  DONE: 'Attached to its asset.',
});

export const MediaUploadSchema = defineEntity({
  name: 'MediaUpload',
  tableName: 'media_uploads',
  properties: {
    ...standardColumns,
    assetId: p.text().name('asset_id'),
    createdBy: p.text().name('created_by'),
    fileName: p.text().name('file_name'),
    /** Bytes that were announced. */
    size: p.integer(),
    /** In hexadecimal, as the client says it will be; absent when it did not say. */
    announcedSha256: p.text().name('announced_sha256').nullable(),
    expiresAt: p.datetime(3).name('expires_at'),
    state: p.enum(MediaUploadState.values),
    /** Bytes that are stored. */
    received: p.integer(),
    /** The store's name for the object that is being made of parts, once there is one. */
    attempt: p.text().nullable(),
    parts: p.json<{ number: number; tag: string }[]>(),
    /** Bytes behind the last whole part, kept aside until they are enough for one. */
    tail: p.integer(),
    /** Who writes now; a second writer waits, and a dead one is forgotten when its time is up. */
    writer: p.text().nullable(),
    writerUntil: p.datetime(3).name('writer_until').nullable(),
    /** Why it was refused, as a sentence for people. */
    refusal: p.text().nullable(),
    kind: p.enum(MediaKind.values).nullable(),
    contentType: p.text().name('content_type').nullable(),
    sha256: p.text().nullable(),
    width: p.integer().nullable(),
    height: p.integer().nullable(),
    durationMs: p.integer().name('duration_ms').nullable(),
    placeholder: p.text().nullable(),
    mediaId: p.text().name('media_id').nullable(),
  },
});

/** A file on its way, from the announcement to the medium that it becomes. */
export class MediaUpload extends MediaUploadSchema.class {}
MediaUploadSchema.setClass(MediaUpload);
