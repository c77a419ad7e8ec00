import { defineEntity, p } from '@mikro-orm/core';
import { enumeration, type ValueOf } from '../../../platform/declare/enumeration.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';
import type { AssetSourceKind } from '../asset/asset.entity.ts';

export const AssetFetchKind = enumeration('AssetFetchKind', 'What a fetched file becomes.', {
  MEDIA: 'A medium of an asset.',
  CATALOGUE: 'Lines of an import, as NDJSON.',
});

export const AssetFetchStatus = enumeration('AssetFetchStatus', 'The progress of a fetch.', {
  QUEUED: 'Waiting for its turn, or for the next attempt.',
  RUNNING: 'Being fetched, inspected or imported.',
  DONE: 'Attached as a medium, or all lines were imported.',
  FAILED: 'Ended without a result; `fault` and `reason` say why.',
  CANCELLED: 'Cancelled by an actor who may edit the assets, or because the owner or the requester was closed.',
});
export const openStatuses: readonly ValueOf<typeof AssetFetchStatus>[] = ['QUEUED', 'RUNNING'];

export const AssetFetchFault = enumeration('AssetFetchFault', 'Why an attempt of a fetch failed.', {
  NOT_ALLOWED: 'The address is no longer one of the configured sources.',
  REDIRECT_NOT_ALLOWED:
    'The source redirects to an address at no configured source, away from https, or more than three times.',
  UNREACHABLE: 'The source cannot be reached, or the connection broke off. Retried.',
  STATUS: 'The source answered with a status other than 200. Retried for 429 and 5xx.',
  ENCODED: 'The source answered compressed, which is not supported.',
  TOO_LARGE: 'The file is larger than 1 GiB, or a catalogue larger than 256 MiB.',
  TOO_SLOW: 'Less than 4 KiB per second, or more than half an hour. Retried.',
  CONTENT_REFUSED: 'The type of the file is not supported, or the file is damaged or too large for its type.',
  OVER_QUOTA: 'The media of the requesting account would exceed 20 GiB.',
  ASSET_FULL: 'The asset already has 50 media.',
  ASSET_ARCHIVED: 'The asset was archived during the fetch.',
  ASSET_TRANSFERRED: 'The asset went to another owner during the fetch.',
  INTERRUPTED: 'The server failed or was stopped. Retried.',
});
export type AssetFetchFault = ValueOf<typeof AssetFetchFault>;

/** The arguments of the import of a fetched catalogue. */
export interface Catalogue {
  source: string;
  run: string;
  publish: boolean;
  index: boolean;
  sourceKind: AssetSourceKind;
}

/** Milliseconds to wait after each failed attempt, a quarter of an hour in total. One more failure is final. */
const waits = [10_000, 40_000, 160_000, 640_000];
export const attemptsAtMost = waits.length + 1;
/** The longest wait in milliseconds that a source may ask for. */
const longestWait = 3_600_000;

export const AssetFetchSchema = defineEntity({
  name: 'AssetFetch',
  tableName: 'asset_fetches',
  properties: {
    ...standardColumns,
    kind: p.enum(AssetFetchKind.values),
    /** The asset whose medium it becomes; null for a catalogue. */
    assetId: p.text().name('asset_id').nullable(),
    /** The owner of the asset at the time of the request, or of the imported assets. */
    ownerId: p.text().name('owner_id'),
    createdBy: p.text().name('created_by'),
    actingFor: p.text().name('acting_for').nullable(),
    correlationId: p.text().name('correlation_id'),
    url: p.text(),
    /** The server or bucket, for limiting simultaneous fetches. */
    place: p.text(),
    status: p.enum(AssetFetchStatus.values),
    attempts: p.integer(),
    nextAt: p.datetime(3).name('next_at'),
    /** The turn that fetches now, and when its process is presumed dead. */
    takenBy: p.text().name('taken_by').nullable(),
    takenUntil: p.datetime(3).name('taken_until').nullable(),
    received: p.integer(),
    /** The upload that stores the bytes until they are attached or imported. */
    uploadId: p.text().name('upload_id').nullable(),
    mediaId: p.text().name('media_id').nullable(),
    importId: p.text().name('import_id').nullable(),
    catalogue: p.json<Catalogue>().nullable(),
    /** The imported part of a catalogue: the number of the last line, and bytes. */
    line: p.integer(),
    takenBytes: p.integer().name('taken_bytes'),
    /** The first rejected lines. */
    rejected: p.json<{ line: number; field: string | null; code: string; message: string }[]>(),
    fault: p.enum(AssetFetchFault.values).nullable(),
    reason: p.text().nullable(),
    endedAt: p.datetime(3).name('ended_at').nullable(),
  },
});

/** The fetch of a file from an outside source. */
export class AssetFetch extends AssetFetchSchema.class {
  end(status: 'DONE' | 'CANCELLED', now: Date): void {
    Object.assign(this, { status, fault: null, reason: null, endedAt: now, takenBy: null, takenUntil: null });
    this.updatedAt = now;
  }

  /** Records a failed attempt: the fetch waits for the next one, or has failed for good. */
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
  /** A sentence for people. Of the source's answer it reveals only the status. */
  reason: string;
  retryable: boolean;
  /** Milliseconds. */
  retryAfter: number | null;
}

/** A permanent failure of a fetch. */
export class FetchRefused extends Error {
  readonly fault: AssetFetchFault;

  constructor(fault: AssetFetchFault, reason: string) {
    super(reason);
    this.fault = fault;
  }
}
