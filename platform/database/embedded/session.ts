import { Client, type ClientBase } from 'pg';
import { Unavailable } from '../../errors/errors.ts';
import { hasPrecedence } from '../precedence.ts';
import type { ConnectionSource } from '../pool.ts';
import type { Engine } from './engine.ts';
import { EngineStream } from './stream.ts';

/** Timeout (ms) of a turn: a borrower holds the session, or there is more work than it can do. */
const WAIT_MS = 60_000;
/** Maximum waiters; at a millisecond per turn that is five seconds of work. */
const MAX_WAITING = 5_000;

interface Waiting {
  grant(): void;
  refuse(error: Error): void;
  timer: NodeJS.Timeout;
}

/** PGlite's one session, lent to one borrower at a time, first come, first served; urgent ones go first. */
export class Session implements ConnectionSource {
  readonly client: Client;
  readonly options: object = {};
  #busy = false;
  readonly #preceding = new Set<Waiting>();
  readonly #waiting = new Set<Waiting>();
  #refusal: Error | null = null;

  constructor(engine: Pick<Engine, 'exchange'>) {
    this.client = new Client({
      // All settings are given, because `pg` would read missing ones from PGHOST etc.
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
      // The borrower reports a broken session, but there is no other: it continues after a rollback or is lost.
      this.client.query('rollback').then(
        () => this.#next(),
        (failure: Error) => this.refuseAll(new Unavailable(`The embedded database is lost: ${failure.message}`)),
      );
      return;
    }
    this.#next();
  }

  /** Refuses new and waiting borrowers. */
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

  /** Refuses new borrowers; waiting ones get their turn. */
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

  /** Grants the next turn. `#busy` stays set between two borrowers, so that no new one gets in between. */
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
