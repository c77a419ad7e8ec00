import type { Context } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';

/** Rows per sweep; the sweep of the next hour continues. */
const atOnce = 1_000;
/** How long a fetch that has ended is kept, in milliseconds, so that users can see why it failed. */
const keepEnded = 30 * 24 * 3_600_000;

/** Deletes fetches that ended long ago, in all universes; their results stay. */
export async function sweepFetches(context: Context): Promise<void> {
  await sqlIn(
    context.em,
    `delete from assets.asset_fetches where id in (
       select id from assets.asset_fetches where ended_at < $1 order by ended_at limit ${atOnce}
     )`,
    [new Date(context.now().getTime() - keepEnded)],
  );
}
