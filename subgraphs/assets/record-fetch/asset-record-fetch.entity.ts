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
    PAGE: 'A web page with machine-readable data about itself.',
  },
);
export type FetchKind = ValueOf<typeof AssetRecordFetchKind>;

export const AssetRecordFetchStatus = enumeration('AssetRecordFetchStatus', 'The progress of a fetch.', {
  QUEUED: 'Waits for its turn, or for the next attempt.',
  RUNNING: 'Is being read.',
  DONE: 'The asset was created or updated; `notes` says what is missing.',
  FAILED: 'Nothing was fetched; `problem` says why. It can be requested again.',
});

export const AssetRecordFetchSchema = defineEntity({
  name: 'AssetRecordFetch',
  tableName: 'asset_record_fetches',
  properties: {
    ...standardColumns,
    ownerId: p.text().name('owner_id'),
    /** Who asked first, and who asked last. */
    createdBy: p.text().name('created_by'),
    requestedBy: p.text().name('requested_by'),
    kind: p.enum(AssetRecordFetchKind.values),
    /** A chain by CAIP-2, or a host. */
    source: p.text(),
    /** What it is called there before it was read: `0x<contract in lower case>/<token id>`, or an address. */
    reference: p.text(),
    /** Whose balance is read, of a token that several can hold. */
    holder: p.text().nullable(),
    status: p.enum(AssetRecordFetchStatus.values),
    /** Since it was asked for last; tells a worker whose lease is over that another one has taken it. */
    attempts: p.integer().default(0),
    /** When it is due, or when the lease of who works at it ends; null when it is over. */
    dueAt: p.datetime(3).name('due_at').nullable(),
    assetId: p.text().name('asset_id').nullable(),
    problem: p.json<FetchProblem>().nullable(),
    /** What is missing of what was brought in. */
    notes: p.json<FetchProblem[]>().onCreate(() => []),
    /** What the chain said last. Nobody edits it. */
    reading: p.json<TokenReading>().nullable(),
    finishedAt: p.datetime(3).name('finished_at').nullable(),
  },
});

/** Something that is brought in from outside: asked for, done by a worker, and done anew when it is asked for again. */
export class AssetRecordFetch extends AssetRecordFetchSchema.class {
  isOpen(): boolean {
    return this.status === 'QUEUED' || this.status === 'RUNNING';
  }

  finish(status: 'DONE' | 'FAILED', now: Date): void {
    Object.assign(this, { status, dueAt: null, finishedAt: now, updatedAt: now });
  }
}
AssetRecordFetchSchema.setClass(AssetRecordFetch);
