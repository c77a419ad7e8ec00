import type { FactType, StampedFact } from '../facts/fact.ts';
import { WorkLoop } from './loop.ts';
import type { Worker, Workplace } from './worker.ts';

/** A failed batch is retried after 2 s, 4 s, 8 s … at most this many seconds. */
const retryAtMost = 600;

/** A row taken from a queue. */
export interface Queued {
  id: string;
  universe_id: string;
  attempts: number;
}

export interface QueueOptions<T extends Queued> {
  /** Names the work in logs. */
  name: string;
  /** The queue table, with its schema. It has the standard columns, `attempts` and `due_at`, which is null for rows on hold. */
  table: string;
  /** Columns that the work needs besides id, universe and attempts. */
  columns?: readonly (keyof T & string)[];
  /** Rows of one batch. */
  atOnce: number;
  /** Seconds after which a process that took a batch without finishing it is considered dead. */
  leaseSeconds: number;
  /** After this many attempts a row is dropped; never if absent. */
  attemptsAtMost?: number;
  /** Facts that signal new work. */
  wakes: readonly FactType[];
  /** Receives those facts before the work starts. */
  hear?: (facts: readonly StampedFact[]) => void;
  /** Called once, before the first batch. */
  prepare?: () => Promise<unknown>;
  /** Called before each look for due rows. */
  look?: () => Promise<unknown>;
  /** Does a batch of one universe, and removes or reschedules its rows. Errors are logged, and the batch is retried. */
  work: (taken: T[], universe: string, closing: AbortSignal) => Promise<void>;
}

/**
 * A worker for the due rows of a table, batch by batch. Rows are taken by moving their time ahead, so that only one of several
 * processes does a batch, and another takes it over after the lease if that one dies.
 */
export function queueWorker<T extends Queued>(
  { database, clock, log, hub }: Workplace,
  {
    name,
    table,
    columns = [],
    atOnce,
    leaseSeconds,
    attemptsAtMost,
    wakes,
    hear,
    prepare,
    look,
    work,
  }: QueueOptions<T>,
): Worker {
  const take = (): Promise<T[]> =>
    database.query<T & Record<string, unknown>>(
      `update ${table} set attempts = attempts + 1, due_at = clock_timestamp() + $1 * interval '1 second', updated_at = clock_timestamp()
       where id in (
         select id from ${table} where due_at <= clock_timestamp() order by due_at, id limit $2 for update skip locked
       )
       returning ${['id', 'universe_id', 'attempts', ...columns].join(', ')}`,
      [leaseSeconds, atOnce],
    );
  const later = (taken: readonly T[]): Promise<unknown> =>
    database.query(
      `with over as (delete from ${table} where id = any($1) and attempts >= $2 returning id)
       update ${table}
       set due_at = clock_timestamp() + least(2 ^ attempts, ${retryAtMost}) * interval '1 second', updated_at = clock_timestamp()
       where id = any($1) and attempts < $2`,
      [taken.map(({ id }) => id), attemptsAtMost ?? 2_147_483_647],
    );
  const attempt = async (taken: T[], universe: string, closing: AbortSignal): Promise<void> => {
    try {
      await work(taken, universe, closing);
    } catch (error) {
      await later(taken);
      if (closing.aborted) return;
      const attempts = Math.max(...taken.map((each) => each.attempts));
      log.error({ err: error, work: name, rows: taken.length, attempts }, 'a batch of work failed; it will be retried');
    }
  };
  let isPrepared = false;
  const loop = new WorkLoop({
    name,
    clock,
    log,
    work: async (closing) => {
      if (!isPrepared) await prepare?.();
      isPrepared = true;
      await look?.();
      while (!closing.aborted) {
        const next = await nextDue({ database, clock }, table);
        if (next === null || next > clock.now()) return next;
        const taken = await take();
        // Other processes have locked what is due.
        if (taken.length === 0) return next;
        for (const [universe, batch] of byUniverse(taken)) await attempt(batch, universe, closing);
      }
      return null;
    },
  });
  let unhear = (): void => {};
  return {
    start() {
      const types = wakes.map(({ type }) => type);
      unhear = hub.hear(types, (facts) => {
        hear?.(facts);
        loop.wake();
      });
      loop.wake();
    },
    settled: () => loop.settled(),
    async close() {
      unhear();
      await loop.close();
    },
  };
}

/** When the next row of a queue is due, by this process's clock; null if there is none. `where` restricts the rows. */
export async function nextDue(
  { database, clock }: Pick<Workplace, 'database' | 'clock'>,
  table: string,
  where = 'true',
): Promise<Date | null> {
  const [row] = await database.query<{ ms: number | null }>(
    `select ceil(extract(epoch from min(due_at) - clock_timestamp()) * 1000)::float8 as ms from ${table} where ${where}`,
  );
  return row?.ms == null ? null : new Date(clock.now().getTime() + Math.max(row.ms, 0));
}

function byUniverse<T extends Queued>(taken: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const each of taken) groups.set(each.universe_id, [...(groups.get(each.universe_id) ?? []), each]);
  return groups;
}

/** A worker for an OS that has no background work in this process. */
export const idleWorker: Worker = { start() {}, settled: () => Promise.resolve(), close: () => Promise.resolve() };
