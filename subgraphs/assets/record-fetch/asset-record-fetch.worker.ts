import type { Database } from '../../../platform/database/database.ts';
import { WorkLoop } from '../../../platform/work/loop.ts';
import type { Worker, Workplace } from '../../../platform/work/worker.ts';
import { assetRecordFetchRequested } from '../events.ts';
import { failFetch, finishFetch, type TakenFetch } from './asset-record-fetch.service.ts';
import type { FetchKind } from './asset-record-fetch.entity.ts';
import { fetchPage } from './page/fetch-page.ts';
import { fetchToken } from './token/fetch-token.ts';
import { FetchFault } from './problems.ts';
import type { FetchedRecord } from './record.ts';
import type { TokenReading } from './token/token-reading.ts';

/** Fetches at once: each waits for others most of its time. */
const takenAtOnce = 4;
/** Milliseconds for one attempt, with everything that it asks. */
const patience = 90_000;
/** Whoever took a fetch and has not told what became of it within so many seconds is taken for dead: more than an attempt has. */
const leaseSeconds = 120;
/** Tried again after 2 s, 4 s, 8 s …: in all about four minutes. A source that asks for a longer wait gets it, up to ten. */
const attemptsAtMost = 8;
const retryAtMost = 600;

/** A fetch that a worker took. */
export interface Taken extends TakenFetch {
  universe_id: string;
  owner_id: string;
  requested_by: string;
  kind: FetchKind;
  source: string;
  reference: string;
  holder: string | null;
}

export interface Fetched {
  record: FetchedRecord;
  reading: TokenReading | null;
}

const readers: Record<FetchKind, (place: Workplace, taken: Taken, signal: AbortSignal) => Promise<Fetched>> = {
  TOKEN: fetchToken,
  PAGE: fetchPage,
};

/**
 * Brings in what was asked for, after the commit. A fetch is taken by moving its time ahead, so of several processes one does it, and
 * another one after the lease when that one dies; what the first one finds after that is not kept.
 */
export function assetRecordFetching(place: Workplace): Worker {
  const { database, clock, log, hub } = place;
  const loop = new WorkLoop({
    name: 'assetRecordFetching',
    clock,
    log,
    work: async (closing) => {
      while (!closing.aborted) {
        const taken = await take(database);
        if (taken.length === 0) return nextDue(place);
        await Promise.all(taken.map((each) => bringIn(place, each, closing)));
      }
      return null;
    },
  });
  let unhear = (): void => {};
  return {
    start() {
      unhear = hub.hear([assetRecordFetchRequested.type], () => loop.wake());
      loop.wake();
    },
    settled: () => loop.settled(),
    async close() {
      unhear();
      await loop.close();
    },
  };
}

function take(database: Database): Promise<Taken[]> {
  return database.query<Taken>(
    `update assets.asset_record_fetches
     set status = 'RUNNING', attempts = attempts + 1, due_at = clock_timestamp() + $1 * interval '1 second', updated_at = clock_timestamp()
     where id in (
       select id from assets.asset_record_fetches where due_at <= clock_timestamp() order by due_at, id limit $2 for update skip locked
     )
     returning id, universe_id, owner_id, requested_by, kind, source, reference, holder, attempts`,
    [leaseSeconds, takenAtOnce],
  );
}

async function nextDue({ database, clock }: Workplace): Promise<Date | null> {
  const [row] = await database.query<{ ms: number | null }>(
    `select ceil(extract(epoch from min(due_at) - clock_timestamp()) * 1000)::float8 as ms
     from assets.asset_record_fetches where due_at is not null`,
  );
  return row?.ms === null || row?.ms === undefined ? null : new Date(clock.now().getTime() + Math.max(row.ms, 0));
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
    // The next process goes on with it at once.
    if (closing.aborted) return later(place.database, taken, 0);
    const fault =
      error instanceof FetchFault ? error : new FetchFault('UNREACHABLE', { retryable: true, cause: error });
    if (!(error instanceof FetchFault)) log.error({ err: error, fetch: taken.id }, 'a fetch failed; it is tried again');
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
