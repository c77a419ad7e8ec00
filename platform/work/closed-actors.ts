import type { Transaction } from '../context/context.ts';
import { sqlIn } from '../database/sql.ts';
import { WorkLoop } from './loop.ts';
import type { Worker, WorkerFactory } from './worker.ts';

/** Actors of one page. */
const actorsAtOnce = 100;

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

interface ClosedActor {
  id: string;
  universe_id: string;
  is_over: boolean;
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

    worker: ({ database, clock, log, transaction }): Worker => {
      const endAll = async ({ id, universe_id: universe, is_over: isOver }: ClosedActor, closing: AbortSignal) => {
        let more = true;
        while (more && !closing.aborted) more = await transaction(name, universe, (tx) => end(tx, id));
        if (isOver && !more) await database.query(`delete from ${table} where id = $1`, [id]);
      };
      const loop = new WorkLoop({
        name,
        clock,
        log,
        work: async (closing) => {
          const failures: unknown[] = [];
          let after = '';
          for (;;) {
            const actors = await database.query<ClosedActor>(
              `select id, universe_id, until < $1 as is_over from ${table} where id > $2 order by id limit $3`,
              [clock.now(), after, actorsAtOnce],
            );
            for (const actor of actors) {
              if (closing.aborted) return null;
              // One whose things cannot be ended keeps none of the others waiting.
              await endAll(actor, closing).catch((error: unknown) => failures.push(error));
            }
            const last = actors.at(-1);
            if (!last || actors.length < actorsAtOnce) break;
            after = last.id;
          }
          // The loop tells of it, and tries again.
          if (failures.length > 0) throw failures[0];
          return null;
        },
      });
      return { start: () => loop.wake(), settled: () => loop.settled(), close: () => loop.close() };
    },
  };
}
