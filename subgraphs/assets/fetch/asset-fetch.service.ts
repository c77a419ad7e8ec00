import { LockMode } from '@mikro-orm/core';
import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Conflict, Invalid, TooMany, Unavailable } from '../../../platform/errors/errors.ts';
import { newId } from '../../../platform/ids/ids.ts';
import type { Sources } from '../../../platform/outgoing/sources.ts';
import type { AssetSourceKind } from '../asset/asset.entity.ts';
import { assets } from '../asset/asset.query.ts';
import { assetFetchProgressed, assetFetchRequested, type FetchState } from '../events.ts';
import { MediaUpload } from '../media/media.entity.ts';
import { AssetFetch, openStatuses } from './asset-fetch.entity.ts';
import { assetFetches } from './asset-fetch.query.ts';

/** Fetches that one account may have under way: four assets with all their media. */
const ofAccountAtMost = 200;
/** Fetches of all that may be under way: each look for what is due orders them. */
const inAllAtMost = 10_000;

const notASource = (): Invalid =>
  new Invalid('url: this is not the address of a file at a configured source: https://host/…, or s3://bucket/key.', {
    path: ['input', 'url'],
  });

/** Refuses where nothing may be fetched at all: so it is unless the operator has named sources. */
export function checkSources(sources: Sources): void {
  if (sources.isEmpty)
    throw new Conflict('Nothing can be fetched here: the operator has configured no sources (SOURCE_URLS).');
}

/** Asks for media from addresses, each a fetch of its own. What is under way already is answered as it is. */
export async function assetFetchAttach(
  tx: Transaction,
  { assetId, urls }: { assetId: string; urls: readonly string[] },
): Promise<AssetFetch[]> {
  // The lock puts those who ask for the same file one after another.
  const asset = tx.found(await assets.lock(tx, assetId), ['input', 'assetId']);
  tx.must('assets.assetFetch.attach', asset.ownerId);
  checkSources(tx.sources);
  if (asset.status === 'ARCHIVED')
    throw new Conflict('The asset is archived. Reopen it first.', { path: ['input', 'assetId'] });
  const wanted = urls.map((url) => {
    const located = tx.sources.locate(url, asset.ownerId);
    if (!located || located.kind === 'prefix') throw notASource();
    return { url, place: located.place };
  });
  await admit(tx, wanted.length);
  const known = await tx.em.find(AssetFetch, { assetId, url: { $in: [...urls] }, status: { $in: [...openStatuses] } });
  const byUrl = new Map(known.map((fetch) => [fetch.url, fetch]));
  return wanted.map(
    (each) =>
      byUrl.get(each.url) ?? asked(tx, { ...each, kind: 'MEDIA', assetId, ownerId: asset.ownerId, catalogue: null }),
  );
}

/** Asks for a catalogue whose lines are imported. */
export async function assetFetchImport(
  tx: Transaction,
  input: {
    url: string;
    source: string;
    run: string;
    ownerId?: string | null;
    publish: boolean;
    index: boolean;
    sourceKind: AssetSourceKind;
  },
): Promise<AssetFetch> {
  const ownerId = input.ownerId ?? tx.info.actingFor ?? tx.actorId;
  tx.must('assets.assetFetch.import', ownerId);
  checkSources(tx.sources);
  const { url, source, run, publish, index, sourceKind } = input;
  const located = tx.sources.locate(url, ownerId);
  if (!located || located.kind === 'prefix') throw notASource();
  await admit(tx, 1);
  return asked(tx, {
    url,
    place: located.place,
    kind: 'CATALOGUE',
    assetId: null,
    ownerId,
    catalogue: { source, run, publish, index, sourceKind },
  });
}

/** Ends a fetch that is under way. Again changes nothing. */
export async function assetFetchCancel(tx: Transaction, { fetchId }: { fetchId: string }): Promise<AssetFetch> {
  const path = ['input', 'fetchId'];
  tx.found(await assetFetches.load(tx, fetchId), path);
  const locked = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const;
  const fetch = tx.found(await tx.em.findOne(AssetFetch, { id: fetchId }, locked), path);
  tx.must('assets.assetFetch.cancel', fetch.ownerId);
  if (fetch.status === 'CANCELLED') return fetch;
  if (!openStatuses.includes(fetch.status)) throw new Conflict(`The fetch has ended: it is ${fetch.status}.`, { path });
  fetch.end('CANCELLED', tx.now());
  await letUploadsGo(tx, [fetch]);
  tellProgress(tx, fetch);
  return fetch;
}

/** Tells how far a fetch is. */
export function tellProgress(tx: Transaction, fetch: AssetFetch): void {
  tx.emit(assetFetchProgressed, fetch.id, stateOf(fetch));
}

/** What came for fetches and became nothing counts no longer, and the sweep takes it away. */
export async function letUploadsGo(tx: Transaction, fetches: readonly AssetFetch[]): Promise<void> {
  const ids = fetches.flatMap(({ uploadId }) => uploadId ?? []);
  if (ids.length === 0) return;
  const of = { id: { $in: ids }, state: { $ne: 'DONE' as const } };
  await tx.em.nativeUpdate(MediaUpload, of, { expiresAt: tx.now(), updatedAt: tx.now() });
  for (const fetch of fetches) fetch.uploadId = null;
}

/** Refuses more than one account, or all together, may have under way. Until the transaction ends nobody else of the account asks. */
async function admit(tx: Transaction, count: number): Promise<void> {
  // A statement of its own: what it waits for is then seen by the next one.
  await sqlIn(tx.em, `select pg_advisory_xact_lock(hashtextextended('assets.fetches ' || $1 || ' ' || $2, 0))`, [
    tx.universe,
    tx.actorId,
  ]);
  const [open] = await sqlIn<{ own: string; all: string }>(
    tx.em,
    `select (select count(*) from assets.asset_fetches where created_by = $1 and status in ('QUEUED', 'RUNNING')) as own,
       (select count(*) from (select from assets.asset_fetches where status in ('QUEUED', 'RUNNING') limit ${inAllAtMost}) o) as all`,
    [tx.actorId],
  );
  if (Number(open?.own) + count > ofAccountAtMost)
    throw new TooMany(`At most ${ofAccountAtMost} fetches of an account may be under way. Wait, or cancel some.`, {
      retryAfter: 60,
    });
  if (Number(open?.all) + count > inAllAtMost)
    throw new Unavailable('Too many files are waiting to be fetched. Try again later.', { retryAfter: 60 });
}

function asked(
  tx: Transaction,
  given: Pick<AssetFetch, 'kind' | 'assetId' | 'ownerId' | 'url' | 'place' | 'catalogue'>,
): AssetFetch {
  const now = tx.now();
  const fetch = tx.em.create(AssetFetch, {
    ...given,
    id: newId('aft'),
    universeId: tx.universe,
    createdAt: now,
    updatedAt: now,
    createdBy: tx.actorId,
    actingFor: tx.info.actingFor,
    correlationId: tx.info.correlationId,
    status: 'QUEUED',
    attempts: 0,
    nextAt: now,
    takenBy: null,
    takenUntil: null,
    received: 0,
    uploadId: null,
    mediaId: null,
    importId: null,
    line: 0,
    takenBytes: 0,
    rejected: [],
    fault: null,
    reason: null,
    endedAt: null,
  });
  tx.em.persist(fetch);
  tx.emit(assetFetchRequested, fetch.id, stateOf(fetch));
  return fetch;
}

function stateOf(fetch: AssetFetch): FetchState {
  const { id: fetchId, kind, ownerId, status, attempts, received } = fetch;
  const { assetId = null, mediaId = null, importId = null, fault = null } = fetch;
  return { fetchId, kind, ownerId, assetId, status, attempts, received, mediaId, importId, fault };
}
