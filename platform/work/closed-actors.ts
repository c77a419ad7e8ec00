import type { Transaction } from '../context/context.ts';
import { sqlIn } from '../database/sql.ts';
import { portions } from './portions.ts';
import type { WorkerFactory } from './worker.ts';

/** Milliseconds for which new objects of a closed actor are looked for: long after the last request under way has ended. */
const lookedAfter = 3600 * 1000;

export interface ClosedActorsOptions {
  /** Names the work in logs. */
  name: string;
  /** The table of closed actors that may still get new objects: the standard columns and `until`. */
  table: string;
  /**
   * Ends as many of the actor's objects as fit into a transaction of two seconds, and returns whether there may be more. Idempotent.
   */
  end: (tx: Transaction, actorId: string) => Promise<boolean>;
}

/** How an OS ends the objects of closed actors: a first portion in the reaction, the rest in a worker. */
export interface ClosedActors {
  /** For the reaction: ends the first portion; the worker ends the rest and later arrivals. */
  closed(tx: Transaction, actorId: string): Promise<void>;
  worker: WorkerFactory;
}

export function closedActors({ name, table, end }: ClosedActorsOptions): ClosedActors {
  return {
    async closed(tx, actorId) {
      await end(tx, actorId);
      await sqlIn(
        tx.em,
        `insert into ${table} (id, universe_id, created_at, updated_at, until) values ($1, $2, $3, $3, $4)
         on conflict (id) do nothing`,
        [actorId, tx.universe, tx.now(), new Date(tx.now().getTime() + lookedAfter)],
      );
    },

    worker: portions<{ id: string; universe: string; is_over: boolean }>({
      name,
      due: ({ database, clock }, after, limit) =>
        database.query(
          `select id, universe_id as universe, until < $1 as is_over from ${table} where id > $2 order by id limit $3`,
          [clock.now(), after, limit],
        ),
      portion: (tx, { id }) => end(tx, id),
      async ended({ database }, { id, is_over: isOver }) {
        if (isOver) await database.query(`delete from ${table} where id = $1`, [id]);
      },
    }),
  };
}
