import { isInstants, isTime, isYear, isYears } from './time.ts';
import { bestSeries, KEY } from './series.ts';
import type { Column, Table } from '../result/flatten.ts';

export const KINDS = ['bar', 'line', 'area'] as const;
export type ChartKind = (typeof KINDS)[number];
/** Choices for the number of labels, or of series over time, that are drawn separately. */
export const TOPS = [5, 10, 20, 50] as const;

/** The content and form of a chart. */
export interface ChartChoice {
  readonly kind: ChartKind;
  /** The column along the axis. */
  readonly label: string;
  /** Numeric columns; if empty, rows are counted. */
  readonly values: readonly string[];
  /** A column whose values become series. Unused if several numeric columns are series already. */
  readonly split: string | null;
  /** Number of labels, or of series over time, to draw: the largest ones. */
  readonly top: number;
  readonly arrange: 'stacked' | 'beside';
}

/** Buckets beyond which bars get thin, and a line or area reads better. */
const MANY_BUCKETS = 60;
/** Times of an event, the best one for an axis first: its content may have others, such as the end of an auction. */
const EVENT_TIMES = ['occurredAt', 'receivedAt'];
/** Rows inspected to determine a column's content. */
const SAMPLE = 5_000;

interface Sampled {
  readonly key: string;
  readonly numeric: boolean;
  readonly time: boolean;
  /** Times of single events, not starts of buckets. */
  readonly instants: boolean;
  readonly distinct: number;
}

/** The most likely chart of a table; null if it has nothing to draw. */
export function suggestChoice(table: Table): ChartChoice | null {
  const columns = table.columns.map((column, index) => sampled(table, column, index));
  if (columns.length === 0 || table.rows.length === 0) return null;
  const numbers = columns.filter(isFigure);
  const times = columns.filter((column) => column.time && column.distinct > 1);
  const texts = columns.filter((column) => !column.numeric && !column.time && !KEY.test(column.key));
  const groups = texts.filter((column) => column.distinct > 1);
  const value = numbers.find((column) => /(^|\.)count$/.test(column.key)) ?? numbers[0];
  const base = { top: 10, arrange: 'stacked' } as const;
  if (!value) {
    // A plain list: counts its rows by the column with the fewest distinct values.
    const label = fewest(groups) ?? texts[0] ?? columns[0];
    return label ? { ...base, kind: 'bar', label: label.key, values: [], split: null } : null;
  }
  const [time] = times;
  if (time) {
    // Lines need more than one point each: of equally good series of events, those with the fewest distinct values.
    // An id that never occurs twice is the event's own.
    const repeats = ({ key, distinct }: Sampled): boolean => !KEY.test(key) || distinct < table.rows.length;
    const keys = columns.filter((column) => column.distinct > 1 && repeats(column));
    const split = time.instants
      ? bestSeries(keys, value.key, (a, b) => a.distinct - b.distinct)
      : (groups[0]?.key ?? null);
    return { ...base, kind: kindOverTime(time, split), label: time.key, values: [value.key], split };
  }
  const label = groups[0] ?? texts[0] ?? columns.find((column) => column.key !== value.key) ?? value;
  const split = groups.find((column) => column.key !== label.key)?.key ?? null;
  return { ...base, kind: 'bar', label: label.key, values: [value.key], split };
}

/**
 * The chart of a running subscription's events, by the columns alone: values that have arrived so far say little about the next, and
 * the chart must not change under the reader's eyes.
 */
export function suggestLiveChoice(table: Table): ChartChoice | null {
  const columns = table.columns.map((column, index) => sampled(table, column, index));
  const value = columns.find(isFigure);
  const time = EVENT_TIMES.flatMap((key) => columns.filter((column) => column.key === key && column.time))[0];
  if (!time) return suggestChoice(table);
  const split = value ? bestSeries(columns, value.key) : null;
  return { kind: 'line', label: time.key, values: value ? [value.key] : [], split, top: 10, arrange: 'stacked' };
}

function fewest(columns: readonly Sampled[]): Sampled | undefined {
  return [...columns].sort((a, b) => a.distinct - b.distinct)[0];
}

function isFigure({ key, numeric, time }: Sampled): boolean {
  return numeric && !time && !KEY.test(key);
}

/** Bars and areas stack the series of a bucket; single events share no bucket. */
function kindOverTime(time: Sampled, split: string | null): ChartKind {
  if (time.instants) return 'line';
  if (time.distinct <= MANY_BUCKETS) return 'bar';
  return split === null ? 'line' : 'area';
}

/** Whether a table suits a chart over time: it has times, and numbers that go with them. */
export function isSeries(table: Table): boolean {
  const columns = table.columns.map((column, index) => sampled(table, column, index));
  return columns.some(isFigure) && columns.some(({ time, distinct }) => time && distinct > 1);
}

/** Fits a choice to a table: references to missing columns are replaced by the table's suggestion. */
export function fittingChoice(table: Table, wanted: ChartChoice | null): ChartChoice | null {
  const suggested = suggestChoice(table);
  if (!suggested || !wanted) return suggested;
  const keys = new Set(table.columns.map(({ key }) => key));
  const numeric = new Set(table.columns.filter((column) => column.numeric).map(({ key }) => key));
  if (!keys.has(wanted.label)) return suggested;
  const values = wanted.values.filter((key) => numeric.has(key));
  if (wanted.values.length > 0 && values.length === 0) return { ...suggested, kind: wanted.kind };
  const split = wanted.split !== null && keys.has(wanted.split) && wanted.split !== wanted.label ? wanted.split : null;
  return { ...wanted, values, split };
}

/** Validates a choice from a link or the browser's storage; null if it is invalid. */
export function readChoice(value: unknown): ChartChoice | null {
  if (typeof value !== 'object' || value === null) return null;
  const { kind, label, values, split, top, arrange } = value as Record<string, unknown>;
  const isChoice =
    KINDS.some((known) => known === kind) &&
    typeof label === 'string' &&
    Array.isArray(values) &&
    values.every((key) => typeof key === 'string') &&
    (split === null || typeof split === 'string') &&
    TOPS.some((known) => known === top) &&
    (arrange === 'stacked' || arrange === 'beside');
  return isChoice ? ({ kind, label, values, split, top, arrange } as ChartChoice) : null;
}

/** Whether a column can be a time axis: it contains only times. */
export function isTimeColumn(table: Table, key: string): boolean {
  const index = table.columns.findIndex((column) => column.key === key);
  const column = table.columns[index];
  return column !== undefined && sampled(table, column, index).time;
}

function sampled(table: Table, { key, numeric }: Column, index: number): Sampled {
  const seen = new Set<unknown>();
  const years = isYears(key);
  let time = years || !numeric;
  let filled = false;
  for (const row of table.rows.slice(0, SAMPLE)) {
    const cell = row[index];
    if (cell === null || cell === undefined) continue;
    filled = true;
    seen.add(Array.isArray(cell) ? JSON.stringify(cell) : cell);
    time &&= years ? isYear(cell) : isTime(cell);
  }
  time &&= filled;
  return { key, numeric, time, instants: time && !years && isInstants(seen), distinct: seen.size };
}
