/** One measured figure. With a null `target` it is informative only. */
export interface Bar {
  bar: string;
  value: number;
  unit: string;
  target: number | null;
  met: boolean | null;
}

/** A benchmark for a person to run and read; no test runs it. */
export interface Bench {
  name: string;
  /** One sentence that says what is measured. */
  sentence: string;
  /** Runs the measurement; `say` reports progress. */
  run: (say: (text: string) => void) => Promise<Bar[]>;
}

/** A figure with a maximum. */
export function atMost(bar: string, value: number, unit: string, target: number): Bar {
  return { bar, value: rounded(value), unit, target, met: value <= target };
}

/** A figure with a minimum. */
export function atLeast(bar: string, value: number, unit: string, target: number): Bar {
  return { bar, value: rounded(value), unit, target, met: value >= target };
}

/** An informative figure without a target. */
export function figure(bar: string, value: number, unit: string): Bar {
  return { bar, value: rounded(value), unit, target: null, met: null };
}

function rounded(value: number): number {
  const places = Math.abs(value) < 10 ? 100 : 10;
  return Math.round(value * places) / places;
}

/** The quantile of the values at `share` (nearest rank); NaN if there are none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Monotonic milliseconds, by the same clock in every process of this machine. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** The bars as a table for people. */
export function table(bars: readonly Bar[]): string {
  const rows = bars.map(({ bar, value, unit, target, met }) => [
    bar,
    value.toLocaleString('en-US', { minimumFractionDigits: 1 }),
    unit,
    target === null ? '' : `at ${met === value <= target ? 'most' : 'least'} ${rounded(target)}`,
    met === null ? '' : met ? 'met' : 'MISSED',
  ]);
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => row.map((cell, n) => (n === 1 ? cell.padStart(widths[n] ?? 0) : cell.padEnd(widths[n] ?? 0))))
    .map((row) => row.join('  ').trimEnd())
    .join('\n');
}
