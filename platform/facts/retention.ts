import type { Database } from '../database/database.ts';
import { inLane } from '../database/precedence.ts';
import type { Logger } from '../telemetry/log.ts';

/**
 * Minimum days of retention. NATS may deliver copies again for seven days, as long as inbox rows and idempotency keys are kept; such
 * duplicates must still be found in the log.
 */
export const retentionAtLeast = 8;

/** Facts pruned in one transaction: about ten milliseconds, so that the embedded session is free in between. */
const pruneBatch = 1000;

/** The advisory lock of pruning and of the registration of consumers, held for one short transaction: a new consumer must not miss a fact in between. */
export const pruneLock = `hashtextextended('facts.prune', 0)`;

const anyPosition = '9223372036854775807';

/**
 * The first facts in the log, and whether each may be pruned: it is old, every consumer has passed it, no parked fact is before it, and the
 * carrier, if any, has published it. Facts are pruned up to the first one that must stay.
 */
const page = `edge as (
    select coalesce((select min(position) from facts.checkpoints), ${anyPosition}) as passed,
      coalesce((select min(position) from facts.parked), ${anyPosition}) as parked,
      coalesce((select position from facts.carried where holder is not null), ${anyPosition}) as carried,
      (select coalesce(max(position), 0) from facts.pruned) as gone
  ), page as materialized (
    select l.position, l.type, l.at, l.at < now() - $1 * interval '1 day' as is_old,
      l.position <= e.passed and l.position < e.parked and (l.origin is not null or l.position <= e.carried) as is_free
    from edge e cross join lateral (
      select * from facts.log where position > e.gone order by position limit $2
    ) l
  )`;

/**
 * Deletes facts older than the given days from the beginning of the log, in batches, until none may be pruned or the house closes. One
 * process at a time. Writes nothing if there is nothing to prune. Never rejects.
 */
export async function pruneFacts(
  database: Database,
  days: number,
  log: Logger,
  closing: AbortSignal,
  batch = pruneBatch,
): Promise<void> {
  try {
    await inLane('background', async () => {
      while (!closing.aborted && (await pruneOnce(database, days, batch)) === batch);
      await reportHeld(database, days, log);
    });
  } catch (error) {
    log.warn({ err: error }, 'old facts could not be pruned; it is retried in an hour');
  }
}

/** Prunes one batch; returns the number of facts. */
function pruneOnce(database: Database, days: number, batch: number): Promise<number> {
  return database.transaction(
    async (client) => {
      const { rows } = await client.query<{ mine: boolean }>(`select pg_try_advisory_xact_lock(${pruneLock}) as mine`);
      if (!rows[0]?.mine) return 0;
      // A separate statement: its snapshot is newer than the lock.
      const { rows: pruned } = await client.query<{ n: number }>(
        `with ${page}, going as (
           select position, type, at from page
           where position < coalesce((select min(position) from page where not (is_old and is_free)), ${anyPosition})
         ), deleted as (
           delete from facts.log l using going g where l.position = g.position
         ), noted as (
           insert into facts.pruned as p (type, facts, position, at)
           select type, count(*), max(position), max(at) from going group by type
           on conflict (type) do update set facts = p.facts + excluded.facts, position = excluded.position,
             at = greatest(p.at, excluded.at)
         )
         select count(*)::int as n from going`,
        [days, batch],
      );
      return pruned[0]?.n ?? 0;
    },
    { label: 'facts.prune' },
  );
}

/** Logs what holds back expired facts: a removed reaction would hold them for ever. */
async function reportHeld(database: Database, days: number, log: Logger): Promise<void> {
  const held = await database.query<{ by: string; position: string }>(
    `with ${page}, held as (select position from page where is_old and not is_free order by position limit 1)
     select by, h.position from held h cross join lateral (
       select consumer as by from facts.checkpoints where position < h.position
       union select consumer || ' (parked)' from facts.parked where position <= h.position
       union select 'the carrier to NATS' from facts.carried where holder is not null and position < h.position
     ) b order by by limit 20`,
    [days, 1],
  );
  if (held.length > 0)
    log.warn(
      { by: held.map(({ by }) => by), position: held[0]?.position },
      'expired facts are kept, because these have not passed them; if a reaction no longer exists, delete its row in facts.checkpoints',
    );
}
