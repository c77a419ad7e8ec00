import type { Transaction } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { Conflict, Invalid, TooMany, Unavailable } from '../../../platform/errors/errors.ts';
import { assetFetchProgressed, assetFetchRequested, type FetchState } from '../events.ts';
import { MediaUpload } from '../media/media.entity.ts';
import type { AssetFetch } from './asset-fetch.entity.ts';
import { assetFetches } from './asset-fetch.noun.ts';

/** Fetches under way per account: four assets with all their media. */
const ofAccountAtMost = 200;
/** Fetches under way in total: every search for due ones sorts them. */
const inAllAtMost = 10_000;

/** The server or bucket of an address. Throws INVALID unless it names one file at a source of the owner, CONFLICT without sources. */
export function locate({ sources }: Transaction, url: string, ownerId: string): string {
  if (sources.isEmpty)
    throw new Conflict('Nothing can be fetched: the operator has not configured any sources (SOURCE_URLS).');
  const located = sources.locate(url, ownerId);
  if (!located || located.kind === 'prefix')
    throw new Invalid(
      'url: must be the address of a file at a configured source, such as https://host/… or s3://bucket/key.',
      {
        path: ['input', 'url'],
      },
    );
  return located.place;
}

/** Emits the progress of a fetch. */
export function tellProgress(tx: Transaction, fetch: AssetFetch): void {
  tx.emit(assetFetchProgressed, fetch.id, stateOf(fetch));
}

/** Lets unused uploads of fetches expire: they no longer count against the quota, and the sweep deletes them. */
export async function letUploadsGo(tx: Transaction, fetches: readonly AssetFetch[]): Promise<void> {
  const ids = fetches.flatMap(({ uploadId }) => uploadId ?? []);
  if (ids.length === 0) return;
  const of = { id: { $in: ids }, state: { $ne: 'DONE' as const } };
  await tx.em.nativeUpdate(MediaUpload, of, { expiresAt: tx.now(), updatedAt: tx.now() });
  for (const fetch of fetches) fetch.uploadId = null;
}

/** Throws if the limits of fetches under way would be exceeded. Serializes requests of one account until the transaction ends. */
export async function admit(tx: Transaction, count: number): Promise<void> {
  // A separate statement, so that the next one sees what was committed while this one waited.
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
    throw new TooMany(`An account may have at most ${ofAccountAtMost} fetches under way. Wait, or cancel some.`, {
      retryAfter: 60,
    });
  if (Number(open?.all) + count > inAllAtMost)
    throw new Unavailable('Too many files are waiting to be fetched. Try again later.', { retryAfter: 60 });
}

export function newFetch(
  tx: Transaction,
  given: Pick<AssetFetch, 'kind' | 'ownerId' | 'url' | 'place'> & Partial<Pick<AssetFetch, 'assetId' | 'catalogue'>>,
): AssetFetch {
  const fetch = assetFetches.create(tx, {
    ...given,
    createdBy: tx.actorId,
    actingFor: tx.info.actingFor,
    correlationId: tx.info.correlationId,
    status: 'QUEUED',
    attempts: 0,
    nextAt: tx.now(),
    received: 0,
    line: 0,
    takenBytes: 0,
    rejected: [],
  });
  tx.emit(assetFetchRequested, fetch.id, stateOf(fetch));
  return fetch;
}

function stateOf(fetch: AssetFetch): FetchState {
  const { id: fetchId, kind, ownerId, status, attempts, received } = fetch;
  const { assetId = null, mediaId = null, importId = null, fault = null } = fetch;
  return { fetchId, kind, ownerId, assetId, status, attempts, received, mediaId, importId, fault };
}
