import { suggestChoice, suggestLiveChoice } from './choice.ts';
import { EVENTS } from '../result/tables.ts';
import type { Table } from '../result/flatten.ts';
import type { ChartChoice } from './choice.ts';

/** What a running subscription's chart is remembered by, and what is suggested for it. */
export interface LiveChart {
  readonly key: string;
  readonly suggested: ChartChoice | null;
}

/** Charts kept; the one first drawn longest ago is dropped. More than there are answers in memory. */
const MAX_KEPT = 100;

/** The charts of subscriptions: decided by the first event that has a figure, and the same for all that follow. */
export class LiveCharts {
  private readonly kept = new Map<string, LiveChart>();

  /** `run` is the run of the operation, `source` the path of the list, `key` that of the chart by its present columns. */
  settle(run: number, source: string, key: string, table: Table): LiveChart {
    const place = `${run}\n${source}`;
    const known = this.kept.get(place);
    if (known) return known;
    const suggested = source === EVENTS ? suggestLiveChoice(table) : suggestChoice(table);
    const chart = { key, suggested };
    if (suggested && suggested.values.length > 0) this.kept.set(place, chart);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= MAX_KEPT) break;
      this.kept.delete(oldest);
    }
    return chart;
  }
}
