import { AsyncResource } from 'node:async_hooks';
import type { Transaction } from '../context/context.ts';
import type { Database } from '../database/database.ts';
import { inLane } from '../database/precedence.ts';
import type { Logger } from '../telemetry/log.ts';
import type { FactType, StampedFact } from './fact.ts';
import type { FactHub } from './hub.ts';
import { readFact, readFacts } from './log.ts';

/** What an OS does when another OS told a fact: its own service, in its own transaction, once. */
export interface Reaction<P = unknown> {
  /** Says what it keeps true: `organizationAssetCount`. With the OS's name it names the consumer. */
  name: string;
  facts: readonly FactType<P>[];
  react: (tx: Transaction, fact: StampedFact<P>) => Promise<void>;
}

/** Declares a reaction to facts of other OSes. */
export function on<P>(facts: readonly FactType<P>[], name: string, react: Reaction<P>['react']): Reaction {
  return { name, facts, react } as unknown as Reaction;
}

/** Rows of one look into the log. */
const pageSize = 200;

/** A parked key is tried again after 1 s, 2 s, 4 s … at most this many milliseconds later. */
const retryAtMost = 5 * 60_000;

/** How often parked keys are looked for, in milliseconds. */
const parkedEvery = 1000;

/** How often when there were none: another process of the same consumer may have parked some and died, in milliseconds. */
const parkedSeldom = 30_000;

/** A caught-up consumer writes how far it is at most this seldom, in positions; a restart looks through them again. */
const checkpointEvery = 1000n;

/** Runs one transaction of the OS as its own service on behalf of the fact's actor; facts told in it are appended. */
export type ReactInTransaction = (
  fact: StampedFact,
  label: string,
  work: (
    tx: Transaction,
    sql: (text: string, params: unknown[]) => Promise<Record<string, unknown>[]>,
  ) => Promise<void>,
) => Promise<void>;

/**
 * One consumer: reads the log in order and reacts to each fact of its types exactly once. The fact's inbox row, the
 * consumer's checkpoint and whatever the reaction writes commit together; the checkpoint's row lock keeps the processes of
 * one OS from doing the same fact. A fact that fails parks its key: later facts of that key wait behind it, others go on.
 */
export class ReactionConsumer {
  readonly name: string;
  readonly #reaction: Reaction;
  readonly #types: Set<string>;
  readonly #hub: FactHub;
  readonly #database: Database;
  readonly #inTransaction: ReactInTransaction;
  readonly #log: Logger;
  #position = 0n;
  #written = 0n;
  #running: Promise<void> | null = null;
  #wanted = false;
  #handed: StampedFact[] | null = null;
  #lookForParkedAt = 0;
  #unhear: (() => void) | null = null;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;
  /** A reaction belongs to nobody's request, although a request's commit wakes it. */
  readonly #outside = new AsyncResource('ReactionConsumer');

  constructor(os: string, reaction: Reaction, hub: FactHub, inTransaction: ReactInTransaction, log: Logger) {
    this.name = `${os}.${reaction.name}`;
    this.#reaction = reaction;
    this.#types = new Set(reaction.facts.map((fact) => fact.type));
    this.#hub = hub;
    this.#database = hub.database;
    this.#inTransaction = inTransaction;
    this.#log = log.child({ consumer: this.name });
  }

  async start(): Promise<void> {
    // A new consumer begins at the first fact: what it keeps true depends on all of them.
    const rows = await this.#database.query<{ position: string }>(
      `insert into facts.checkpoints (consumer, position) values ($1, 0)
       on conflict (consumer) do update set position = facts.checkpoints.position returning position`,
      [this.name],
    );
    this.#position = this.#written = BigInt(rows[0]?.position ?? 0);
    this.#unhear = this.#hub.hear(null, (batch) => this.#offer(batch));
    this.#timer = setInterval(() => {
      if (Date.now() >= this.#lookForParkedAt) this.#go();
    }, parkedEvery);
    this.#timer.unref();
    this.#go();
  }

  /** Resolves when every fact handed on before this call was reacted to or parked. */
  async settled(): Promise<void> {
    this.#go();
    while (this.#running) await this.#running;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unhear?.();
    if (this.#timer) clearInterval(this.#timer);
    await this.#running;
    await this.#writeCheckpoint();
  }

  #offer(batch: StampedFact[]): void {
    const first = batch[0];
    const last = batch.at(-1);
    if (!first || !last) return;
    // An idle OS costs nothing: a caught-up consumer passes over facts that are not for it without looking into the log.
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
          // What was wanted between the loop's last look and this line.
          if (this.#wanted) this.#go();
        },
        (error: unknown) => {
          this.#running = null;
          if (!this.#closed) this.#log.error({ err: error }, 'a consumer could not go on; it tries again');
        },
      );
  }

  async #loop(): Promise<void> {
    while (this.#wanted && !this.#closed) {
      this.#wanted = false;
      if (Date.now() >= this.#lookForParkedAt) await this.#retryParked();
      while (this.#position < this.#hub.position && !this.#closed) {
        const { facts, upTo } = await this.#nextPage();
        for (const fact of facts) {
          if (this.#closed) return;
          await this.#take(fact);
          this.#position = BigInt(fact.position);
        }
        this.#position = upTo;
      }
      if (this.#position - this.#written >= checkpointEvery) await this.#writeCheckpoint();
    }
  }

  /** The facts that come next, and the position up to which there are no others: what the hub handed over, else a look. */
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
    const facts = await readFacts(this.#database, { after: this.#position, upTo, types, limit: pageSize });
    const end = facts.at(-1);
    return { facts, upTo: facts.length === pageSize && end ? BigInt(end.position) : upTo };
  }

  async #take(fact: StampedFact): Promise<void> {
    try {
      await this.#inTransaction(fact, this.name, async (tx, sql) => {
        const [checkpoint] = await sql('select position from facts.checkpoints where consumer = $1 for update', [
          this.name,
        ]);
        if (checkpoint && BigInt(checkpoint['position'] as string) >= BigInt(fact.position)) return;
        // One statement decides: behind a parked fact of the same key it is parked too, a known one is passed over.
        const [decision] = await sql(
          `with waiting as (
            select 1 from facts.parked where consumer = $1 and key = $2 limit 1
          ), parking as (
            insert into facts.parked (consumer, key, position, fact_id, next_at)
            select $1, $2, $3, $4, now() from waiting on conflict do nothing
          ), inboxed as (
            insert into facts.inbox (consumer, fact_id) select $1, $4 where not exists (select 1 from waiting)
            on conflict do nothing returning 1
          ), moved as (
            update facts.checkpoints set position = $3 where consumer = $1
          )
          select exists (select 1 from inboxed) as fresh`,
          [this.name, fact.key, fact.position, fact.id],
        );
        if (decision?.['fresh']) await this.#reaction.react(tx, fact);
      });
      this.#written = BigInt(fact.position);
    } catch (error) {
      await this.#park(fact, error);
    }
  }

  async #park(fact: StampedFact, error: unknown): Promise<void> {
    this.#log.warn({ err: error, fact: fact.id, type: fact.type, key: fact.key }, 'a fact failed and parks its key');
    await this.#database.query(
      `with parking as (
        insert into facts.parked as p (consumer, key, position, fact_id, error, attempts, next_at)
        values ($1, $2, $3, $4, $5, 1, now() + interval '1 second')
        on conflict (consumer, position) do nothing
      )
      update facts.checkpoints set position = greatest(position, $3) where consumer = $1`,
      [this.name, fact.key, fact.position, fact.id, messageOf(error)],
    );
    this.#written = BigInt(fact.position);
    this.#lookForParkedAt = Date.now() + parkedEvery;
  }

  /** Takes the oldest fact of each parked key whose time has come; when it succeeds, the next of that key follows at once. */
  async #retryParked(): Promise<void> {
    for (;;) {
      const due = await this.#database.query<{ fact_id: string; position: string; attempts: number }>(
        `select fact_id, position, attempts from (
          select distinct on (key) fact_id, position, attempts, next_at from facts.parked where consumer = $1 order by key, position
        ) heads where next_at <= now() limit 50`,
        [this.name],
      );
      if (due.length === 0) {
        const [any] = await this.#database.query('select 1 from facts.parked where consumer = $1 limit 1', [this.name]);
        this.#lookForParkedAt = Date.now() + (any ? parkedEvery : parkedSeldom);
        return;
      }
      for (const row of due) {
        if (this.#closed) return;
        try {
          const fact = await readFact(this.#database, row.fact_id);
          // Its key waits for it; the others do not.
          if (!fact) throw new Error('The fact is not in the log.');
          await this.#inTransaction(fact, this.name, async (tx, sql) => {
            const freed = await sql(
              `with mine as (
                select position from facts.parked where consumer = $1 and position = $2 for update
              ), freed as (
                delete from facts.parked using mine where consumer = $1 and parked.position = mine.position returning 1
              ), inboxed as (
                insert into facts.inbox (consumer, fact_id) select $1, $3 from freed on conflict do nothing returning 1
              )
              select exists (select 1 from inboxed) as fresh`,
              [this.name, row.position, fact.id],
            );
            if (freed[0]?.['fresh']) await this.#reaction.react(tx, fact);
          });
        } catch (error) {
          const wait = Math.min(1000 * 2 ** row.attempts, retryAtMost);
          await this.#database.query(
            `update facts.parked set attempts = attempts + 1, error = $3, next_at = now() + $4 * interval '1 millisecond'
             where consumer = $1 and position = $2`,
            [this.name, row.position, messageOf(error), wait],
          );
        }
      }
    }
  }

  async #writeCheckpoint(): Promise<void> {
    if (this.#position <= this.#written) return;
    await this.#database.query('update facts.checkpoints set position = greatest(position, $2) where consumer = $1', [
      this.name,
      this.#position.toString(),
    ]);
    this.#written = this.#position;
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 1000);
}
