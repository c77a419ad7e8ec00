import { defineEntity, p } from '@mikro-orm/core';
import { enumeration, type ValueOf } from '../../../platform/declare/enumeration.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';
import type { AssetSourceKind } from '../asset/asset.entity.ts';

export const AssetFetchKind = enumeration('AssetFetchKind', 'What a fetched file becomes.', {
  MEDIA: 'A medium of an asset.',
  CATALOGUE: 'Lines of an import, as NDJSON.',
});

export const AssetFetchStatus = enumeration('AssetFetchStatus', 'The progress of a fetch.', {
  QUEUED: 'Waits for its turn, or for the next attempt.',
  RUNNING: 'Is being fetched, inspected or imported.',
  DONE: 'Attached as a medium, or all lines were imported.',
  FAILED: 'Ended without a result; `fault` and `reason` say why.',
  CANCELLED: 'Was cancelled by somebody who may edit the assets.',
});
export const openStatuses: readonly ValueOf<typeof AssetFetchStatus>[] = ['QUEUED', 'RUNNING'];

export const AssetFetchFault = enumeration('AssetFetchFault', 'Why an attempt of a fetch failed.', {
  NOT_ALLOWED: 'The address is no longer one of the configured sources.',
  REDIRECT_NOT_ALLOWED: 'The source redirects to no source, away from https, or more than three times.',
  UNREACHABLE: 'The source cannot be reached, or breaks off. Tried again.',
  STATUS: 'The source answers another status than 200. Tried again for 429 and 5xx.',
  ENCODED: 'The source answers compressed, which is not supported.',
  TOO_LARGE: 'More than 1 GiB, or 256 MiB of a catalogue.',
  TOO_SLOW: 'Less than 4 KiB a second, or more than half an hour. Tried again.',
  CONTENT_REFUSED: 'The type of the file is not supported, or the file is damaged or too large for its type.',
  OVER_QUOTA: 'The account that asked would have more than 20 GiB of media.',
  ASSET_FULL: 'The asset has 50 media.',
  ASSET_ARCHIVED: 'The asset was archived during the fetch.',
  ASSET_TRANSFERRED: 'The asset went to another owner during the fetch.',
  INTERRUPTED: 'The server failed or was stopped. Tried again.',
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

/** Milliseconds to wait after each failed attempt; after the last of them the fetch has failed. A quarter of an hour in all. */
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
    status: p.enum(AssetFetchStatus.values),
    attempts: p.integer(),
    nextAt: p.datetime(3).name('next_at'),
    /** The turn that fetches now, and when its process is taken for dead. */
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
    fault: p.enum(AssetFetchFault.values).nullable(),
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
