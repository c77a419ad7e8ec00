import type { Database } from '../database/database.ts';
import { inLane } from '../database/precedence.ts';
import type { Logger } from '../telemetry/log.ts';

/** Days after which idempotency keys, and inbox rows behind every checkpoint, are deleted. */
const keepDays = 7;

/** Rows that one statement reads: some hundred milliseconds, far below the statement limit, whatever the backlog. */
const sweepBatch = 5000;

const old = `at < now() - interval '${keepDays} days'`;

/** Deletes expired idempotency keys and inbox rows, in batches, until none is left or the house closes. Never rejects. */
export async function sweepFacts(
  database: Database,
  log: Logger,
  closing: AbortSignal,
  batch = sweepBatch,
): Promise<void> {
  try {
    await inLane('background', async () => {
      await sweepIdempotency(database, closing, batch);
      await sweepInbox(database, closing, batch);
    });
  } catch (error) {
    log.warn({ err: error }, 'old idempotency keys and inbox rows could not be deleted; it is retried in an hour');
  }
}

async function sweepIdempotency(database: Database, closing: AbortSignal, batch: number): Promise<void> {
  while (!closing.aborted) {
    const gone = await database.query(
      `delete from facts.idempotency where ctid = any (array(
         select ctid from facts.idempotency where ${old} order by at limit ${batch})) returning 1`,
    );
    if (gone.length < batch) return;
  }
}

/**
 * A fact that its consumer's checkpoint has passed cannot be delivered again, and pruned facts are behind every checkpoint. Rows of facts
 * ahead of the checkpoint stay, and the next page begins after them.
 */
async function sweepInbox(database: Database, closing: AbortSignal, batch: number): Promise<void> {
  let after: unknown[] = ['-infinity', '', ''];
  while (!closing.aborted) {
    const [last] = await database.query<{ at: string; consumer: string; fact_id: string; n: number }>(
      `with page as materialized (
         select consumer, fact_id, at from facts.inbox
         where ${old} and at >= $1 and (at, consumer, fact_id) > ($1, $2, $3)
         order by at, consumer, fact_id limit ${batch}
       ), gone as (
         delete from facts.inbox i using page p, facts.checkpoints c
         where i.consumer = p.consumer and i.fact_id = p.fact_id and c.consumer = i.consumer
           and not exists (select from facts.log l where l.id = i.fact_id and l.position > c.position)
       )
       select at::text as at, consumer, fact_id, (select count(*) from page)::int as n from page
       order by page.at desc, consumer desc, fact_id desc limit 1`,
      after,
    );
    if (!last || last.n < batch) return;
    after = [last.at, last.consumer, last.fact_id];
  }
}
