import { defineEntity, p } from '@mikro-orm/core';
import { standardColumns } from '../../../platform/nouns/entity.ts';
import type { AssetSourceKind } from '../asset/asset.entity.ts';

export const assetFetchKinds = ['MEDIA', 'CATALOGUE'] as const;
export type AssetFetchKind = (typeof assetFetchKinds)[number];

export const assetFetchStatuses = ['QUEUED', 'RUNNING', 'DONE', 'FAILED', 'CANCELLED'] as const;
export type AssetFetchStatus = (typeof assetFetchStatuses)[number];
export const openStatuses: readonly AssetFetchStatus[] = ['QUEUED', 'RUNNING'];

export const assetFetchFaults = [
  'NOT_ALLOWED',
  'REDIRECT_NOT_ALLOWED',
  'UNREACHABLE',
  'STATUS',
  'ENCODED',
  'TOO_LARGE',
  'TOO_SLOW',
  'CONTENT_REFUSED',
  'OVER_QUOTA',
  'ASSET_FULL',
  'ASSET_ARCHIVED',
  'ASSET_TRANSFERRED',
  'INTERRUPTED',
] as const;
export type AssetFetchFault = (typeof assetFetchFaults)[number];

/** What an import of a fetched catalogue is told. */
export interface Catalogue {
  source: string;
  run: string;
  publish: boolean;
  index: boolean;
  sourceKind: AssetSourceKind;
}

/** Milliseconds to wait after each failed attempt; after the last of them the fetch has failed. A quarter of an hour in all. */
const waits = [10_000, 40_000, 160_000, 640_000];
export const attemptsAtMost = waits.length + 1;
/** Milliseconds that a source may ask to be left alone for; who asks for more is asked again then. */
const longestWait = 3_600_000;

export const AssetFetchSchema = defineEntity({
  name: 'AssetFetch',
  tableName: 'asset_fetches',
  properties: {
    ...standardColumns,
    kind: p.enum(assetFetchKinds),
    /** Whose medium it becomes; null for a catalogue. */
    assetId: p.text().name('asset_id').nullable(),
    /** Whose the asset was, or whose the imported assets are. */
    ownerId: p.text().name('owner_id'),
    createdBy: p.text().name('created_by'),
    actingFor: p.text().name('acting_for').nullable(),
    correlationId: p.text().name('correlation_id'),
    url: p.text(),
    /** The server or bucket: few are asked at once of each. */
    place: p.text(),
    status: p.enum(assetFetchStatuses),
    attempts: p.integer(),
    nextAt: p.datetime(3).name('next_at'),
    /** Who fetches now, and when that one is taken for dead. */
    takenBy: p.text().name('taken_by').nullable(),
    takenUntil: p.datetime(3).name('taken_until').nullable(),
    received: p.integer(),
    /** Where the bytes are kept until they are a medium, or lines of an import. */
    uploadId: p.text().name('upload_id').nullable(),
    mediaId: p.text().name('media_id').nullable(),
    importId: p.text().name('import_id').nullable(),
    catalogue: p.json<Catalogue>().nullable(),
    /** Up to where a catalogue was taken in: the number of the last line, and bytes. */
    line: p.integer(),
    takenBytes: p.integer().name('taken_bytes'),
    /** The first lines that were not taken in. */
    rejected: p.json<{ line: number; field: string | null; code: string; message: string }[]>(),
    fault: p.enum(assetFetchFaults).nullable(),
    reason: p.text().nullable(),
    endedAt: p.datetime(3).name('ended_at').nullable(),
  },
});

/** A file that is fetched from outside, from the request to what becomes of it. */
export class AssetFetch extends AssetFetchSchema.class {
  end(status: 'DONE' | 'CANCELLED', now: Date): void {
    Object.assign(this, { status, fault: null, reason: null, endedAt: now, takenBy: null, takenUntil: null });
    this.updatedAt = now;
  }

  /** Notes a failed attempt: it waits for the next one, or has failed. */
  failed({ fault, reason, retryable, retryAfter }: FetchFailure, now: Date): void {
    const wait = retryable ? waits[this.attempts - 1] : undefined;
    Object.assign(this, { fault, reason, takenBy: null, takenUntil: null, updatedAt: now });
    if (wait === undefined) {
      this.status = 'FAILED';
      this.endedAt = now;
      return;
    }
    this.status = 'QUEUED';
    this.nextAt = new Date(now.getTime() + Math.max(wait, Math.min(retryAfter ?? 0, longestWait)));
  }
}
AssetFetchSchema.setClass(AssetFetch);

export interface FetchFailure {
  fault: AssetFetchFault;
  /** A sentence for people. It says nothing of what the source has answered but its status. */
  reason: string;
  retryable: boolean;
  /** Milliseconds. */
  retryAfter: number | null;
}

/** Why nothing comes of a fetch, whatever is tried again. */
export class FetchRefused extends Error {
  readonly fault: AssetFetchFault;

  constructor(fault: AssetFetchFault, reason: string) {
    super(reason);
    this.fault = fault;
  }
}
