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
  /** Names the work in logs. */
  name: string;
  /** At most `limit` rows with work left, by id, after `after`. */
  due: (place: Workplace, after: string, limit: number) => Promise<R[]>;
  /** Does as much of a row's work as fits into a transaction of two seconds, and returns whether there may be more. */
  portion: (tx: Transaction, row: R) => Promise<boolean>;
  /** Called after the last portion of a row. */
  ended?: (place: Workplace, row: R) => Promise<void>;
}

/** Continues work that a reaction has started and that is too much for one transaction: portion by portion, row by row. */
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
          // A failing row does not delay the others.
          await workAt(row, closing).catch((error: unknown) => failures.push(error));
        }
        after = rows.at(-1)?.id ?? '';
      } while (rows.length === rowsAtOnce);
      // The loop logs it and retries.
      if (failures.length > 0) throw failures[0];
      return null;
    };
    const loop = new WorkLoop({ name, clock, log, work });
    return { start: () => loop.wake(), settled: () => loop.settled(), close: () => loop.close() };
  };
}
