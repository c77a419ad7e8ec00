import type { Context } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { sharedStates, type Look } from '../../../platform/facts/shared-states.ts';
import { auctionFacts, bidPlaced, bidRetracted } from '../events.ts';

/** Lots in a snapshot, at most. */
export const closingAtMost = 100;

/** A snapshot: the lots, next to end first. */
interface Closing {
  asOf: Date;
  auctionIds: string[];
}

/** The lots that end within the given number of seconds, again whenever they change. */
export function closingLots(context: Context, within: number): AsyncIterable<Closing> {
  return sharedStates(context, {
    name: `auctionClosing ${within}`,
    facts: [...auctionFacts, bidPlaced, bidRetracted],
    look: (each) => lookAhead(each, within),
  });
}

/** One statement, by the clock of the database. */
async function lookAhead(context: Context, within: number): Promise<Look<Closing>> {
  const asOf = context.now();
  const rows = await sqlIn<{ id: string; mark: string; in_sight: boolean; next_in: string }>(
    context.em,
    `select id, ends_at::text || ' ' || coalesce(price::text, '') || ' ' || bid_count as mark,
       ends_at <= now() + $2 * interval '1 second' as in_sight,
       ceil(extract(epoch from
         case when ends_at <= now() + $2 * interval '1 second' then ends_at - now()
         else ends_at - $2 * interval '1 second' - now() end) * 1000)::bigint as next_in
     from auction.auctions
     where universe_id = $1 and status = 'OPEN' and ends_at > now() order by ends_at, id limit $3`,
    [context.universe, within, closingAtMost + 1],
  );
  const seen = rows.filter((row) => row.in_sight).slice(0, closingAtMost);
  return {
    state: { asOf, auctionIds: seen.map(({ id }) => id) },
    signature: seen.map(({ id, mark }) => `${id} ${mark}`).join('\n'),
    // Milliseconds until the next lot enters or leaves the list.
    nextIn: Math.min(...rows.map((row) => Number(row.next_in))),
  };
}
