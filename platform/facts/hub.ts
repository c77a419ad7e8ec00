import { AsyncResource } from 'node:async_hooks';
import type { Database } from '../database/database.ts';
import { withPrecedence } from '../database/precedence.ts';
import type { Logger } from '../telemetry/log.ts';
import { Cursors } from './cursor.ts';
import type { StampedFact } from './fact.ts';
import { FactsGone, lookAtLog, readFacts, stampAtMost, stampFacts } from './log.ts';
import { Turns } from '../work/turns.ts';

/** Maximum rows of one read of the log. */
const pageSize = 500;

/**
 * Milliseconds between polls for facts without a notification: another process died, or a NOTIFY was lost. One statement, which takes no
 * lock and writes nothing.
 */
const pollEvery = 1000;

/** Milliseconds after which a relay that has not read the log counts as ill: two polls have failed or are late. */
const illAfter = 3 * pollEvery;

/** Streams that replay the log at the same time, a page each: the relay and requests keep the database, however many replay. */
const replaysAtOnce = 2;

export type FactListener = (batch: StampedFact[]) => void;

/**
 * The relay of one process: stamps committed facts, reads the log once for all listeners, and delivers each batch. Woken by each commit of
 * this process, by NOTIFY when another process has stamped, and by a slow poll for facts of a process that was killed between commit and
 * stamping.
 */
export class FactHub {
  readonly database: Database;
  /** Turns of streams that replay the log, a page each. */
  readonly replays = new Turns(replaysAtOnce);
  /**
   * Maximum facts of a replay, including those that do not match: a second of reading. A client further behind must query lists and
   * subscribe from their `liveCursor`.
   */
  replayAtMost = 100_000;
  readonly #cursors: Cursors;
  readonly #log: Logger;
  readonly #byType = new Map<string, Set<FactListener>>();
  readonly #all = new Set<FactListener>();
  readonly #gaps = new Set<() => void>();
  #logId = '';
  #position = 0n;
  #lost: { after: bigint; upTo: bigint }[] = [];
  /** The position up to which facts were pruned, as of the last poll. */
  #gone = 0n;
  #running: Promise<void> | null = null;
  #stampWanted = false;
  #readWanted = false;
  #lookWanted = false;
  /** The highest position of a NOTIFY. Our own stamping notifies us too, after its facts were delivered. */
  #announced = 0n;
  #timer: NodeJS.Timeout | null = null;
  #unlisten: (() => Promise<void>) | null = null;
  #closed = false;
  /** When the relay had last delivered everything, and since when that was never longer ago than `illAfter`; milliseconds since 1970. */
  #caughtUp: { since: number; at: number } | null = null;
  /** The relay runs outside the async context of the request whose commit wakes it. */
  readonly #outside = new AsyncResource('FactHub');

  /** `secret` seals cursors; it is the same in all processes of a house. */
  constructor(database: Database, log: Logger, secret: Uint8Array) {
    this.database = database;
    this.#cursors = new Cursors(secret);
    this.#log = log;
  }

  get logId(): string {
    return this.#logId;
  }

  /**
   * Milliseconds since 1970 from which on no fact was skipped, if everything committed three seconds ago was delivered; null if the relay is
   * behind.
   */
  get healthySince(): number | null {
    const known = this.#caughtUp;
    return known && Date.now() - known.at < illAfter ? known.since : null;
  }

  /** All facts up to this position are committed and delivered. */
  get position(): bigint {
    return this.#position;
  }

  /** The cursor for clients that points after a position. */
  cursorAt(position: bigint | string): string {
    return this.#cursors.encode(this.#logId, position);
  }

  /** The position of a client's cursor. Throws INVALID or EXPIRED with `path`. */
  positionOf(cursor: string, path: string[]): bigint {
    return this.#cursors.decode(cursor, this.#logId, path);
  }

  async start(): Promise<void> {
    const rows = await this.database.query<{
      log_id: string;
      position: string;
      lost: { after: string; upTo: string }[];
    }>('select log_id, position, lost from facts.relay', []);
    const row = rows[0];
    if (!row) throw new Error('The fact log has no relay row: run the migrations.');
    this.#logId = row.log_id;
    this.#position = BigInt(row.position);
    this.#lost = row.lost.map(({ after, upTo }) => ({ after: BigInt(after), upTo: BigInt(upTo) }));
    this.#gone = (await lookAtLog(this.database)).gone;
    this.#unlisten = await this.database.listen(
      'facts',
      (position) => this.#go({ upTo: BigInt(position) }),
      () => this.#go({ read: true }),
    );
    this.#timer = setInterval(() => this.#go({ look: true }), pollEvery);
    this.#timer.unref();
    this.#go({ stamp: true, read: true });
  }

  /** Whether a position belongs to facts that a restore has lost: a client that has seen them cannot continue from there. */
  isLost(position: bigint): boolean {
    return this.#lost.some(({ after, upTo }) => position > after && position < upTo);
  }

  /** Whether facts above a position were pruned. This process knows within a second. */
  isPruned(position: bigint): boolean {
    return position < this.#gone;
  }

  /** Wakes the relay after a commit of facts in this process. */
  committed(): void {
    this.#go({ stamp: true });
  }

  /**
   * Delivers every batch, or the facts of some types, to a listener, synchronously; it must not throw. `onGap` is called if this process
   * stood still for so long that facts were pruned before their delivery: they are skipped.
   */
  hear(types: readonly string[] | null, listener: FactListener, onGap?: () => void): () => void {
    const sets = types === null ? [this.#all] : types.map((type) => this.#setOf(type));
    for (const set of sets) set.add(listener);
    if (onGap) this.#gaps.add(onGap);
    return () => {
      for (const set of sets) set.delete(listener);
      if (onGap) this.#gaps.delete(onGap);
    };
  }

  /** Whether a listener hears facts of this type in particular: an open stream, not a consumer that hears everything. */
  isHeard(type: string): boolean {
    return (this.#byType.get(type)?.size ?? 0) > 0;
  }

  /** Resolves when everything committed before this call, in any process, was delivered. */
  async settled(): Promise<void> {
    this.#go({ look: true });
    await this.rest();
  }

  /** Resolves when everything that this process had committed before this call was delivered. */
  async rest(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer) clearInterval(this.#timer);
    await this.#unlisten?.();
    await this.#running;
  }

  #setOf(type: string): Set<FactListener> {
    let set = this.#byType.get(type);
    if (!set) this.#byType.set(type, (set = new Set()));
    return set;
  }

  #go(wanted: { stamp?: boolean; read?: boolean; look?: boolean; upTo?: bigint }): void {
    if (this.#closed) return;
    if (wanted.look) this.#lookWanted = true;
    if (wanted.upTo !== undefined && wanted.upTo > this.#announced) this.#announced = wanted.upTo;
    if (wanted.stamp) this.#stampWanted = true;
    if (wanted.read) this.#readWanted = true;
    if (this.#running) return;
    this.#running = this.#outside
      .runInAsyncScope(() => this.#loop())
      .then(
        () => {
          this.#running = null;
          // Wake-ups since the loop's last check.
          if (this.#stampWanted || this.#lookWanted || this.#behind) this.#go({});
        },
        (error: unknown) => {
          this.#running = null;
          // The next wake-up or poll retries; meanwhile facts wait in the log.
          if (!this.#closed) this.#log.error({ err: error }, 'the relay could not read the fact log');
        },
      );
  }

  /** Everything committed up to this time was delivered. */
  #noteHealth(at: number): void {
    const known = this.#caughtUp;
    this.#caughtUp = { since: known && at - known.at < illAfter ? known.since : at, at };
  }

  get #behind(): boolean {
    return this.#readWanted || this.#announced > this.#position;
  }

  async #loop(): Promise<void> {
    /** When the log was last looked at whose facts are not yet known to be delivered. */
    let lookedAt: number | null = null;
    while ((this.#stampWanted || this.#lookWanted || this.#behind) && !this.#closed) {
      let seenUnstamped = false;
      let isStamping = false;
      if (this.#lookWanted) {
        this.#lookWanted = false;
        lookedAt = Date.now();
        const { isUnstamped, position, gone } = await withPrecedence(() => lookAtLog(this.database));
        if (gone > this.#gone) this.#gone = gone;
        if (isUnstamped) this.#stampWanted = seenUnstamped = true;
        if (position > this.#position) this.#readWanted = true;
      }
      if (this.#stampWanted) {
        this.#stampWanted = false;
        const stamped = await withPrecedence(() => stampFacts(this.database));
        isStamping = stamped.length === stampAtMost;
        if (isStamping) this.#stampWanted = true;
        const first = stamped[0];
        if (first && BigInt(first.position) === this.#position + 1n) this.#hand(stamped);
        // Another process has stamped the ones before, or all of them.
        else if (first || seenUnstamped) this.#readWanted = true;
      }
      if (this.#behind) {
        this.#readWanted = false;
        this.#announced = 0n;
        const batch = await withPrecedence(() => this.#read());
        if (batch.length === pageSize) this.#readWanted = true;
        this.#hand(batch);
      }
      if (lookedAt === null || this.#behind || isStamping) continue;
      this.#noteHealth(lookedAt);
      lookedAt = null;
    }
  }

  /** Reads the next page. If facts were pruned meanwhile, skips them and reports the gap to listeners. */
  async #read(): Promise<StampedFact[]> {
    try {
      return await readFacts(this.database, { after: this.#position, limit: pageSize });
    } catch (error) {
      if (!(error instanceof FactsGone)) throw error;
      this.#log.error({ err: error }, 'facts were pruned before this process had delivered them');
      this.#gone = this.#position = error.upTo;
      this.#caughtUp = null;
      for (const onGap of this.#gaps) onGap();
      this.#readWanted = true;
      return [];
    }
  }

  #hand(batch: StampedFact[]): void {
    const last = batch.at(-1);
    if (!last) return;
    this.#position = BigInt(last.position);
    for (const listener of this.#all) this.#tell(listener, batch);
    const byType = new Map<string, StampedFact[]>();
    for (const fact of batch) {
      const listed = byType.get(fact.type);
      if (listed) listed.push(fact);
      else byType.set(fact.type, [fact]);
    }
    // A listener of several types gets each batch once, in log order.
    const perListener = new Map<FactListener, StampedFact[][]>();
    for (const [type, facts] of byType) {
      for (const listener of this.#byType.get(type) ?? []) {
        const parts = perListener.get(listener);
        if (parts) parts.push(facts);
        else perListener.set(listener, [facts]);
      }
    }
    for (const [listener, parts] of perListener) {
      const only = parts[0];
      if (parts.length === 1 && only) this.#tell(listener, only);
      else
        this.#tell(
          listener,
          parts.flat().sort((a, b) => (BigInt(a.position) < BigInt(b.position) ? -1 : 1)),
        );
    }
  }

  /** Each batch is delivered once: an error of one listener must not affect the others. */
  #tell(listener: FactListener, batch: StampedFact[]): void {
    try {
      listener(batch);
    } catch (error) {
      this.#log.error({ err: error }, 'a listener of the fact log threw');
    }
  }
}
