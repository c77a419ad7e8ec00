import { Client, type ClientBase } from 'pg';
import { Unavailable } from '../../errors/errors.ts';
import { hasPrecedence } from '../precedence.ts';
import type { ConnectionSource } from '../pool.ts';
import type { Engine } from './engine.ts';
import { EngineStream } from './stream.ts';

/**
 * A turn that has not come after this (ms) is refused: somebody holds the one session, or more work comes than it can
 * do.
 */
const WAIT_MS = 60_000;
/** So many may wait; at a millisecond a turn that is five seconds of work. */
const MAX_WAITING = 5_000;

interface Waiting {
  grant(): void;
  refuse(error: Error): void;
  timer: NodeJS.Timeout;
}

/**
 * The one session that PGlite has, lent to one borrower after the other in the order in which they asked, those with
 * precedence before all others.
 */
export class Session implements ConnectionSource {
  readonly client: Client;
  readonly options: object = {};
  #busy = false;
  readonly #preceding = new Set<Waiting>();
  readonly #waiting = new Set<Waiting>();
  #refusal: Error | null = null;

  constructor(engine: Pick<Engine, 'exchange'>) {
    this.client = new Client({
      // Everything is said here, because `pg` would take what is missing from PGHOST and its like.
      host: 'embedded',
      port: 0,
      user: 'postgres',
      database: 'postgres',
      password: '',
      ssl: false,
      application_name: 'ensemble',
      stream: () => new EngineStream(engine),
    });
  }

  async acquire(): Promise<ClientBase> {
    if (this.#refusal) throw this.#refusal;
    if (this.#busy) await this.#turn();
    this.#busy = true;
    return this.client;
  }

  giveBack(_client: ClientBase, error?: Error | boolean): void {
    if (error && this.client.getTransactionStatus() !== 'I') {
      // A borrower calls the session broken, but there is no other one: it goes on after a rollback, or not at all.
      this.client.query('rollback').then(
        () => this.#next(),
        (failure: Error) => this.refuseAll(new Unavailable(`The embedded database is lost: ${failure.message}`)),
      );
      return;
    }
    this.#next();
  }

  /** Refuses every borrower from now on, and those who wait. */
  refuseAll(error: Error): void {
    this.refuseNew(error);
    for (const queue of [this.#preceding, this.#waiting]) {
      for (const waiting of queue) {
        clearTimeout(waiting.timer);
        waiting.refuse(error);
      }
      queue.clear();
    }
  }

  /** Refuses new borrowers; those who wait get their turn. */
  refuseNew(error: Error): void {
    this.#refusal ??= error;
  }

  #turn(): Promise<void> {
    const queue = hasPrecedence() ? this.#preceding : this.#waiting;
    if (queue.size >= MAX_WAITING) {
      return Promise.reject(new Unavailable(`More than ${MAX_WAITING} queries wait for the embedded database.`));
    }
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        grant: resolve,
        refuse: reject,
        timer: setTimeout(() => {
          queue.delete(waiting);
          reject(new Unavailable(`The embedded database was busy for ${WAIT_MS / 1000} s.`));
        }, WAIT_MS),
      };
      queue.add(waiting);
    });
  }

  /** Gives the turn on. `#busy` stays set between two borrowers, so that nobody comes in between. */
  #next(): void {
    for (const queue of [this.#preceding, this.#waiting]) {
      for (const waiting of queue) {
        queue.delete(waiting);
        clearTimeout(waiting.timer);
        waiting.grant();
        return;
      }
    }
    this.#busy = false;
  }
}
