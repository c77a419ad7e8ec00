import type { Transaction } from '../context/context.ts';
import { sqlIn } from '../database/sql.ts';
import { portions } from './portions.ts';
import type { WorkerFactory } from './worker.ts';

/** For how long what a closed actor still gets is looked for, in milliseconds: requests that were under way are long over. */
const lookedAfter = 3600 * 1000;

export interface ClosedActorsOptions {
  /** Says in the log whose work it is. */
  name: string;
  /** Where those who are closed are kept until nothing of theirs can come any more: the standard columns and `until`. */
  table: string;
  /**
   * Ends the first of what an actor has, as much as fits into a transaction of two seconds, and answers whether there may be more.
   * Repeating it changes nothing.
   */
  end: (tx: Transaction, actorId: string) => Promise<boolean>;
}

/** How an OS ends what actors have who are closed: a first portion in the reaction, the rest by a worker. */
export interface ClosedActors {
  /** For the reaction: ends the first portion, and leaves the rest, and what still comes in, to the worker. */
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
