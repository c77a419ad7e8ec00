import type { Transaction } from '../context/context.ts';
import { WorkLoop } from './loop.ts';
import type { Worker, WorkerFactory, Workplace } from './worker.ts';

/** Rows of one page. */
const rowsAtOnce = 100;

interface DueRow {
  id: string;
  universe: string;
}

export interface PortionsOptions<R extends DueRow> {
  /** Says in the log whose work it is. */
  name: string;
  /** The rows that have work left, by id: at most `limit` of those after `after`. */
  due: (place: Workplace, after: string, limit: number) => Promise<R[]>;
  /** Does as much for a row as fits into a transaction of two seconds, and answers whether there may be more. */
  portion: (tx: Transaction, row: R) => Promise<boolean>;
  /** After the last portion of a row. */
  ended?: (place: Workplace, row: R) => Promise<void>;
}

/** Work that a reaction has begun and left, since it is too much for one transaction: done portion by portion, row by row. */
export function portions<R extends DueRow>({ name, due, portion, ended }: PortionsOptions<R>): WorkerFactory {
  return (place): Worker => {
    const { clock, log, transaction } = place;
    const workAt = async (row: R, closing: AbortSignal): Promise<void> => {
      let more = true;
      while (more && !closing.aborted) more = await transaction(name, row.universe, (tx) => portion(tx, row));
      if (!more) await ended?.(place, row);
    };
    const work = async (closing: AbortSignal): Promise<null> => {
      const failures: unknown[] = [];
      let rows: R[];
      let after = '';
      do {
        rows = await due(place, after, rowsAtOnce);
        for (const row of rows) {
          if (closing.aborted) return null;
          // One that fails keeps none of the others waiting.
          await workAt(row, closing).catch((error: unknown) => failures.push(error));
        }
        after = rows.at(-1)?.id ?? '';
      } while (rows.length === rowsAtOnce);
      // The loop tells of it, and tries again.
      if (failures.length > 0) throw failures[0];
      return null;
    };
    const loop = new WorkLoop({ name, clock, log, work });
    return { start: () => loop.wake(), settled: () => loop.settled(), close: () => loop.close() };
  };
}
