import type { Context } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import { auctionFacts, bidPlaced, bidRetracted } from '../events.ts';

/** Lots of one snapshot at most. */
export const closingAtMost = 100;

/** Two snapshots of one subscriber are at least so many milliseconds apart; what happens in between is in the next one. */
const restAtLeast = 250;

/** When nothing is known to come, it looks again after so many milliseconds. */
const lookAtLeastEvery = 30_000;

/** What a snapshot shows: the lots, the next to end first. */
export interface ClosingSnapshot {
  asOf: Date;
  auctionIds: string[];
}

interface Look {
  snapshot: ClosingSnapshot;
  /** The same when nothing that is shown has changed. */
  signature: string;
  /** When the next lot comes into sight or leaves it, in milliseconds from now. */
  nextIn: number;
}

/**
 * A state stream: the lots that end within so many seconds, first as they are, then again whenever that changes. Changes are
 * merged, nothing is replayed: whoever comes back begins with a new snapshot. Written by hand, so that `return()` ends a pending
 * `next()` at once.
 */
export function closingStream(context: Context, within: number): AsyncIterableIterator<ClosingSnapshot> {
  let waiting: { resolve: (result: IteratorResult<ClosingSnapshot>) => void; reject: (error: unknown) => void } | null =
    null;
  let timer: NodeJS.Timeout | null = null;
  let looking = false;
  let dirty = true;
  let done = false;
  let shown: string | null = null;
  let lookedAt = 0;

  const types = [...auctionFacts, bidPlaced, bidRetracted].map(({ type }) => type);
  const unhear = context.hub.hear(types, (batch) => {
    if (!batch.some((fact) => fact.universe === context.universe)) return;
    dirty = true;
    schedule(0);
  });

  const schedule = (milliseconds: number): void => {
    if (done || looking || !waiting) return;
    if (timer) clearTimeout(timer);
    const rest = lookedAt + restAtLeast - Date.now();
    timer = setTimeout(() => void look(), Math.max(0, milliseconds, rest));
  };

  const look = async (): Promise<void> => {
    if (done || looking || !waiting) return;
    looking = true;
    dirty = false;
    let nextIn = 0;
    try {
      const seen = await snapshotOf(context, within);
      lookedAt = Date.now();
      nextIn = seen.nextIn;
      if (waiting && !done && seen.signature !== shown) {
        shown = seen.signature;
        const { resolve } = waiting;
        waiting = null;
        resolve({ done: false, value: seen.snapshot });
      }
    } catch (error) {
      const failed = waiting;
      waiting = null;
      end();
      failed?.reject(error);
    } finally {
      looking = false;
    }
    schedule(dirty ? 0 : Math.min(nextIn, lookAtLeastEvery));
  };

  const end = (): void => {
    done = true;
    unhear();
    if (timer) clearTimeout(timer);
    waiting?.resolve({ done: true, value: undefined });
    waiting = null;
  };

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next() {
      if (done) return Promise.resolve({ done: true, value: undefined });
      if (waiting) return Promise.reject(new Error('A stream is read one event at a time.'));
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        schedule(0);
      });
    },
    return() {
      end();
      return Promise.resolve({ done: true, value: undefined });
    },
    async throw(error) {
      end();
      throw error;
    },
  };
}

/** One statement, by the clock of the database. */
async function snapshotOf(context: Context, within: number): Promise<Look> {
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
  const nextIn = rows.reduce((least, row) => Math.min(least, Number(row.next_in)), lookAtLeastEvery);
  return {
    snapshot: { asOf, auctionIds: seen.map(({ id }) => id) },
    signature: seen.map(({ id, mark }) => `${id} ${mark}`).join('\n'),
    nextIn,
  };
}
