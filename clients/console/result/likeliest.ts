import { isSeries } from '../chart/choice.ts';
import { flatten } from './flatten.ts';
import { EVENTS } from './tables.ts';
import type { TableSource } from './tables.ts';
import type { View } from './view-names.ts';

/** Rows of a list that are inspected. */
const SAMPLE = 200;

/**
 * The list of an answer to show by default: the first; for a chart the first that has numbers over time, if there is one, because a
 * list that only contains another shows nothing as a chart.
 */
export function likeliest(sources: readonly TableSource[], view: View): TableSource | null {
  const [first = null] = sources;
  if (view !== 'chart' || sources.length < 2 || first?.id === EVENTS) return first;
  return sources.find(({ rows }) => isSeries(flatten(rows.slice(0, SAMPLE)))) ?? first;
}
