import type { Database } from '../../../platform/database/database.ts';
import { placesWorker } from '../../../platform/work/places.ts';
import { nextDue } from '../../../platform/work/queue.ts';
import type { Worker, Workplace } from '../../../platform/work/worker.ts';
import { assetRecordFetchRequested } from '../events.ts';
import { failFetch, finishFetch, type TakenFetch } from './asset-record-fetch.service.ts';
import type { FetchKind } from './asset-record-fetch.entity.ts';
import { fetchPage } from './page/fetch-page.ts';
import { fetchToken } from './token/fetch-token.ts';
import { FetchFault } from './problems.ts';
import type { Fetched, Taken } from './taken.ts';

/** Simultaneous fetches: each spends most of its time waiting for servers. */
const takenAtOnce = 4;
/** Simultaneous fetches of one account, so that slow sources of one leave room for others. */
const takenOfEach = 2;
/** Milliseconds per attempt, with all its requests. */
const patience = 90_000;
/** Seconds after which a process that took a fetch is presumed dead: longer than an attempt. */
const leaseSeconds = 120;
/** Retried after 2 s, 4 s, 8 s …, about four minutes in total. A source may ask for a longer wait, up to ten minutes. */
const attemptsAtMost = 8;
const retryAtMost = 600;

const readers: Record<FetchKind, (place: Workplace, taken: Taken, signal: AbortSignal) => Promise<Fetched>> = {
  TOKEN: fetchToken,
  PAGE: fetchPage,
};

/**
 * Carries out requested fetches after the commit. A process takes a fetch by postponing its time, so that of several processes one does
 * it, and another one after the lease if that one dies; a late result of the first one is dropped. An account has few places.
 */
export function assetRecordFetching(place: Workplace): Worker {
  const { database } = place;
  return placesWorker<Taken>(place, {
    name: 'assetRecordFetching',
    atOnce: takenAtOnce,
    wakes: [assetRecordFetchRequested],
    take: (free) => take(database, free),
    next: () => nextDue(place, 'assets.asset_record_fetches', 'due_at > clock_timestamp()'),
    work: (taken, leaving) => bringIn(place, taken, leaving),
  });
}

/** Takes due fetches, accounts in turn. Fetches of dead processes are taken again. */
async function take(database: Database, most: number): Promise<Taken[]> {
  // Mostly nothing is due, and then this look takes no lock.
  const due = await database.query(
    'select 1 from assets.asset_record_fetches where due_at <= clock_timestamp() limit 1',
  );
  if (due.length === 0) return [];
  return database.transaction(async (client) => {
    // Only one process at a time counts the running fetches of accounts and takes more. Fetches that end meanwhile are not due.
    await client.query(`select pg_advisory_xact_lock(hashtext('assets.recordFetches.take'))`);
    const { rows } = await client.query<Taken & Record<string, unknown>>(
      `with running as (
         select requested_by, count(*) as n from assets.asset_record_fetches
         where status = 'RUNNING' and due_at > clock_timestamp() group by requested_by
       ), due as (
         select id, requested_by, due_at, row_number() over (partition by requested_by order by due_at, id) as of_account
         from assets.asset_record_fetches where due_at <= clock_timestamp()
       ), chosen as (
         select due.id from due left join running using (requested_by)
         where of_account + coalesce(n, 0) <= ${takenOfEach} order by of_account + coalesce(n, 0), due_at, due.id limit $2
       )
       update assets.asset_record_fetches f
       set status = 'RUNNING', attempts = attempts + 1, due_at = clock_timestamp() + $1 * interval '1 second', updated_at = clock_timestamp()
       from chosen where f.id = chosen.id and f.due_at <= clock_timestamp()
       returning f.id, f.universe_id, f.owner_id, f.requested_by, f.kind, f.source, f.reference, f.holder, f.attempts`,
      [leaseSeconds, most],
    );
    return rows;
  });
}

async function bringIn(place: Workplace, taken: Taken, closing: AbortSignal): Promise<void> {
  const { log } = place;
  const cause = { onBehalfOf: taken.requested_by };
  try {
    const { record, reading } = await readers[taken.kind](
      place,
      taken,
      AbortSignal.any([closing, AbortSignal.timeout(patience)]),
    );
    await place.transaction('finishFetch', taken.universe_id, (tx) => finishFetch(tx, taken, record, reading), cause);
  } catch (error) {
    // Due at once for the next process.
    if (closing.aborted) return later(place.database, taken, 0);
    const fault =
      error instanceof FetchFault ? error : new FetchFault('UNREACHABLE', { retryable: true, cause: error });
    if (!(error instanceof FetchFault))
      log.error({ err: error, fetch: taken.id }, 'a fetch failed and will be retried');
    if (fault.retryable && taken.attempts < attemptsAtMost) {
      const asked = Math.ceil((fault.retryAfter ?? 0) / 1000);
      return later(place.database, taken, Math.min(Math.max(2 ** taken.attempts, asked), retryAtMost));
    }
    log.warn({ err: fault, fetch: taken.id, attempts: taken.attempts }, 'a fetch failed for good');
    await place.transaction('failFetch', taken.universe_id, (tx) => failFetch(tx, taken, fault), cause);
  }
}

async function later(database: Database, { id, attempts }: TakenFetch, seconds: number): Promise<void> {
  await database.query(
    `update assets.asset_record_fetches
     set status = 'QUEUED', due_at = clock_timestamp() + $3 * interval '1 second', updated_at = clock_timestamp()
     where id = $1 and attempts = $2 and status = 'RUNNING'`,
    [id, attempts, seconds],
  );
}
