import type { Contestant } from './gateways.ts';
import type { Cell, Cells } from './measure.ts';

/** The geometric mean of ratios; NaN of none. */
export function geometricMean(ratios: readonly number[]): number {
  return Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
}

/** The geometric mean, over the operations that both answer, of one gateway's figure divided by another's. */
export function ratioOf(cells: Cells, key: keyof Cell, one: string, other: string): number {
  return geometricMean(
    [...cells.values()].flatMap((byGateway) => {
      const [a, b] = [byGateway.get(one), byGateway.get(other)];
      return a && b ? [a[key] / b[key]] : [];
    }),
  );
}

type Named = Pick<Contestant, 'key' | 'title'>;

interface Column {
  title: string;
  key: keyof Cell;
  format: (value: number) => string;
}

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
const tenths = (value: number): string => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);

const columns: readonly Column[] = [
  { title: 'requests/s', key: 'rate', format: whole },
  { title: 'p50 ms', key: 'p50', format: tenths },
  { title: 'p99 ms', key: 'p99', format: tenths },
  { title: 'CPU µs/request', key: 'cpu', format: whole },
  { title: 'core used %', key: 'busy', format: (value) => whole(value * 100) },
  { title: 'subgraph calls', key: 'calls', format: (value) => value.toFixed(1) },
];

/** All cells of a mode: a block of rows per figure, with an operation per row and a gateway per column. */
export function tableOf(cells: Cells, contestants: readonly Named[]): string {
  const [ours, ...others] = contestants;
  if (!ours) return '';
  return columns
    .map(({ title, key, format }) => {
      const withRatio = key === 'rate' || key === 'p99' || key === 'cpu';
      const head = [
        title,
        ...contestants.map((each) => each.title),
        ...(withRatio ? others.map((each) => `${ours.title} / ${each.title}`) : []),
      ];
      const rows = [...cells].map(([name, byGateway]) => {
        const value = (contestant: Named): number => byGateway.get(contestant.key)?.[key] ?? Number.NaN;
        return [
          name,
          ...contestants.map((each) => (Number.isNaN(value(each)) ? '–' : format(value(each)))),
          ...(withRatio ? others.map((each) => (value(ours) / value(each)).toFixed(2)) : []),
        ];
      });
      const mean = [
        'geometric mean',
        ...contestants.map(() => ''),
        ...others.map((each) => ratioOf(cells, key, ours.key, each.key).toFixed(2)),
      ];
      return aligned([head, ...rows, ...(withRatio ? [mean] : [])]);
    })
    .join('\n\n');
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, n) => Math.max(...rows.map((row) => row[n]?.length ?? 0))) ?? [];
  return rows
    .map((row) => row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))))
    .map((row) => row.join('  ').trimEnd())
    .join('\n');
}
