import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from './database.ts';
import type { PgClient } from './pool.ts';

/** The key of the advisory lock of migrations: the first four bytes of "ensemble". */
const LOCK = 0x656e_7365;
/** Interval (ms) at which a process checks whether another one's migrations are done. */
const LOOK_MS = 100;

/**
 * Lets one process at a time migrate a server. The lock belongs to an open transaction on a separate connection, because sessions cannot hold
 * locks behind a pooler. Waiting processes hold no connection, so that a small pooler has some left. If the connection is lost, the record
 * of each migration, written in its transaction, still prevents a second application. The embedded database has one session, which `work`
 * borrows.
 */
export async function migrationLocked<T>(database: Database, work: (client: PgClient) => Promise<T>): Promise<T> {
  if (database.kind === 'embedded') return borrowing(database, work);
  for (;;) {
    const answer = await borrowing(database, async (holder) => {
      await holder.query('begin');
      // It is idle for the whole duration of the work.
      await holder.query('set local idle_in_transaction_session_timeout = 0');
      const { rows } = await holder.query<{ mine: boolean }>('select pg_try_advisory_xact_lock($1) as mine', [LOCK]);
      const done = rows[0]?.mine ? { result: await borrowing(database, work) } : null;
      await holder.query('commit');
      return done;
    });
    if (answer) return answer.result;
    await sleep(LOOK_MS);
  }
}

async function borrowing<T>(database: Database, work: (client: PgClient) => Promise<T>): Promise<T> {
  const client = await database.pool.connect();
  let broken: Error | undefined;
  try {
    return await work(client);
  } catch (error) {
    // The connection may be lost, which the pool cannot know.
    broken = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    client.release(broken);
  }
}
