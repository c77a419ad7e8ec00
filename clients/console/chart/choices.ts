import { Store } from '../store.ts';
import { readChoice } from './choice.ts';
import { LiveCharts } from './live-charts.ts';
import type { Table } from '../result/flatten.ts';
import type { ChartChoice } from './choice.ts';

const KEY = 'ensemble:charts';
/** Operations whose charts are remembered; the one changed longest ago is dropped first. */
const MAX_REMEMBERED = 200;

/** The chart choices of each operation, stored in this browser. */
export class ChartChoices {
  readonly known = new Store<ReadonlyMap<string, ChartChoice>>(read());
  readonly live = new LiveCharts();

  remember(key: string, choice: ChartChoice): void {
    const next = new Map(this.known.get());
    next.delete(key);
    next.set(key, choice);
    for (const oldest of next.keys()) {
      if (next.size <= MAX_REMEMBERED) break;
      next.delete(oldest);
    }
    localStorage.setItem(KEY, JSON.stringify([...next]));
    this.known.set(next);
  }

  forget(key: string): void {
    const next = new Map(this.known.get());
    next.delete(key);
    localStorage.setItem(KEY, JSON.stringify([...next]));
    this.known.set(next);
  }
}

/** The same for every answer of one operation: its name, the path of the list, and the selected columns. */
export function chartKey(operationName: string | null, source: string, table: Table): string {
  return [operationName ?? '', source, ...table.columns.map(({ key }) => key)].join('\n');
}

function read(): ReadonlyMap<string, ChartChoice> {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    if (!Array.isArray(stored)) return new Map();
    return new Map(
      stored.flatMap((entry: unknown) => {
        const [key, value] = Array.isArray(entry) ? (entry as unknown[]) : [];
        const choice = readChoice(value);
        return typeof key === 'string' && choice ? [[key, choice] as const] : [];
      }),
    );
  } catch (error) {
    if (error instanceof SyntaxError) return new Map();
    throw error;
  }
}
