import { WorkLoop } from '../../../platform/work/loop.ts';
import type { Worker, Workplace } from '../../../platform/work/worker.ts';
import { closeDue } from '../auction/closing.service.ts';
import { auctionExtended, auctionOpened } from '../events.ts';

/** Lots of one look at most, which share a transaction; what is left is due at once again. */
const lotsAtMost = 100;

/** A lot that could not be closed is tried again after 1 s, 2 s, 4 s … at most this many milliseconds; the others go on. */
const retryAtMost = 60_000;

/**
 * Closes each lot once when its end has come, by the clock of the database, however many processes do the same: who gets the
 * lot's row lock first closes it, and the others find it closed. At the start it closes what ended while nobody was there, as
 * of its end. It sleeps until the next end that it knows of, and is woken by every fact that may have brought that forward;
 * bids are refused after the end whether or not it came by.
 */
export class AuctionCloser implements Worker {
  readonly #place: Workplace;
  readonly #loop: WorkLoop;
  readonly #failed = new Map<string, { attempts: number; until: number }>();
  #unhear: (() => void) | null = null;

  constructor(place: Workplace) {
    this.#place = place;
    const { clock, log } = place;
    this.#loop = new WorkLoop({ name: 'auction.closer', clock, log, work: (closing) => this.#work(closing) });
  }

  start(): void {
    this.#unhear = this.#place.hub.hear([auctionOpened.type, auctionExtended.type], () => this.#loop.wake());
    this.#loop.wake();
  }

  settled(): Promise<void> {
    return this.#loop.settled();
  }

  async close(): Promise<void> {
    this.#unhear?.();
    await this.#loop.close();
  }

  async #work(closing: AbortSignal): Promise<Date | null> {
    const { database, clock } = this.#place;
    for (;;) {
      const waiting = this.#waiting();
      const due = await database.query<{ universe: string; ids: string[] }>(
        `select universe_id as universe, array_agg(id) as ids from (
           select id, universe_id from auction.auctions
           where status = 'OPEN' and ends_at <= clock_timestamp() and id <> all($1) order by ends_at, id limit ${lotsAtMost}
         ) as due group by universe_id`,
        [waiting],
      );
      if (due.length === 0) break;
      for (const { universe, ids } of due) {
        if (closing.aborted) return null;
        await this.#close(ids, universe);
      }
    }
    const [next] = await database.query<{ ms: string | null }>(
      `select ceil(extract(epoch from min(ends_at) - clock_timestamp()) * 1000)::bigint as ms
       from auction.auctions where status = 'OPEN' and id <> all($1)`,
      [this.#waiting()],
    );
    const times = [...this.#failed.values()].map(({ until }) => until);
    if (next?.ms) times.push(clock.now().getTime() + Number(next.ms));
    return times.length > 0 ? new Date(Math.min(...times)) : null;
  }

  /** Lots that end together are closed together; where that fails each is closed alone, so that one cannot keep the others open. */
  async #close(ids: readonly string[], universe: string): Promise<void> {
    try {
      await this.#place.transaction('auction.close', universe, (tx) => closeDue(tx, ids));
      for (const id of ids) this.#failed.delete(id);
    } catch (error) {
      if (ids.length > 1) {
        for (const id of ids) await this.#close([id], universe);
        return;
      }
      const [id = ''] = ids;
      const attempts = (this.#failed.get(id)?.attempts ?? 0) + 1;
      const wait = Math.min(1000 * 2 ** (attempts - 1), retryAtMost);
      this.#failed.set(id, { attempts, until: this.#place.clock.now().getTime() + wait });
      this.#place.log.error({ err: error, auctionId: id, attempts }, 'a lot could not be closed; it is tried again');
    }
  }

  /** Lots that failed and whose time to be tried again has not come. */
  #waiting(): string[] {
    const now = this.#place.clock.now().getTime();
    return [...this.#failed].flatMap(([id, { until }]) => (until > now ? [id] : []));
  }
}
