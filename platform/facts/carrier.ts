import {
  jetstream,
  jetstreamManager,
  type ConsumerMessages,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
} from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { randomUUID } from 'node:crypto';
import { closeAll } from '../config/close-all.ts';
import type { Database } from '../database/database.ts';
import { inLane, withPrecedence } from '../database/precedence.ts';
import type { Logger } from '../telemetry/log.ts';
import { copiesStream, copiesSubjects, endConnection, keepNanos, partsSubject } from './carried.ts';
import { compareStream, passFacts, passMessages, readReceived, sendingHeader, writeCopy, type Mark } from './copies.ts';
import type { StampedFact } from './fact.ts';
import type { FactHub } from './hub.ts';
import { readOwnFacts } from './log.ts';
import { publishFact, wholeFact } from './parts.ts';

/** Maximum facts of one read, from the log and from NATS. */
const publishAtOnce = 200;

/** Bytes of a message that a NATS server accepts unless it says otherwise. */
const usualPayload = 1_048_576;

/** Own messages that are skipped before the progress is stored; after a restart they are skipped again. */
const passedAtMost = 1000;

/** Milliseconds of one pull request. NATS sends a heartbeat within half of it; without one the request is repeated. */
const pullMs = 4000;

/** Milliseconds of the lease of the carrying process, renewed after a third of it. */
const leaseMs = 6000;

/**
 * Carries facts between databases. Every database has its own log. One process of each publishes the facts written there and writes copies of
 * the others' facts into its log, where they get positions and reactions find them. NATS is never the source: duplicate copies are
 * recognised by their id, and streams are replayed from the log by their owner.
 *
 * The number of the last received message is stored in the database with each copy, under the lease: the next lease holder continues with the
 * next message, regardless of what its predecessor had fetched. A fact is published after the previous one of its key is stored in the
 * stream, so facts of one key are in order everywhere.
 *
 * NATS may go back to an older state of the stream. Whenever it is connected, the stream is compared with the newest message that this
 * database knows of, before anything is published or received.
 */
export class FactCarrier {
  readonly #hub: FactHub;
  readonly #database: Database;
  readonly #log: Logger;
  readonly #holder = randomUUID();
  #connection: NatsConnection | null = null;
  #client: JetStreamClient | null = null;
  #manager: JetStreamManager | null = null;
  #isConnected = false;
  /** Resolves when the stream was compared since the last connection; null until somebody asks for it. */
  #compared: Promise<void> | null = null;
  #messages: ConsumerMessages | null = null;
  #publishing: Promise<void> | null = null;
  #publishWanted = false;
  #receiving: Promise<void> | null = null;
  #unhear: (() => void) | null = null;
  #timer: NodeJS.Timeout | null = null;
  #holds = false;
  #closed = false;
  /** Ids of facts that this process has published and not yet seen in the stream: they need no lookup. */
  readonly #published = new Set<string>();
  #copyIsKnown = false;

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
    this.#isConnected = true;
    const manager = await jetstreamManager(this.#connection);
    const wanted = { name: copiesStream, subjects: copiesSubjects, max_age: keepNanos };
    await manager.streams.info(copiesStream).catch(() => manager.streams.add(wanted));
    this.#client = jetstream(this.#connection);
    this.#manager = manager;
    void this.#follow(this.#connection);
    await this.#warnOfPruned();
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
    await closeAll([
      () => Promise.all([this.#publishing, this.#receiving]),
      () =>
        withPrecedence(() =>
          this.#database.query(`update facts.carried set until = now() where holder = $1`, [this.#holder]),
        ),
      () => this.#connection && endConnection(this.#connection),
    ]);
  }

  /** Stops when the connection is lost, and continues when it is back. Ends with the connection. */
  async #follow(connection: NatsConnection): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type === 'disconnect') {
        this.#isConnected = false;
        this.#compared = null;
        this.#messages?.stop();
      } else if (type === 'reconnect') {
        this.#isConnected = true;
        void this.#renew();
      }
    }
  }

  #compare(manager: JetStreamManager): Promise<void> {
    const compare = async (): Promise<void> => {
      if (await compareStream(this.#database, this.#holder, manager))
        this.#log.error('NATS has lost messages: all facts that it keeps are published and received again');
    };
    return (this.#compared ??= compare().catch((error: unknown) => {
      this.#compared = null;
      throw error;
    }));
  }

  /** Without a carrier, pruning does not wait for publishing: pruned facts never reach the other databases. */
  async #warnOfPruned(): Promise<void> {
    const [row] = await this.#database.query<{ missed: boolean }>(
      `select holder is null and position < (select coalesce(max(position), 0) from facts.pruned) as missed from facts.carried`,
    );
    if (row?.missed)
      this.#log.warn('facts were pruned before this database carried them: fill the other databases from a backup');
  }

  /** Takes or renews the lease; its holder publishes and receives for this database. */
  async #renew(): Promise<void> {
    if (this.#closed) return;
    try {
      const rows = await withPrecedence(() =>
        this.#database.query(
          `update facts.carried set holder = $1, until = now() + $2 * interval '1 millisecond'
           where holder = $1 or holder is null or until < now() returning 1`,
          [this.#holder, leaseMs],
        ),
      );
      this.#holds = rows.length > 0;
      if (!this.#holds) {
        this.#compared = null;
        this.#messages?.stop();
      } else if (this.#isConnected) {
        this.#publishSoon();
        this.#receiving ??= inLane('background', () => this.#receive())
          .catch((error: unknown) =>
            this.#log.warn({ err: error }, 'copies of facts could not be received; it is retried'),
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
    if (!this.#holds || !this.#isConnected || this.#publishing || this.#closed) return;
    this.#publishing = inLane('background', () => this.#publish())
      .catch((error: unknown) => this.#log.warn({ err: error }, 'facts could not be published; it is retried'))
      .finally(() => {
        this.#publishing = null;
      });
  }

  /** Publishes unpublished facts of this database and stores the progress. */
  async #publish(): Promise<void> {
    const client = this.#client;
    const manager = this.#manager;
    if (!client || !manager) return;
    while (this.#publishWanted && this.#holds && !this.#closed) {
      await this.#compare(manager);
      this.#publishWanted = false;
      const [row] = await this.#database.query<{ position: string }>('select position from facts.carried', []);
      const after = row?.position ?? '0';
      const facts = await readOwnFacts(this.#database, {
        after: BigInt(after),
        upTo: this.#hub.position,
        limit: publishAtOnce,
      });
      const last = facts.at(-1);
      if (!last) return;
      let newest: Mark = { sequence: 0, id: '' };
      for (const wave of inWaves(facts)) {
        if (!this.#holds || this.#closed) return;
        for (const { id } of wave) this.#published.add(id);
        const marks = await Promise.all(wave.map((fact) => this.#send(client, fact)));
        for (const mark of marks) if (mark && mark.sequence > newest.sequence) newest = mark;
      }
      const isPassed = await passFacts(this.#database, { after, upTo: last.position }, newest);
      if (!isPassed || facts.length === publishAtOnce) this.#publishWanted = true;
    }
  }

  #send(client: JetStreamClient, fact: StampedFact): Promise<Mark | null> {
    return publishFact(client, this.#hub.logId, fact, this.#connection?.info?.max_payload ?? usualPayload);
  }

  /** Writes copies of other databases' facts into this one, one by one, after the last message that was stored. */
  async #receive(): Promise<void> {
    const client = this.#client;
    const manager = this.#manager;
    if (!client || !manager || this.#closed) return;
    await this.#compare(manager);
    let written = await readReceived(this.#database);
    const consumer = await client.consumers.get(copiesStream, {
      deliver_policy: 'by_start_sequence',
      opt_start_seq: written + 1,
    });
    const messages = await consumer.consume({ max_messages: publishAtOnce, expires: pullMs });
    this.#messages = messages;
    try {
      // While these were asked for, nobody could stop them.
      if (this.#closed || !this.#holds || !this.#isConnected) messages.stop();
      for await (const message of messages) {
        if (this.#closed || !this.#holds || !this.#isConnected) break;
        const isWanted = await this.#isWanted(message);
        if (!isWanted && message.seq - written < passedAtMost) continue;
        const isMine = isWanted
          ? await this.#copy(message, manager)
          : await passMessages(this.#database, this.#holder, markOf(message));
        // Another process has taken over and continued from the stored message.
        if (!isMine) break;
        written = message.seq;
      }
    } finally {
      await messages.close();
    }
  }

  /** Whether a message is to be copied: no own fact, part of a payload, or message of something else. */
  async #isWanted(message: JsMsg): Promise<boolean> {
    const origin = originOf(message);
    if (message.subject === partsSubject(origin)) return false;
    const isOwn = origin === this.#hub.logId;
    if (isOwn && this.#published.delete(idIn(message))) return false;
    const fact = factIn(message);
    if (!fact) {
      const { subject, seq } = message;
      this.#log.error({ subject, sequence: seq }, 'a message of NATS is no fact; it is skipped');
      return false;
    }
    return !isOwn || (await this.#isOfCopy(fact));
  }

  /**
   * Whether a fact with our log's id was written elsewhere: a database that was copied from another keeps that one's id. Our own facts are in
   * our log, except pruned and lost ones.
   */
  async #isOfCopy({ id, position }: StampedFact): Promise<boolean> {
    const [row] = await this.#database.query<{ known: boolean }>(
      `select exists (select from facts.log where id = $1)
         or $2::bigint <= (select coalesce(max(position), 0) from facts.pruned) as known`,
      [id, position],
    );
    if (row?.known || this.#hub.isLost(BigInt(position))) return false;
    if (!this.#copyIsKnown)
      this.#log.error(
        { fact: id },
        'another database has the id of this log, because one was copied from the other: call facts.separated() in one of them and ' +
          'restart its processes, or cursors of one are accepted in the other',
      );
    this.#copyIsKnown = true;
    return true;
  }

  /** Writes a copy; false if another process holds the lease. */
  async #copy(message: JsMsg, manager: JetStreamManager): Promise<boolean> {
    const fact = await wholeFact(message, manager);
    const mark = markOf(message);
    if (!fact) {
      this.#log.error(
        { fact: idIn(message), subject: message.subject },
        'NATS keeps only parts of a fact; it is skipped',
      );
      return passMessages(this.#database, this.#holder, mark);
    }
    const copy = { fact, origin: originOf(message), mark };
    const { mine, copied } = await writeCopy(this.#database, this.#holder, copy);
    if (copied) this.#hub.committed();
    return mine;
  }
}

/** The id of the log in which a message's fact was written. */
function originOf({ subject }: JsMsg): string {
  return subject.split('.')[1] ?? '';
}

function markOf({ seq, headers }: JsMsg): Mark {
  return { sequence: seq, id: headers?.get(sendingHeader) ?? '' };
}

/** The id of a message's fact, by which NATS recognises repetitions. */
function idIn({ headers }: JsMsg): string {
  return headers?.get('Nats-Msg-Id') ?? '';
}

/** The fact of a message; `null` if it holds something else. */
function factIn(message: JsMsg): StampedFact | null {
  try {
    const fact = message.json<Partial<StampedFact> | null>();
    return typeof fact?.id === 'string' && typeof fact.type === 'string' ? (fact as StampedFact) : null;
  } catch {
    return null;
  }
}

/** Splits facts into consecutive groups without two facts of the same key. */
function inWaves(facts: readonly StampedFact[]): StampedFact[][] {
  const waves: StampedFact[][] = [];
  const behind = new Map<string, number>();
  for (const fact of facts) {
    const wave = behind.get(fact.key) ?? 0;
    behind.set(fact.key, wave + 1);
    (waves[wave] ??= []).push(fact);
  }
  return waves;
}
