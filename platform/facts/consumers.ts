import { AsyncResource } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { inLane } from '../database/precedence.ts';
import type { Logger } from '../telemetry/log.ts';
import { Turns } from '../work/turns.ts';
import type { NamedReaction } from './checkpoints.ts';
import { readCheckpoints, usualLeaseSeconds } from './claim.ts';
import { ReactionConsumer } from './consumer.ts';
import type { FactHub } from './hub.ts';
import type { ReactInTransaction } from './reactions.ts';

/** Consumers of a process that run at the same time, with a connection each. The embedded database has one session. */
const atOnce = { postgres: 4, embedded: 1 } as const;

/** Milliseconds between checks for parked keys while there are some. */
const parkedEvery = 1000;

/** Milliseconds between checks if there were none: another process of the same consumers may have parked some and died. */
const parkedSeldom = 30_000;

/** Positions after which the checkpoint of a caught-up consumer is stored; a restart reads the ones after it again. */
const checkpointEvery = 1000n;

/** The consumers of one process. Storing checkpoints and checking for parked facts take one statement for all of them. */
export class Consumers {
  readonly #hub: FactHub;
  readonly #log: Logger;
  readonly #turns: Turns;
  readonly #leaseSeconds: number;
  readonly #processId = randomUUID();
  readonly #consumers: ReactionConsumer[] = [];
  readonly #outside = new AsyncResource('Consumers');
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;
  #wanted = false;
  #unhear: (() => void) | null = null;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(hub: FactHub, log: Logger, leaseSeconds = usualLeaseSeconds) {
    this.#hub = hub;
    this.#log = log;
    this.#leaseSeconds = leaseSeconds;
    this.#turns = new Turns(atOnce[hub.database.kind]);
  }

  add({ name, reaction }: NamedReaction, inTransaction: ReactInTransaction, log: Logger): void {
    this.#consumers.push(
      new ReactionConsumer({
        name,
        reaction,
        hub: this.#hub,
        inTransaction,
        processId: this.#processId,
        leaseSeconds: this.#leaseSeconds,
        turns: this.#turns,
        log: log.child({ consumer: name }),
        parked: () => this.#lookIn(parkedEvery),
      }),
    );
  }

  /** Begins after the checkpoints, which `registerConsumers` has created. */
  async start(): Promise<void> {
    if (this.#consumers.length === 0) return;
    const positions = await readCheckpoints(
      this.#hub.database,
      this.#consumers.map(({ name }) => name),
    );
    for (const consumer of this.#consumers) {
      const position = positions.get(consumer.name);
      if (position === undefined) throw new Error(`${consumer.name} has no checkpoint.`);
      consumer.start(position);
    }
    this.#unhear = this.#hub.hear(null, () => this.#checkpointSometimes());
    this.#look();
  }

  /** Resolves when every fact delivered before this call was handled or parked, and parked facts that are due were retried. */
  async settled(): Promise<void> {
    this.#look();
    while (this.#looking) await this.#looking;
    await Promise.all(this.#consumers.map((consumer) => consumer.settled()));
  }

  /** Stores all checkpoints, so that the facts that they have passed may be pruned. Never rejects. */
  checkpoint(): Promise<void> {
    return (this.#writing = this.#writing.then(() => this.#write(1n)));
  }

  /** Ends after the work in progress; other processes can take over at once. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#unhear?.();
    if (this.#timer) clearTimeout(this.#timer);
    await Promise.all(this.#consumers.map((consumer) => consumer.close()));
    await this.#looking;
    await this.#writing;
    await this.#write(1n);
    await this.#release();
  }

  /** Releases the leases. Never rejects: they also expire. */
  async #release(): Promise<void> {
    try {
      await this.#hub.database.query(
        `update facts.checkpoints c set holder = null, until = null from (
           select consumer from facts.checkpoints where holder = $1 for update skip locked
         ) mine where c.consumer = mine.consumer`,
        [this.#processId],
      );
    } catch (error) {
      this.#log.warn({ err: error }, 'leases could not be released; they expire within seconds');
    }
  }

  #lookIn(milliseconds: number): void {
    if (this.#closed) return;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), milliseconds);
    this.#timer.unref();
  }

  /** Checks for parked facts of all consumers that are due, and retries them. */
  #look(): void {
    if (this.#closed || this.#consumers.length === 0) return;
    this.#wanted = true;
    if (this.#looking) return;
    this.#looking = this.#outside.runInAsyncScope(() => inLane('background', () => this.#retry()));
  }

  /** Never rejects. */
  async #retry(): Promise<void> {
    let next = parkedEvery;
    while (this.#wanted && !this.#closed) {
      this.#wanted = false;
      try {
        const parked = await this.#hub.database.query<{ consumer: string; is_due: boolean }>(
          `select consumer, bool_or(next_at <= now()) as is_due from facts.parked where consumer = any($1) group by consumer`,
          [this.#consumers.map(({ name }) => name)],
        );
        next = parked.length > 0 ? parkedEvery : parkedSeldom;
        const due = new Set(parked.flatMap(({ consumer, is_due: isDue }) => (isDue ? [consumer] : [])));
        await Promise.all(
          this.#consumers.filter(({ name }) => due.has(name)).map((consumer) => consumer.retryParked()),
        );
      } catch (error) {
        if (!this.#closed) this.#log.error({ err: error }, 'parked facts could not be checked; it is retried');
      }
    }
    this.#looking = null;
    if (this.#wanted) this.#look();
    else this.#lookIn(next);
  }

  /** Stores the checkpoints of consumers that have only skipped facts of other types. */
  #checkpointSometimes(): void {
    if (this.#consumers.every((consumer) => consumer.unwritten(checkpointEvery) === null)) return;
    this.#writing = this.#writing.then(() => this.#write(checkpointEvery));
  }

  /** Never rejects: a restart reads the facts after the stored checkpoint again. */
  async #write(atLeast: bigint): Promise<void> {
    const behind = this.#consumers.flatMap((consumer) => {
      const position = consumer.unwritten(atLeast);
      return position === null ? [] : [{ consumer, position }];
    });
    if (behind.length === 0) return;
    try {
      // A row that a reaction holds is skipped: its own transaction stores the position.
      const written = await this.#hub.database.query<{ consumer: string; position: string }>(
        `update facts.checkpoints c set position = free.position from (
           select k.consumer, g.position from facts.checkpoints k join unnest($1::text[], $2::bigint[]) as g (consumer, position) using (consumer)
           where k.position < g.position for update of k skip locked
         ) free where c.consumer = free.consumer returning c.consumer, c.position`,
        [behind.map(({ consumer }) => consumer.name), behind.map(({ position }) => position.toString())],
      );
      const positions = new Map(written.map(({ consumer, position }) => [consumer, BigInt(position)]));
      for (const { consumer } of behind) consumer.wrote(positions.get(consumer.name) ?? 0n);
    } catch (error) {
      this.#log.warn({ err: error }, 'checkpoints could not be stored; a restart reads the facts after them again');
    }
  }
}
