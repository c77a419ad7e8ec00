import { randomUUID } from 'node:crypto';
import { defaultUniverse } from '../../../platform/context/actor.ts';
import { placesWorker } from '../../../platform/work/places.ts';
import { idleWorker } from '../../../platform/work/queue.ts';
import type { Worker, Workplace } from '../../../platform/work/worker.ts';
import { assetFetchProgressed, assetFetchRequested, type FetchState } from '../events.ts';
import { FetchLost, FetchTurn, type Taken } from './fetch-turn.ts';

/** Simultaneous fetches per process: each takes 8 MiB of memory and a connection. */
const atOnce = 4;
/** Simultaneous fetches from one server or bucket, over all processes, so as not to overload a source. */
const atOnceEach = 2;
/** Simultaneous fetches of one account, over all processes, so that slow sources of one leave room for others. */
const atOnceOfAccount = 2;
/** Milliseconds after which a process that took a fetch and has not renewed it is presumed dead. */
const lease = 60_000;
/** Milliseconds between two renewals. */
const renewEvery = 15_000;

/**
 * Carries out the requested fetches: at least once, resumed from the database after a restart, with growing delays after failures. A
 * fetch is taken under a lease that is renewed while it runs; a process that has lost the lease changes nothing.
 */
export function assetFetching(place: Workplace): Worker {
  const { database, clock, hub } = place;
  if (!place.context(defaultUniverse).keepsObjects) return idleWorker;
  const turns = new Map<string, FetchTurn>();
  const worker = placesWorker<Taken>(place, {
    name: 'assetFetch',
    atOnce,
    wakes: [assetFetchRequested],
    take: (free) => take(place, free),
    async next() {
      const [next] = await database.query<{ at: Date | null }>(
        `select least((select min(next_at) from assets.asset_fetches where status = 'QUEUED' and next_at > $1),
           (select min(taken_until) from assets.asset_fetches where status = 'RUNNING' and taken_until > $1)) as at`,
        [clock.now()],
      );
      return next?.at ?? null;
    },
    async work(taken, leaving) {
      const turn = new FetchTurn(place, taken);
      turns.set(taken.id, turn);
      const leave = (): void => turn.leave();
      leaving.addEventListener('abort', leave, { once: true });
      const renewal = setInterval(
        () => void renew(place, turn).catch((error: unknown) => turn.stop(error)),
        renewEvery,
      );
      renewal.unref();
      try {
        await turn.run();
      } finally {
        clearInterval(renewal);
        leaving.removeEventListener('abort', leave);
        // It may have been taken again meanwhile, if its lease ended.
        if (turns.get(taken.id) === turn) turns.delete(taken.id);
      }
    },
  });
  let unhear = (): void => {};
  return {
    ...worker,
    async start() {
      unhear = hub.hear([assetFetchProgressed.type], (facts) => {
        for (const { payload } of facts) {
          const { fetchId, status } = payload as FetchState;
          if (status === 'CANCELLED') turns.get(fetchId)?.stop(new FetchLost());
        }
      });
      await worker.start();
    },
    async close() {
      unhear();
      await worker.close();
    },
  };
}

/** Takes due fetches: accounts in turn, few per source. Fetches of dead processes are taken again. */
async function take({ database, clock }: Workplace, most: number): Promise<Taken[]> {
  const now = clock.now();
  // Mostly nothing is due, and then this look takes no lock.
  const due = await database.query(
    `select 1 from assets.asset_fetches
     where (status = 'QUEUED' and next_at <= $1) or (status = 'RUNNING' and taken_until <= $1) limit 1`,
    [now],
  );
  if (due.length === 0) return [];
  return database.transaction(async (client) => {
    // Only one process at a time counts the running fetches of sources and accounts and takes more.
    await client.query(`select pg_advisory_xact_lock(hashtext('assets.fetches.take'))`);
    const { rows } = await client.query<Taken & Record<string, unknown>>(
      `with running as (
         select place, created_by from assets.asset_fetches where status = 'RUNNING' and taken_until > $1
       ), at_places as (
         select place, count(*) as n from running group by place
       ), of_accounts as (
         select created_by, count(*) as n from running group by created_by
       ), due as (
         select f.id, place, created_by, next_at, coalesce(p.n, 0) as at_place, coalesce(a.n, 0) as for_account,
           row_number() over (partition by created_by order by next_at, f.id) as turn
         from assets.asset_fetches f left join at_places p using (place) left join of_accounts a using (created_by)
         where ((status = 'QUEUED' and next_at <= $1) or (status = 'RUNNING' and taken_until <= $1))
           and coalesce(p.n, 0) < ${atOnceEach} and coalesce(a.n, 0) < ${atOnceOfAccount}
       ), placed as (
         select *, row_number() over (partition by place order by turn, next_at, id) as of_place from due
       ), allowed as (
         select *, row_number() over (partition by created_by order by turn) as of_account from placed
         where of_place + at_place <= ${atOnceEach}
       ), chosen as (
         select id from allowed where of_account + for_account <= ${atOnceOfAccount} order by turn, next_at, id limit $2
       )
       update assets.asset_fetches f
       set status = 'RUNNING', attempts = attempts + 1, taken_by = $3, taken_until = $4, updated_at = $1
       from chosen where f.id = chosen.id
         -- One that was cancelled or ended while this waited for the row stays so.
         and ((f.status = 'QUEUED' and f.next_at <= $1) or (f.status = 'RUNNING' and f.taken_until <= $1))
       returning f.id, f.universe_id, f.created_by, f.acting_for, f.correlation_id, f.taken_by`,
      [now, most, randomUUID(), new Date(now.getTime() + lease)],
    );
    return rows;
  });
}

/** Renews the lease of a fetch and records its bytes; stops the turn if it has lost the fetch. */
async function renew({ database, clock }: Workplace, turn: FetchTurn): Promise<void> {
  const now = clock.now();
  const { id, taken_by: takenBy } = turn.taken;
  const rows = await database.query(
    `update assets.asset_fetches set taken_until = $1, received = greatest(received, $2), updated_at = $3
     where id = $4 and taken_by = $5 and status = 'RUNNING' returning 1`,
    [new Date(now.getTime() + lease), turn.received, now, id, takenBy],
  );
  if (rows.length === 0) turn.stop(new FetchLost());
}
