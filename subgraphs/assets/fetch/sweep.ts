import type { Context } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';

/** Rows of one sweep at most; the next hour goes on. */
const atOnce = 1_000;
/** Milliseconds for which a fetch that has ended is kept: time to see why one failed. */
const keepEnded = 30 * 24 * 3_600_000;

/** Forgets fetches that ended long ago, in all universes; what they brought stays. */
export async function sweepFetches(context: Context): Promise<void> {
  await sqlIn(
    context.em,
    `delete from assets.asset_fetches where id in (
       select id from assets.asset_fetches where ended_at < $1 order by ended_at limit ${atOnce}
     )`,
    [new Date(context.now().getTime() - keepEnded)],
  );
}
