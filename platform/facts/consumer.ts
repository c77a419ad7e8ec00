import { AsyncResource } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../database/database.ts';
import { inLane } from '../database/precedence.ts';
import type { Logger } from '../telemetry/log.ts';
import { factsHandled } from '../telemetry/metrics.ts';
import type { Turns } from '../work/turns.ts';
import { claimFacts, readLease, storeProgress, type Claimant } from './claim.ts';
import type { StampedFact } from './fact.ts';
import type { FactHub } from './hub.ts';
import { FactsGone, readFacts } from './log.ts';
import { parkFact, retryParked } from './parked.ts';
import type { Reaction, ReactInTransaction } from './reactions.ts';

/** Rows of one read of the log. */
const pageSize = 200;

/** Maximum facts of one transaction. A failed batch is repeated fact by fact, so it must not be long. */
const batchAtMost = 100;

/**
 * Milliseconds after which a transaction takes no further fact; a transaction may take two seconds. The embedded database has one session,
 * which all other work waits for.
 */
const batchMs = { postgres: 200, embedded: 20 } as const;

/** Milliseconds between checks of `settled` whether the process with the lease is done. */
const lookEvery = 25;

export interface ConsumerOptions {
  /** `os.reaction`. */
  name: string;
  reaction: Reaction;
  hub: FactHub;
  inTransaction: ReactInTransaction;
  /** Identifies this process in leases. */
  processId: string;
  leaseSeconds: number;
  /** Limits how many consumers of the process work at once, so that a backlog leaves connections to requests. */
  turns: Turns;
  log: Logger;
  /** Called after a fact was parked, to schedule its retry. */
  parked: () => void;
}

/**
 * One consumer: reads the log in order and handles each fact of its types exactly once. Inbox rows, the checkpoint and the writes of the
 * reactions commit together. One process at a time holds the consumer's lease; the others do nothing for it. A failed fact parks its key:
 * later facts of that key and origin wait behind it, others continue.
 */
export class ReactionConsumer {
  readonly name: string;
  readonly #options: ConsumerOptions;
  readonly #types: Set<string>;
  readonly #claimant: Claimant;
  readonly #hub: FactHub;
  readonly #database: Database;
  #position = 0n;
  /** The stored checkpoint. */
  #written = 0n;
  #running: Promise<void> | null = null;
  #wanted = false;
  #handed: StampedFact[] | null = null;
  /** Until when another process holds the lease, by this process's clock; no statement is sent before. */
  #elsewhereUntil = 0;
  #unhear: (() => void) | null = null;
  #retry: NodeJS.Timeout | null = null;
  #closed = false;
  /** Reactions run outside the async context of the request whose commit wakes them. */
  readonly #outside = new AsyncResource('ReactionConsumer');

  constructor(options: ConsumerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#types = new Set(options.reaction.facts.map((fact) => fact.type));
    this.#claimant = {
      consumer: options.name,
      processId: options.processId,
      leaseSeconds: options.leaseSeconds,
    };
    this.#hub = options.hub;
    this.#database = options.hub.database;
  }

  /** Begins after its checkpoint. */
  start(position: bigint): void {
    this.#position = this.#written = position;
    this.#unhear = this.#hub.hear(null, (batch) => this.#offer(batch));
    this.#go();
  }

  /** Resolves when every fact delivered before this call was handled or parked, by any process. */
  async settled(): Promise<void> {
    const upTo = this.#hub.position;
    await this.#goAndRest();
    while (this.#position < upTo && !this.#closed) {
      if (await this.#passSkipped(upTo)) return;
      await sleep(lookEvery);
      await this.#goAndRest();
    }
  }

  /** Whether no fact of its types is left up to a position: the process with the lease stores no checkpoint for facts that it skips. */
  async #passSkipped(upTo: bigint): Promise<boolean> {
    const range = { after: this.#position, upTo, types: [...this.#types], limit: 1 };
    const left = await readFacts(this.#database, range).catch((error: unknown) => {
      if (error instanceof FactsGone) return null;
      throw error;
    });
    if (left?.length !== 0) return false;
    if (upTo > this.#position) this.#position = upTo;
    return true;
  }

  async #goAndRest(): Promise<void> {
    // The caller waits for the result, so check now.
    this.#elsewhereUntil = Math.min(this.#elsewhereUntil, performance.now());
    this.#go();
    while (this.#running) await this.#running;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unhear?.();
    if (this.#retry) clearTimeout(this.#retry);
    await this.#running;
  }

  /** The position, if it is at least this far ahead of the stored checkpoint; else null. */
  unwritten(atLeast: bigint): bigint | null {
    return this.#position - this.#written >= atLeast ? this.#position : null;
  }

  /** Records that the checkpoint was stored. */
  wrote(position: bigint): void {
    if (position > this.#written) this.#written = position;
  }

  /** Retries parked facts that are due. */
  async retryParked(): Promise<void> {
    const { reaction, inTransaction } = this.#options;
    const isOver = (): boolean => this.#closed;
    const inTurn = <T>(work: () => Promise<T>): Promise<T> => this.#inTurn(work);
    await retryParked(this.#database, { consumer: this.name, reaction, inTransaction, inTurn, isOver });
  }

  /** Waits for a turn for one transaction, so that a long backlog gives way to other consumers. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#options.turns.take(() => inLane('background', work));
  }

  #offer(batch: StampedFact[]): void {
    const first = batch[0];
    const last = batch.at(-1);
    if (!first || !last) return;
    // A caught-up consumer skips facts of other types without reading the log, so an idle OS costs nothing.
    const caughtUp = !this.#running && this.#position + 1n === BigInt(first.position);
    if (caughtUp && !batch.some((fact) => this.#types.has(fact.type))) this.#position = BigInt(last.position);
    else {
      if (caughtUp) this.#handed = batch;
      this.#go();
    }
  }

  #go(): void {
    if (this.#closed) return;
    this.#wanted = true;
    if (this.#running) return;
    this.#running = this.#outside
      .runInAsyncScope(() => inLane('background', () => this.#loop()))
      .then(
        () => {
          this.#running = null;
          // Wake-ups since the loop's last check.
          if (this.#wanted) this.#go();
        },
        (error: unknown) => {
          this.#running = null;
          if (this.#closed) return;
          this.#options.log.error({ err: error }, 'a consumer failed; it is retried');
          this.#goLater(1000);
        },
      );
  }

  #goLater(milliseconds: number): void {
    if (this.#retry) clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#go(), milliseconds);
    this.#retry.unref();
  }

  async #loop(): Promise<void> {
    while (this.#wanted && !this.#closed) {
      this.#wanted = false;
      while (this.#position < this.#hub.position && !this.#closed) {
        const rest = this.#elsewhereUntil - performance.now();
        // The lease holder hears of all facts too. If it dies, another process takes over when the lease ends.
        if (rest > 0) return this.#goLater(rest);
        const isMine = await this.#work();
        this.#elsewhereUntil = isMine ? 0 : performance.now() + this.#claimant.leaseSeconds * 1000;
      }
    }
  }

  /** Handles the next page; false if another process holds the lease. */
  async #work(): Promise<boolean> {
    if (this.#elsewhereUntil > 0) {
      const { position, isFree } = await readLease(this.#database, this.#claimant);
      this.#written = position;
      if (this.#written > this.#position) this.#position = this.#written;
      if (!isFree || this.#position >= this.#hub.position) return isFree;
    }
    return this.#page();
  }

  /** Handles a page of the log; false if another process holds the lease. */
  async #page(): Promise<boolean> {
    const { facts, upTo } = await this.#nextPage();
    let at = 0;
    while (at < facts.length) {
      if (this.#closed) return true;
      const batch = ofOneUniverse(facts.slice(at, at + batchAtMost));
      const done = await this.#inTurn(() => this.#react(batch)).catch(() => null);
      if (done === 'elsewhere') return false;
      // A failed batch is repeated fact by fact, so that only failing facts are parked.
      if (done === null) {
        for (const fact of batch) {
          if (this.#closed) return true;
          const alone = await this.#inTurn(() => this.#alone(fact));
          if (alone === 'elsewhere') return false;
        }
        at += batch.length;
      } else at += done;
    }
    if (upTo > this.#position) this.#position = upTo;
    return true;
  }

  /** The next facts, and the position up to which there are no others: from the hub's last batch, or read from the log. */
  async #nextPage(): Promise<{ facts: StampedFact[]; upTo: bigint }> {
    const handed = this.#handed;
    this.#handed = null;
    const [first] = handed ?? [];
    const last = handed?.at(-1);
    if (handed && first && last && BigInt(first.position) === this.#position + 1n) {
      return { facts: handed.filter((fact) => this.#types.has(fact.type)), upTo: BigInt(last.position) };
    }
    const upTo = this.#hub.position;
    const types = [...this.#types];
    try {
      const facts = await readFacts(this.#database, { after: this.#position, upTo, types, limit: pageSize });
      const end = facts.at(-1);
      return { facts, upTo: facts.length === pageSize && end ? BigInt(end.position) : upTo };
    } catch (error) {
      if (!(error instanceof FactsGone)) throw error;
      // Only facts that every checkpoint has passed are pruned, so another process must have moved this one. If not, nothing may be skipped.
      const [row] = await this.#database.query<{ position: string }>(
        'select position from facts.checkpoints where consumer = $1',
        [this.name],
      );
      const position = BigInt(row?.position ?? 0);
      if (position < error.upTo) throw error;
      this.#written = position;
      return { facts: [], upTo: position };
    }
  }

  /** Handles the first of these facts in one transaction; returns their number. */
  async #react(batch: readonly StampedFact[]): Promise<number | 'elsewhere'> {
    const [first] = batch;
    if (!first) return 0;
    const { inTransaction, reaction } = this.#options;
    let done = 0;
    let position: bigint | null = null;
    let isElsewhere = false;
    await inTransaction(first.universe, this.name, async (sql, react) => {
      const claim = await claimFacts(sql, this.#claimant, batch);
      if (claim.fresh === null) {
        position = BigInt(claim.position);
        isElsewhere = true;
        return;
      }
      const fresh = new Set(claim.fresh);
      const until = performance.now() + batchMs[this.#database.kind];
      for (const fact of batch) {
        if (done > 0 && performance.now() > until) break;
        if (fresh.has(fact.id)) await react(fact, reaction);
        done += 1;
      }
      position = BigInt(batch[done - 1]?.position ?? first.position);
      const left = batch.slice(done).flatMap(({ id }) => (fresh.has(id) ? [id] : []));
      await storeProgress(sql, this.name, position, left);
    });
    if (!isElsewhere && done > 0) factsHandled.inc({ consumer: this.name, outcome: 'handled' }, done);
    if (position !== null) {
      this.#written = position;
      if (position > this.#position) this.#position = position;
    }
    return isElsewhere ? 'elsewhere' : done;
  }

  async #alone(fact: StampedFact): Promise<number | 'elsewhere'> {
    try {
      return await this.#react([fact]);
    } catch (error) {
      await this.#park(fact, error);
      return 1;
    }
  }

  async #park(fact: StampedFact, error: unknown): Promise<void> {
    this.#options.log.warn(
      { err: error, fact: fact.id, type: fact.type, key: fact.key },
      'a fact failed and parks its key',
    );
    await parkFact(this.#database, this.name, fact, error);
    factsHandled.inc({ consumer: this.name, outcome: 'parked' });
    this.#written = this.#position = BigInt(fact.position);
    this.#options.parked();
  }
}

/** The first facts of the same universe: a transaction is limited to one. */
function ofOneUniverse(facts: readonly StampedFact[]): readonly StampedFact[] {
  const other = facts.findIndex(({ universe }) => universe !== facts[0]?.universe);
  return other === -1 ? facts : facts.slice(0, other);
}
