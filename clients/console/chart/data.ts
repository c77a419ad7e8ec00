import { cellText } from '../result/flatten.ts';
import { addDecimals } from './decimal.ts';
import { bucketName, bucketWidth, momentOf } from './time.ts';
import { isTimeColumn } from './choice.ts';
import { grouped } from './grouped.ts';
import type { Cell } from '../result/cell.ts';
import type { Table } from '../result/flatten.ts';
import type { ChartChoice } from './choice.ts';

/** One figure: a label of the axis, a series, and the value there. */
export interface Point {
  readonly label: string;
  /** On a time axis: the start of the bucket, milliseconds. */
  readonly at: number;
  readonly series: string;
  /** The exact figure. */
  readonly text: string;
  /** The same as a number, for its position. */
  readonly value: number;
}

export interface ChartData {
  readonly time: boolean;
  /** Width of a bucket on a time axis, milliseconds. */
  readonly width: number;
  /** In the order of the axis. */
  readonly labels: readonly string[];
  /** In the order of the legend. A single series has the name of the column. */
  readonly series: readonly string[];
  /** By label, then by series. */
  readonly points: readonly Point[];
  /** Describes the figures: `count by classification`. */
  readonly title: string;
  /** Differences between the chart and the table. */
  readonly notes: readonly string[];
  /** Whether the series must not be stacked, because they are of several currencies. */
  readonly apart: boolean;
}

/** Series that can be distinguished by colour; with more the rest is merged. */
export const MAX_SERIES = 7;
/** The names for missing values and for merged series. */
export const NONE = '(none)';
export const OTHERS = 'All others';
/** The name of the figures if rows are counted. */
export const ROWS = 'rows';

/** The figures of an amount of money, which mean nothing without its currency. */
const MONEY = /(^|\.)(amount|minor)$/;

interface Sums {
  readonly byLabel: Map<string, { at: number; bySeries: Map<string, string> }>;
  readonly seriesTotals: Map<string, number>;
  readonly rowsWithoutTime: number;
  readonly rowsWithoutValue: number;
  readonly added: number;
}

/**
 * The figures of a chart: rows with the same label and series are added up, exactly; the largest series are kept and the others
 * merged. Amounts of different currencies are never added: each currency is a separate series.
 */
export function chartData(table: Table, choice: ChartChoice): ChartData {
  const time = isTimeColumn(table, choice.label);
  const currencies = choice.values.map((key) => currencyOf(table, key));
  const apart = currencies.some((index) => index >= 0);
  const sums = sumUp(table, choice, time, currencies);
  const notes: string[] = [];
  if (sums.rowsWithoutTime > 0) notes.push(`${rowWords(sums.rowsWithoutTime)} without ${choice.label} cannot be drawn`);
  if (sums.rowsWithoutValue > 0) notes.push(`${rowWords(sums.rowsWithoutValue)} without a figure left out`);
  if (sums.added > 0 && choice.values.length > 0)
    notes.push(`${rowWords(sums.added)} added to others of the same label`);
  if (apart) notes.push('currencies are drawn separately and never added');

  const series = keptSeries(sums, choice, time, notes);
  const labels = keptLabels(sums, choice, time, notes);
  const width = time ? bucketWidth([...sums.byLabel.values()].map(({ at }) => at)) : 0;
  const named = (label: string): string => (time ? bucketName(sums.byLabel.get(label)?.at ?? 0, width) : label);
  const names = new Map(labels.map((label) => [label, named(label)]));
  const points = gather(sums, names, series);
  const drawn = { labels: new Set(points.map(({ label }) => label)), series: new Set(points.map((one) => one.series)) };
  return {
    time,
    width,
    labels: [...drawn.labels],
    series: [...new Set([...series, OTHERS])].filter((name) => drawn.series.has(name)),
    points,
    title: titleOf(choice),
    notes,
    apart,
  };
}

function sumUp(table: Table, choice: ChartChoice, time: boolean, currencies: readonly number[]): Sums {
  const index = new Map(table.columns.map((column, position) => [column.key, position]));
  const labelAt = index.get(choice.label) ?? -1;
  const several = choice.values.length > 1;
  const splitAt = several || choice.split === null ? -1 : (index.get(choice.split) ?? -1);
  const byLabel: Sums['byLabel'] = new Map();
  const seriesTotals = new Map<string, number>();
  let rowsWithoutTime = 0;
  let rowsWithoutValue = 0;
  let added = 0;
  for (const row of table.rows) {
    const cell = row[labelAt];
    if (time && momentOf(cell) === null) {
      rowsWithoutTime += 1;
      continue;
    }
    const label = nameOf(cell);
    const held = byLabel.get(label) ?? { at: time ? (momentOf(cell) ?? 0) : 0, bySeries: new Map<string, string>() };
    let empty = true;
    let again = false;
    for (const [position, key] of (choice.values.length > 0 ? choice.values : [ROWS]).entries()) {
      const figure = choice.values.length > 0 ? row[index.get(key) ?? -1] : 1;
      if (figure === null || figure === undefined) continue;
      empty = false;
      const name = splitAt >= 0 ? nameOf(row[splitAt]) : key;
      const currency = currencies[position] ?? -1;
      const series = currency >= 0 ? `${name} (${nameOf(row[currency])})` : name;
      const before = held.bySeries.get(series);
      again ||= before !== undefined;
      held.bySeries.set(series, before === undefined ? cellText(figure) : addDecimals(before, cellText(figure)));
      seriesTotals.set(series, (seriesTotals.get(series) ?? 0) + Number(figure));
    }
    if (empty) rowsWithoutValue += 1;
    else byLabel.set(label, held);
    if (again) added += 1;
  }
  return { byLabel, seriesTotals, rowsWithoutTime, rowsWithoutValue, added };
}

/** The currency column of an amount of money, if more than one currency occurs; else -1. */
function currencyOf(table: Table, key: string): number {
  const dot = key.lastIndexOf('.');
  const wanted = dot < 0 ? 'currency' : `${key.slice(0, dot)}.currency`;
  const index = table.columns.findIndex((column) => column.key === wanted);
  if (index < 0 || !MONEY.test(key)) return -1;
  return new Set(table.rows.map((row) => row[index])).size > 1 ? index : -1;
}

function keptSeries(sums: Sums, choice: ChartChoice, time: boolean, notes: string[]): string[] {
  const all = [...sums.seriesTotals].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  const most = time ? Math.min(choice.top, MAX_SERIES) : MAX_SERIES;
  if (all.length <= most) return choice.values.length > 1 ? choice.values.filter((key) => all.includes(key)) : all;
  notes.push(`${all.length - most} more series are merged as ${OTHERS}`);
  return all.slice(0, most);
}

function keptLabels(sums: Sums, choice: ChartChoice, time: boolean, notes: string[]): string[] {
  const all = [...sums.byLabel];
  if (time) return all.sort((a, b) => a[1].at - b[1].at).map(([label]) => label);
  const sorted = all.map(([label, { bySeries }]) => [label, totalOf(bySeries)] as const).sort((a, b) => b[1] - a[1]);
  const left = sorted.slice(choice.top).map(([label]) => label);
  if (left.length > 0) notes.push(leftWords(sums, choice, left));
  return sorted.slice(0, choice.top).map(([label]) => label);
}

/** A note about smaller labels, with their sum, which are not drawn: merged they would dwarf the largest. */
function leftWords(sums: Sums, choice: ChartChoice, left: readonly string[]): string {
  const words = `${left.length.toLocaleString('en')} smaller ${left.length === 1 ? 'one is' : 'ones are'} not drawn`;
  if (choice.values.length > 1 || choice.values.some((key) => MONEY.test(key))) return words;
  const add = (labels: Iterable<string>): string =>
    [...labels].flatMap((label) => [...(sums.byLabel.get(label)?.bySeries.values() ?? [])]).reduce(addDecimals, '0');
  return `${words}: ${grouped(add(left))} of ${grouped(add(sums.byLabel.keys()))}`;
}

/** The points in order; series that were not kept are merged under one name. */
function gather(sums: Sums, names: ReadonlyMap<string, string>, series: readonly string[]): Point[] {
  const kept = new Map<string, { at: number; bySeries: Map<string, string> }>();
  for (const [label, name] of names) {
    const { at, bySeries } = sums.byLabel.get(label) ?? { at: 0, bySeries: new Map<string, string>() };
    const held = kept.get(name) ?? { at, bySeries: new Map<string, string>() };
    kept.set(name, held);
    for (const [from, text] of bySeries) {
      const to = series.includes(from) ? from : OTHERS;
      const before = held.bySeries.get(to);
      held.bySeries.set(to, before === undefined ? text : addDecimals(before, text));
    }
  }
  return [...kept].flatMap(([label, { at, bySeries }]) =>
    [...new Set([...series, OTHERS])].flatMap((name) => {
      const text = bySeries.get(name);
      return text === undefined ? [] : [{ label, at, series: name, text, value: Number(text) } satisfies Point];
    }),
  );
}

function totalOf(bySeries: ReadonlyMap<string, string>): number {
  let total = 0;
  for (const text of bySeries.values()) total += Number(text);
  return total;
}

function titleOf({ values, label, split }: ChartChoice): string {
  const what = values.length > 0 ? values.join(', ') : ROWS;
  return [`${what} by ${label}`, values.length < 2 && split].filter(Boolean).join(' and ');
}

function nameOf(cell: Cell): string {
  return cellText(cell) || NONE;
}

function rowWords(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'row' : 'rows'}`;
}
