import { defineEntity, p } from '@mikro-orm/core';
import { enumeration, type ValueOf } from '../../../platform/declare/enumeration.ts';
import { standardColumns } from '../../../platform/nouns/entity.ts';
import type { FetchProblem } from './problems.ts';
import type { TokenReading } from './token/token-reading.ts';

export const AssetRecordFetchKind = enumeration(
  'AssetRecordFetchKind',
  'The kind of source from which an asset is fetched.',
  {
    TOKEN: 'A token of a blockchain, read from a node of the chain.',
    PAGE: 'A web page with machine-readable data (schema.org or Open Graph).',
  },
);
export type FetchKind = ValueOf<typeof AssetRecordFetchKind>;

export const AssetRecordFetchStatus = enumeration('AssetRecordFetchStatus', 'The progress of a fetch.', {
  QUEUED: 'Waiting for its turn, or for the next attempt.',
  RUNNING: 'Being read.',
  DONE: 'The asset was created or updated; `notes` lists what is missing.',
  FAILED: 'Nothing was fetched; `problem` says why. It can be requested again.',
});

export const AssetRecordFetchSchema = defineEntity({
  name: 'AssetRecordFetch',
  tableName: 'asset_record_fetches',
  properties: {
    ...standardColumns,
    ownerId: p.text().name('owner_id'),
    /** The first and the last requester. */
    createdBy: p.text().name('created_by'),
    requestedBy: p.text().name('requested_by'),
    kind: p.enum(AssetRecordFetchKind.values),
    /** A chain by CAIP-2, or a host. */
    source: p.text(),
    /** The object at the source: `0x<contract in lower case>/<token id>`, or the URL of a page. */
    reference: p.text(),
    /** The address whose balance is read, for tokens with several holders. */
    holder: p.text().nullable(),
    status: p.enum(AssetRecordFetchStatus.values),
    /** Attempts since the last request. Also tells a worker whose lease has ended that another one has taken the fetch. */
    attempts: p.integer().default(0),
    /** When the next attempt is due, or the lease of the present one ends; null after the end. */
    dueAt: p.datetime(3).name('due_at').nullable(),
    assetId: p.text().name('asset_id').nullable(),
    problem: p.json<FetchProblem>().nullable(),
    /** What is missing in the result. */
    notes: p.json<FetchProblem[]>().onCreate(() => []),
    /** The last reading of the chain, which cannot be edited. */
    reading: p.json<TokenReading>().nullable(),
    finishedAt: p.datetime(3).name('finished_at').nullable(),
  },
});

/** A request to fetch a token or a page as an asset. A worker carries it out; requesting it again refreshes the asset. */
export class AssetRecordFetch extends AssetRecordFetchSchema.class {
  isOpen(): boolean {
    return this.status === 'QUEUED' || this.status === 'RUNNING';
  }

  finish(status: 'DONE' | 'FAILED', now: Date): void {
    Object.assign(this, { status, dueAt: null, finishedAt: now, updatedAt: now });
  }
}
AssetRecordFetchSchema.setClass(AssetRecordFetch);
