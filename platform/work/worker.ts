import type { Context, Secrets, Transaction } from '../context/context.ts';
import type { Clock } from '../context/clock.ts';
import type { Database } from '../database/database.ts';
import type { FactHub } from '../facts/hub.ts';
import type { Embedder } from '../embeddings/embedder.ts';
import type { MailPort } from '../mail/mail.ts';
import type { ChainsConfig } from '../outgoing/chains.ts';
import type { Outgoing } from '../outgoing/outgoing.ts';
import type { Sources } from '../outgoing/sources.ts';
import type { Logger } from '../telemetry/log.ts';

/** What set a piece of work going; it goes on into the facts that the work tells. */
export interface Cause {
  correlationId?: string;
  /** The fact that asked for it. */
  causationId?: string | null;
  traceparent?: string | null;
  /** In whose name it is done; the OS's own service acts either way. */
  onBehalfOf?: string | null;
  actingFor?: string | null;
}

/** What a worker of an OS has at hand. Nothing here belongs to a request: the OS itself acts, and needs no permission. */
export interface Workplace {
  readonly os: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Tells of facts, also those that other processes of this database committed: a worker hears them to be woken. */
  readonly hub: FactHub;
  /** For statements over all universes, such as the look for what is due. */
  readonly database: Database;
  readonly secrets: Secrets;
  /** How mail goes out; null where this process sends none, and whatever is recorded waits for one that does. */
  readonly mail: MailPort | null;
  /** Makes vectors of texts; null where this process has none, or where the database cannot keep vectors. */
  readonly embedder: Embedder | null;
  /** Calls servers that others name, such as a client or a token: guarded, and never within a transaction. */
  readonly outgoing: Outgoing;
  /** From where files may be fetched. */
  readonly sources: Sources;
  /** From which blockchains is read. */
  readonly chains: ChainsConfig;
  /** A fresh context outside of any transaction, in which the OS's own service sees everything of one universe. */
  context(universe: string, cause?: Cause): Context;
  /**
   * One transaction of the OS, two seconds at most: what `work` writes and tells commits together, and whatever it throws rolls
   * back. Call the outside before or after, never within.
   */
  transaction<R>(label: string, universe: string, work: (tx: Transaction) => Promise<R>, cause?: Cause): Promise<R>;
}

/** Background work of an OS. Several processes may run the same one: what is due is taken under a row lock or by a lease. */
export interface Worker {
  /** Begins to work; resolves when it stands, not when the work is done. */
  start(): Promise<void> | void;
  /** Resolves when nothing is due any more. Tests wait for it. */
  settled(): Promise<void>;
  /** Ends what is under way, and begins nothing more. */
  close(): Promise<void>;
}

/** Makes a worker of an OS that is about to run; the house starts and closes it. */
export type WorkerFactory = (place: Workplace) => Worker;
