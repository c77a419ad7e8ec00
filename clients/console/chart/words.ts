import type { ChartChoice } from './choice.ts';
import type { ChartData, Point } from './data.ts';
import { grouped } from './grouped.ts';

/** One figure in words, for the line below the chart and for screen readers. */
export function pointWords(point: Point, data: ChartData): string {
  const series = data.series.length > 1 ? `, ${point.series}` : '';
  return `${point.label}${series}: ${grouped(point.text)}`;
}

/** The chart in one sentence, for screen readers: its kind, its size and its largest figure. */
export function describe(data: ChartData, choice: ChartChoice): string {
  const [first] = data.points;
  if (!first) return `An empty chart of ${data.title}.`;
  const greatest = data.points.reduce((most, point) => (point.value > most.value ? point : most), first);
  const kind = { bar: 'Bar', line: 'Line', area: 'Area' }[choice.kind];
  const parts = [
    `${kind} chart of ${data.title}`,
    `${data.labels.length} ${data.time ? 'buckets' : 'labels'}${data.series.length > 1 ? ` in ${data.series.length} series` : ''}`,
    `the largest is ${pointWords(greatest, data)}`,
  ];
  return `${parts.join('; ')}. The arrow keys read each figure; the table beside it has them all.`;
}
