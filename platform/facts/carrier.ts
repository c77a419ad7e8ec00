import { jetstream, jetstreamManager, type ConsumerMessages, type JetStreamClient } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { randomUUID } from 'node:crypto';
import type { Database } from '../database/database.ts';
import type { Logger } from '../telemetry/log.ts';
import type { StampedFact } from './fact.ts';
import type { FactHub } from './hub.ts';
import { readOwnFacts } from './log.ts';

/** The stream of all copies, and the subjects in it: `facts.<log id>.<fact type>`. */
const streamName = 'FACTS';
const subjects = ['facts.>'];

/** How long NATS keeps copies, in nanoseconds: a database that was away longer catches up from a backup. */
const keepNanos = 7 * 24 * 3600 * 1e9;

/** Facts published before their acknowledgements are awaited. */
const publishAtOnce = 200;

/** Milliseconds for which one process carries for its database; it renews at a third of it. */
const leaseMs = 6000;

/**
 * Carries facts between databases. Every database has its own log; one process of each publishes the facts that were written
 * there, and writes copies of the others' into its own log, where they get positions like any fact and reactions find them.
 * NATS is never the source: a copy that comes twice is known by its id, and streams are replayed from the log by their owner.
 */
export class FactCarrier {
  readonly #hub: FactHub;
  readonly #database: Database;
  readonly #log: Logger;
  readonly #holder = randomUUID();
  #connection: NatsConnection | null = null;
  #client: JetStreamClient | null = null;
  #messages: ConsumerMessages | null = null;
  #publishing: Promise<void> | null = null;
  #publishWanted = false;
  #receiving: Promise<void> | null = null;
  #unhear: (() => void) | null = null;
  #timer: NodeJS.Timeout | null = null;
  #holds = false;
  #closed = false;

  constructor(hub: FactHub, log: Logger) {
    this.#hub = hub;
    this.#database = hub.database;
    this.#log = log.child({ part: 'carrier' });
  }

  async start(url: string): Promise<void> {
    this.#connection = await connect({
      servers: url,
      name: 'ensemble-facts',
      maxReconnectAttempts: -1,
      waitOnFirstConnect: false,
    });
    const manager = await jetstreamManager(this.#connection);
    const wanted = { name: streamName, subjects, max_age: keepNanos };
    await manager.streams.info(streamName).catch(() => manager.streams.add(wanted));
    this.#client = jetstream(this.#connection);
    this.#unhear = this.#hub.hear(null, () => this.#publishSoon());
    this.#timer = setInterval(() => void this.#renew(), leaseMs / 3);
    this.#timer.unref();
    await this.#renew();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unhear?.();
    if (this.#timer) clearInterval(this.#timer);
    this.#messages?.stop();
    await Promise.all([this.#publishing, this.#receiving]);
    await this.#database.query(`update facts.carried set until = now() where holder = $1`, [this.#holder]);
    await this.#connection?.drain();
  }

  /** Takes or keeps the lease; whoever has it publishes and receives for this database. */
  async #renew(): Promise<void> {
    if (this.#closed) return;
    try {
      const rows = await this.#database.query(
        `update facts.carried set holder = $1, until = now() + $2 * interval '1 millisecond'
         where holder = $1 or holder is null or until < now() returning 1`,
        [this.#holder, leaseMs],
      );
      this.#holds = rows.length > 0;
      if (!this.#holds) this.#messages?.stop();
      else {
        this.#publishSoon();
        this.#receiving ??= this.#receive()
          .catch((error: unknown) =>
            this.#log.warn({ err: error }, 'copies of facts could not be received; it is tried again'),
          )
          .finally(() => {
            this.#receiving = null;
          });
      }
    } catch (error) {
      this.#log.warn({ err: error }, 'the lease of the carrier could not be renewed');
    }
  }

  #publishSoon(): void {
    this.#publishWanted = true;
    if (!this.#holds || this.#publishing || this.#closed) return;
    this.#publishing = this.#publish()
      .catch((error: unknown) => this.#log.warn({ err: error }, 'facts could not be published; it is tried again'))
      .finally(() => {
        this.#publishing = null;
      });
  }

  /** Publishes what was written here and not yet published, and notes how far that is. */
  async #publish(): Promise<void> {
    const client = this.#client;
    if (!client) return;
    while (this.#publishWanted && this.#holds && !this.#closed) {
      this.#publishWanted = false;
      const [row] = await this.#database.query<{ position: string }>('select position from facts.carried', []);
      const facts = await readOwnFacts(this.#database, {
        after: BigInt(row?.position ?? 0),
        upTo: this.#hub.position,
        limit: publishAtOnce,
      });
      const last = facts.at(-1);
      if (!last) return;
      // NATS answers in the order of sending, so the last position stands for all before it.
      await Promise.all(
        facts.map((fact) => client.publish(subjectOf(this.#hub.logId, fact), JSON.stringify(fact), { msgID: fact.id })),
      );
      await this.#database.query('update facts.carried set position = greatest(position, $1)', [last.position]);
      if (facts.length === publishAtOnce) this.#publishWanted = true;
    }
  }

  /** Writes copies of the facts of other databases into this one, one after another, and acknowledges each when it stands. */
  async #receive(): Promise<void> {
    const connection = this.#connection;
    const client = this.#client;
    if (!connection || !client || this.#closed) return;
    const name = `log-${this.#hub.logId}`;
    const manager = await jetstreamManager(connection);
    await manager.consumers
      .info(streamName, name)
      .catch(() =>
        manager.consumers.add(streamName, { durable_name: name, ack_policy: 'explicit', deliver_policy: 'all' }),
      );
    const consumer = await client.consumers.get(streamName, name);
    const messages = await consumer.consume({ max_messages: publishAtOnce });
    this.#messages = messages;
    const own = `facts.${this.#hub.logId}.`;
    for await (const message of messages) {
      if (this.#closed || !this.#holds) break;
      if (!message.subject.startsWith(own))
        await this.#copy(message.json<StampedFact>(), message.subject.split('.')[1] ?? '');
      message.ack();
    }
  }

  async #copy(fact: StampedFact, origin: string): Promise<void> {
    const rows = await this.#database.query(
      `insert into facts.log (id, os, type, v, key, key_seq, at, actor, on_behalf_of, acting_for, universe_id, correlation_id,
         causation_id, traceparent, payload, origin)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) on conflict do nothing returning 1`,
      [
        fact.id,
        fact.os,
        fact.type,
        fact.v,
        fact.key,
        fact.keySeq,
        fact.at,
        fact.actor,
        fact.onBehalfOf,
        fact.actingFor,
        fact.universe,
        fact.correlationId,
        fact.causationId,
        fact.traceparent,
        JSON.stringify(fact.payload),
        origin,
      ],
    );
    if (rows.length > 0) this.#hub.committed();
  }
}

export function subjectOf(logId: string, fact: StampedFact): string {
  return `facts.${logId}.${fact.type}`;
}

/** Hears facts of some types (`identity.>` is all of identity's) as they are carried; a wake-up only, for caches: what is missed while away is not made up. */
export async function hearCarried(
  url: string,
  types: readonly string[],
  heard: (fact: StampedFact) => void,
): Promise<() => Promise<void>> {
  const connection = await connect({ servers: url, name: 'ensemble-wake-ups', maxReconnectAttempts: -1 });
  for (const type of types) {
    connection.subscribe(`facts.*.${type}`, {
      callback: (error, message) => {
        if (!error) heard(message.json<StampedFact>());
      },
    });
  }
  return () => connection.drain();
}
