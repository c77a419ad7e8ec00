import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { Conflict, TooMany } from '../../../platform/errors/errors.ts';
import { Asset } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.noun.ts';
import { recordOf } from '../asset/asset-record.ts';
import { difference } from '../../../platform/change/difference.ts';
import { assetCreated, assetRecordFetchFinished, assetRecordFetchRequested, assetUpdated } from '../events.ts';
import { withoutHandEdits } from '../import/hand-edits.ts';
import type { Values } from '../import/imported-fields.ts';
import { rememberTags } from '../tag/tag.service.ts';
import { AssetRecordFetch, type FetchKind } from './asset-record-fetch.entity.ts';
import { assetRecordFetches } from './asset-record-fetch.noun.ts';
import { FetchFault, problem } from './problems.ts';
import type { FetchedRecord } from './record.ts';
import type { TokenReading } from './token/token-reading.ts';

/** Fetches of one owner under way: at four at once and a second each they take half a minute. */
export const openAtMost = 100;

/** A source object in its canonical form, which identifies it. */
export interface FetchedThing {
  kind: FetchKind;
  source: string;
  reference: string;
  holder: string | null;
}

/** Requests a fetch, or a refresh. Returns a fetch that is already under way. */
export async function requestFetch(
  tx: Transaction,
  wish: FetchedThing & { ownerId: string },
): Promise<AssetRecordFetch> {
  const { ownerId, source, reference, holder, kind } = wish;
  const now = tx.now();
  const known = await tx.em.findOne(
    AssetRecordFetch,
    { ownerId, source, reference },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  if (known?.isOpen()) {
    if ((known.holder ?? null) !== holder)
      throw new Conflict('A fetch of this token for another holder is under way. Wait until it has ended.', {
        path: ['input', 'token', 'holder'],
      });
    return known;
  }
  const open = await tx.em.count(AssetRecordFetch, { ownerId, status: { $in: ['QUEUED', 'RUNNING'] } });
  if (open >= openAtMost)
    throw new TooMany(`An owner may have at most ${openAtMost} fetches under way. Try again later.`, {
      retryAfter: 60,
    });
  const wanted = { requestedBy: tx.actorId, holder, status: 'QUEUED', attempts: 0, dueAt: now } as const;
  const fetch =
    known ?? assetRecordFetches.create(tx, { ...wanted, ownerId, createdBy: tx.actorId, kind, source, reference });
  Object.assign(fetch, wanted, { updatedAt: now, problem: null, notes: [], finishedAt: null });
  tx.emit(assetRecordFetchRequested, fetch.id, { fetchId: fetch.id, ownerId, kind, source });
  return fetch;
}

/** Identifies the turn of a worker: a fetch that another worker has taken since is left alone. */
export interface TakenFetch {
  id: string;
  attempts: number;
}

function lockTaken(tx: Transaction, { id, attempts }: TakenFetch): Promise<AssetRecordFetch | null> {
  return tx.em.findOne(AssetRecordFetch, { id, attempts, status: 'RUNNING' }, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

/** Stores the result: as a new draft of the owner, or in the existing asset, except for fields edited by hand. */
export async function finishFetch(
  tx: Transaction,
  taken: TakenFetch,
  record: FetchedRecord,
  reading: TokenReading | null,
): Promise<void> {
  const fetch = await lockTaken(tx, taken);
  if (!fetch) return;
  const { ownerId } = fetch;
  const { source, sourceId } = record;
  const known = await tx.em.findOne(
    Asset,
    { importedFor: ownerId, source, sourceId },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  if (known && known.ownerId !== ownerId) return fail(tx, fetch, new FetchFault('TRANSFERRED'));
  const change = known ? renew(tx, known, record) : 'CREATED';
  const asset = known ?? create(tx, fetch, record);
  if (record.columns.tags) await rememberTags(tx, asset.tags);
  Object.assign(fetch, { assetId: asset.id, notes: record.notes, problem: null, reading });
  fetch.finish('DONE', tx.now());
  tell(tx, fetch, change);
}

export async function failFetch(tx: Transaction, taken: TakenFetch, fault: FetchFault): Promise<void> {
  const fetch = await lockTaken(tx, taken);
  if (fetch) fail(tx, fetch, fault);
}

function fail(tx: Transaction, fetch: AssetRecordFetch, { code, message }: FetchFault): void {
  fetch.problem = problem(code, message);
  fetch.finish('FAILED', tx.now());
  tell(tx, fetch, null);
}

function tell(tx: Transaction, fetch: AssetRecordFetch, change: 'CREATED' | 'UPDATED' | 'UNCHANGED' | null): void {
  const { id: fetchId, ownerId, kind, source, assetId = null } = fetch;
  const status = fetch.status === 'DONE' ? 'DONE' : 'FAILED';
  const { code = null } = fetch.problem ?? {};
  const about = { fetchId, ownerId, kind, source, status, assetId } as const;
  tx.emit(assetRecordFetchFinished, fetchId, { ...about, problem: code, change });
}

function create(tx: Transaction, { ownerId }: AssetRecordFetch, record: FetchedRecord): Asset {
  const { source, sourceId, sourceKind, columns, fallback } = record;
  const origin = { importedFor: ownerId, source, sourceId, sourceKind };
  const given = { kind: 'OTHER' as const, ...fallback, ...columns, ...origin };
  const asset = assets.create(tx, { ...given, status: 'DRAFT', ownerId, createdBy: tx.actorId });
  const { id: assetId, title, kind, status } = asset;
  tx.emit(assetCreated, assetId, { assetId, ownerId, title, kind, status });
  return asset;
}

function renew(tx: Transaction, asset: Asset, record: FetchedRecord): 'UPDATED' | 'UNCHANGED' {
  const before = recordOf(asset);
  const { columns, handEdits } = withoutHandEdits(asset, record.columns as Values);
  Object.assign(asset, columns, { handEdits });
  const changed = difference(before, recordOf(asset));
  if (Object.keys(changed).length === 0) return 'UNCHANGED';
  asset.updatedAt = tx.now();
  tx.emit(assetUpdated, asset.id, { assetId: asset.id, ownerId: asset.ownerId, changed });
  return 'UPDATED';
}
