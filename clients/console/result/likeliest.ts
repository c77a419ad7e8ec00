import { isSeries } from '../chart/choice.ts';
import { flatten } from './flatten.ts';
import { EVENTS } from './tables.ts';
import type { TableSource } from './tables.ts';
import type { View } from './view-names.ts';

/** Rows of a list that are looked at. */
const SAMPLE = 200;

/**
 * Which list of an answer is shown before anybody has picked one: the first; as a chart the first that has numbers over time, if
 * there is one, because a list that only holds another says nothing as a picture.
 */
export function likeliest(sources: readonly TableSource[], view: View): TableSource | null {
  const [first = null] = sources;
  if (view !== 'chart' || sources.length < 2 || first?.id === EVENTS) return first;
  return sources.find(({ rows }) => isSeries(flatten(rows.slice(0, SAMPLE)))) ?? first;
}
