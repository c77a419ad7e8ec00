import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from './database.ts';
import type { PgClient } from './pool.ts';

/** The key of the advisory lock that one migrating process holds: "ensemble" cut to four bytes. */
const LOCK = 0x656e_7365;
/** How often a process that waits for another one's migrations looks whether they are done (ms). */
const LOOK_MS = 100;

/**
 * Lets one process at a time migrate a server. The lock is that of a transaction on a connection of its own, which stays open: behind a
 * pooler nobody has a session that could hold one. Who waits holds no connection, so that a small pooler has some left for who works. Should
 * the connection be lost, the record of each migration, which is written with it, still keeps it from being applied twice. The embedded
 * database has one session, which `work` borrows.
 */
export async function migrationLocked<T>(database: Database, work: (client: PgClient) => Promise<T>): Promise<T> {
  if (database.kind === 'embedded') return borrowing(database, work);
  for (;;) {
    const answer = await borrowing(database, async (holder) => {
      await holder.query('begin');
      // It stands idle for as long as the work takes.
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
    // It may have been lost, and the pool cannot know.
    broken = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    client.release(broken);
  }
}
