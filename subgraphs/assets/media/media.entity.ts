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

/** Properties derived from the content of a file, never from what a client stated. */
const contentColumns = {
  contentType: p.text().name('content_type'),
  /** Bytes. */
  size: p.integer(),
  /** In hexadecimal; determines the key of the object. */
  sha256: p.text(),
  /** Pixels as displayed, after applying the camera's orientation. */
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
    /** Its position among the media of its asset, from 0; the first picture represents the asset. */
    position: p.integer(),
    /** When it was detached from its asset; it is hidden since, and its object is deleted later. */
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
  REFUSED: 'The file was not accepted; `mediaUploadComplete` says why.',
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
    /** Announced bytes. */
    size: p.integer(),
    /** As announced by the client, in hexadecimal; null if it announced none. */
    announcedSha256: p.text().name('announced_sha256').nullable(),
    expiresAt: p.datetime(3).name('expires_at'),
    state: p.enum(MediaUploadState.values),
    /** Stored bytes. */
    received: p.integer(),
    /** The store's id of the multipart upload, once there is one. */
    attempt: p.text().nullable(),
    parts: p.json<{ number: number; tag: string }[]>(),
    /** Bytes after the last whole part, stored separately until they fill one. */
    tail: p.integer(),
    /** The present writer; a second one is refused until this one ends or its lease expires. */
    writer: p.text().nullable(),
    writerUntil: p.datetime(3).name('writer_until').nullable(),
    /** Why the file was refused, as a sentence for people. */
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

/** An upload of a file, from its announcement until it is attached as a medium. */
export class MediaUpload extends MediaUploadSchema.class {}
MediaUploadSchema.setClass(MediaUpload);
