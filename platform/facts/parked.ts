import type { Database } from '../database/database.ts';
import { readFact } from './log.ts';
import type { StampedFact } from './fact.ts';
import type { Reaction, ReactInTransaction } from './reactions.ts';

/** Maximum milliseconds between retries of a parked key, which double from 1 s. */
const retryAtMost = 5 * 60_000;

/** Maximum keys of one query. */
const keysAtOnce = 50;

interface ParkedOf {
  consumer: string;
  reaction: Reaction;
  inTransaction: ReactInTransaction;
  /** Waits for the consumer's turn among those of the process. */
  inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  /** Whether the process is closing. */
  isOver: () => boolean;
}

interface ParkedRow {
  fact_id: string;
  position: string;
  attempts: number;
}

/** Retries the oldest fact of each parked key that is due; after a success the next fact of the key follows at once. */
export async function retryParked(database: Database, of: ParkedOf): Promise<void> {
  for (;;) {
    const due = await database.query<ParkedRow>(
      `select fact_id, position, attempts from (
        select distinct on (key, origin) fact_id, position, attempts, next_at from facts.parked where consumer = $1
        order by key, origin, position
      ) heads where next_at <= now() order by next_at, position limit ${keysAtOnce}`,
      [of.consumer],
    );
    if (due.length === 0) return;
    for (const row of due) {
      if (of.isOver()) return;
      await of.inTurn(() => retry(database, of, row));
    }
  }
}

async function retry(
  database: Database,
  { consumer, reaction, inTransaction }: ParkedOf,
  row: ParkedRow,
): Promise<void> {
  try {
    const fact = await readFact(database, row.fact_id);
    // Only its key waits for it.
    if (!fact) throw new Error('The fact is not in the log.');
    await inTransaction(fact.universe, consumer, async (sql, react) => {
      const [freed] = await sql<{ fresh: boolean }>(
        `with mine as (
          select position from facts.parked where consumer = $1 and position = $2 for update
        ), freed as (
          delete from facts.parked using mine where consumer = $1 and parked.position = mine.position returning 1
        ), inboxed as (
          insert into facts.inbox (consumer, fact_id) select $1, $3 from freed on conflict do nothing returning 1
        )
        select exists (select 1 from inboxed) as fresh`,
        [consumer, row.position, fact.id],
      );
      if (freed?.fresh) await react(fact, reaction);
    });
  } catch (error) {
    const wait = Math.min(1000 * 2 ** row.attempts, retryAtMost);
    await database.query(
      `update facts.parked set attempts = attempts + 1, error = $3, next_at = now() + $4 * interval '1 millisecond'
       where consumer = $1 and position = $2`,
      [consumer, row.position, messageOf(error), wait],
    );
  }
}

/** Parks a failed fact and moves the checkpoint past it; later facts of its key and origin wait behind it. */
export async function parkFact(database: Database, consumer: string, fact: StampedFact, error: unknown): Promise<void> {
  await database.query(
    `with parking as (
      insert into facts.parked as p (consumer, key, position, fact_id, error, origin, attempts, next_at)
      values ($1, $2, $3, $4, $5, $6, 1, now() + interval '1 second')
      on conflict (consumer, position) do nothing
    )
    update facts.checkpoints set position = greatest(position, $3) where consumer = $1`,
    [consumer, fact.key, fact.position, fact.id, messageOf(error), fact.origin ?? ''],
  );
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 1000);
}
