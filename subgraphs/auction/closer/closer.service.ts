import { WorkLoop } from '../../../platform/work/loop.ts';
import type { Worker, Workplace } from '../../../platform/work/worker.ts';
import { closeDue } from '../auction/closing.service.ts';
import { openDue } from '../auction/opening.service.ts';
import { auctionCreated, auctionExtended, auctionOpened, auctionOpenRequested, auctionUpdated } from '../events.ts';

/** Lots of one transaction, at most; the rest follow at once. */
const lotsAtMost = 100;

/** A lot that cannot be opened or closed is retried after 1 s, 2 s, 4 s … at most this many milliseconds; the others continue. */
const retryAtMost = 60_000;

/** The closer's tasks: their function, the lots they apply to, and the time at which these are due. */
const duties = [
  { label: 'auction.open', where: `status = 'SCHEDULED'`, at: 'opens_at', work: openDue },
  { label: 'auction.close', where: `status in ('OPENING', 'OPEN')`, at: 'ends_at', work: closeDue },
] as const;
type Duty = (typeof duties)[number];

/** The milliseconds until the next lot of each duty, in one statement: the closer looks after every fact that may move one. */
const nextOfEach = `select ceil(extract(epoch from at - clock_timestamp()) * 1000)::bigint as ms from (values ${duties
  .map(({ where, at }, n) => `(${n}, (select min(${at}) from auction.auctions where ${where} and id <> all($1)))`)
  .join(', ')}) as of (n, at) order by n`;

/** Facts after which a lot may open or end sooner than expected. */
const movers = [auctionCreated, auctionUpdated, auctionOpenRequested, auctionOpened, auctionExtended];

/**
 * Opens each lot at its time and closes it once at its end, by the clock of the database. Several processes may run it: the first to
 * lock the row of a lot does the work, and the others find it done. At the start it catches up on what became due while no process
 * ran; a lot is closed as of its end. It sleeps until the next known time, and wakes at every fact that may bring that forward. Bids
 * are refused after the end whether or not the closer has run.
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
    const types = movers.map(({ type }) => type);
    this.#unhear = this.#place.hub.hear(types, () => this.#loop.wake());
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
    const { clock } = this.#place;
    const began = clock.now().getTime();
    const times: number[] = [];
    for (;;) {
      const next = await this.#next();
      const due = duties.filter((_, n) => (next[n] ?? 1) <= 0);
      if (due.length === 0) {
        const now = clock.now().getTime();
        times.push(...next.flatMap((ms) => (ms === null ? [] : [now + ms])));
        break;
      }
      for (const duty of due) {
        await this.#fulfil(duty, closing);
        if (closing.aborted) return null;
      }
    }
    // A retry that was due and has not failed again was done by another process.
    for (const [id, { until }] of this.#failed) if (until <= began) this.#failed.delete(id);
    times.push(...[...this.#failed.values()].map(({ until }) => until));
    return times.length > 0 ? new Date(Math.min(...times)) : null;
  }

  async #fulfil(duty: Duty, closing: AbortSignal): Promise<void> {
    for (;;) {
      const due = await this.#place.database.query<{ universe: string; ids: string[] }>(
        `select universe_id as universe, array_agg(id) as ids from (
           select id, universe_id from auction.auctions
           where ${duty.where} and ${duty.at} <= clock_timestamp() and id <> all($1) order by ${duty.at}, id limit ${lotsAtMost}
         ) as due group by universe_id`,
        [this.#waiting()],
      );
      if (due.length === 0) return;
      for (const { universe, ids } of due) {
        if (closing.aborted) return;
        await this.#do(duty, ids, universe);
      }
    }
  }

  /** Milliseconds until the next lot of each duty is due, at most 0 if one is; null if none is known. */
  async #next(): Promise<(number | null)[]> {
    const rows = await this.#place.database.query<{ ms: string | null }>(nextOfEach, [this.#waiting()]);
    return rows.map(({ ms }) => (ms === null ? null : Number(ms)));
  }

  /** Lots that are due together share a transaction; if it fails each gets its own, so that one cannot hold up the others. */
  async #do(duty: Duty, ids: readonly string[], universe: string): Promise<void> {
    try {
      await this.#place.transaction(duty.label, universe, (tx) => duty.work(tx, ids));
      for (const id of ids) this.#failed.delete(id);
    } catch (error) {
      if (ids.length > 1) {
        for (const id of ids) await this.#do(duty, [id], universe);
        return;
      }
      const [id = ''] = ids;
      const attempts = (this.#failed.get(id)?.attempts ?? 0) + 1;
      const wait = Math.min(1000 * 2 ** (attempts - 1), retryAtMost);
      this.#failed.set(id, { attempts, until: this.#place.clock.now().getTime() + wait });
      this.#place.log.error(
        { err: error, auctionId: id, attempts },
        'a lot could not be opened or closed; it will be retried',
      );
    }
  }

  /** Failed lots whose retry is not due yet. */
  #waiting(): string[] {
    const now = this.#place.clock.now().getTime();
    return [...this.#failed].flatMap(([id, { until }]) => (until > now ? [id] : []));
  }
}
