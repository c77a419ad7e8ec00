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

/** The cause of a piece of work; facts that the work emits carry it on. */
export interface Cause {
  correlationId?: string;
  /** The fact that triggered it. */
  causationId?: string | null;
  traceparent?: string | null;
  /** The actor on whose behalf it is done; the OS's own service acts either way. */
  onBehalfOf?: string | null;
  actingFor?: string | null;
}

/** The services of a worker. None belongs to a request: the OS itself acts, and needs no permission. */
export interface Workplace {
  readonly os: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Publishes facts, also those committed by other processes of this database: they wake the worker. */
  readonly hub: FactHub;
  /** For statements over all universes, such as looking for due rows. */
  readonly database: Database;
  readonly secrets: Secrets;
  /** Sends mail; null if this process sends none: recorded mail then waits for one that does. */
  readonly mail: MailPort | null;
  /** Makes vectors of texts; null if none is configured or the database cannot store vectors. */
  readonly embedder: Embedder | null;
  /** Calls servers that users name: guarded, and never within a transaction. */
  readonly outgoing: Outgoing;
  /** The sources that files may be fetched from. */
  readonly sources: Sources;
  /** The blockchains to read from. */
  readonly chains: ChainsConfig;
  /** A new context outside of any transaction, in which the OS's own service sees everything of one universe. */
  context(universe: string, cause?: Cause): Context;
  /**
   * One transaction of the OS, two seconds at most: the changes and facts of `work` commit together, and any error rolls back. Call
   * other servers before or after, never within.
   */
  transaction<R>(label: string, universe: string, work: (tx: Transaction) => Promise<R>, cause?: Cause): Promise<R>;
}

/** Background work of an OS. Several processes may run the same one: due work is taken under a row lock or with a lease. */
export interface Worker {
  /** Starts the worker; resolves when it is running, not when its work is done. */
  start(): Promise<void> | void;
  /** Resolves when nothing is due any more; for tests. */
  settled(): Promise<void>;
  /** Finishes what is running, and starts nothing more. */
  close(): Promise<void>;
}

/** Makes a worker of an OS; the house starts and closes it. */
export type WorkerFactory = (place: Workplace) => Worker;
