import type { Context } from '../../../platform/context/context.ts';
import { sqlIn } from '../../../platform/database/sql.ts';
import type { FactHub } from '../../../platform/facts/hub.ts';
import { auctionFacts, bidPlaced, bidRetracted } from '../events.ts';

/** Lots of one snapshot at most. */
export const closingAtMost = 100;

/** Two looks are at least so many milliseconds apart; what happens in between is in the next one. */
const restAtLeast = 250;

/** When nothing is known to come, it looks again after so many milliseconds. */
const lookAtLeastEvery = 30_000;

/** What a snapshot shows: the lots, the next to end first. */
export interface ClosingSnapshot {
  asOf: Date;
  auctionIds: string[];
}

export interface ClosingLook {
  snapshot: ClosingSnapshot;
  /** The same when nothing that is shown has changed. */
  signature: string;
  /** When the next lot comes into sight or leaves it, in milliseconds from now. */
  nextIn: number;
}

/** Somebody who follows what ends soon. */
export interface ClosingListener {
  readonly context: Context;
  /** Whether it can take a snapshot now; while nobody can, nobody looks. */
  readonly isWaiting: boolean;
  told(look: ClosingLook): void;
  failed(error: unknown): void;
}

const watches = new WeakMap<FactHub, Map<string, ClosingWatch>>();

/** Joins those of a universe who look equally far ahead. The first look that is told began after the joining. */
export function joinClosing(listener: ClosingListener, within: number): ClosingWatch {
  const { hub, universe } = listener.context;
  const known = watches.get(hub) ?? new Map<string, ClosingWatch>();
  watches.set(hub, known);
  const key = `${universe} ${within}`;
  let watch = known.get(key);
  if (!watch) known.set(key, (watch = new ClosingWatch(hub, universe, within, () => known.delete(key))));
  watch.join(listener);
  return watch;
}

/**
 * Looks at the lots that end within so many seconds, once for everybody of a universe who wants to know: what a bid costs does not
 * depend on how many watch, nor on what they select.
 */
export class ClosingWatch {
  readonly #within: number;
  readonly #unhear: () => void;
  readonly #onEmpty: () => void;
  readonly #listeners = new Set<ClosingListener>();
  #latest: ClosingLook | null = null;
  #lookedAt = 0;
  #dirty = true;
  #looking = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(hub: FactHub, universe: string, within: number, onEmpty: () => void) {
    this.#within = within;
    this.#onEmpty = onEmpty;
    const types = [...auctionFacts, bidPlaced, bidRetracted].map(({ type }) => type);
    this.#unhear = hub.hear(types, (batch) => {
      if (!batch.some((fact) => fact.universe === universe)) return;
      this.#dirty = true;
      this.wake();
    });
  }

  /** The last look, when nothing has happened since. */
  get latest(): ClosingLook | null {
    return this.#dirty ? null : this.#latest;
  }

  join(listener: ClosingListener): void {
    this.#listeners.add(listener);
    this.#dirty = true;
  }

  leave(listener: ClosingListener): void {
    if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
    if (this.#timer) clearTimeout(this.#timer);
    this.#unhear();
    this.#onEmpty();
  }

  /** Looks when it is time to, if somebody waits. */
  wake(): void {
    if (this.#looking || ![...this.#listeners].some(({ isWaiting }) => isWaiting)) return;
    if (this.#timer) clearTimeout(this.#timer);
    const next = Math.min(this.#latest?.nextIn ?? 0, lookAtLeastEvery);
    const pause = this.#dirty ? restAtLeast : Math.max(next, restAtLeast);
    this.#timer = setTimeout(() => void this.#look(), Math.max(0, this.#lookedAt + pause - Date.now()));
  }

  async #look(): Promise<void> {
    const listeners = [...this.#listeners];
    const [first] = listeners;
    if (!first) return;
    this.#looking = true;
    this.#dirty = false;
    try {
      this.#latest = await snapshotOf(first.context, this.#within);
      for (const listener of listeners) if (this.#listeners.has(listener)) listener.told(this.#latest);
    } catch (error) {
      for (const listener of listeners) if (this.#listeners.has(listener)) listener.failed(error);
    } finally {
      this.#lookedAt = Date.now();
      this.#looking = false;
    }
    this.wake();
  }
}

/** One statement, by the clock of the database. */
async function snapshotOf(context: Context, within: number): Promise<ClosingLook> {
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
