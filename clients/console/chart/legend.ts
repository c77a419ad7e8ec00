import { DASHES } from './palette.ts';
import { element } from './svg.ts';
import { fitted, SIZE, widthOf } from './text.ts';
import type { ChartChoice } from './choice.ts';
import type { ChartData } from './data.ts';
import type { Palette } from './palette.ts';

/** Pixels of a series' name; the figures beside the chart have it in full. */
const WIDEST = 240;

/** The names of the series with their colours and dashes, in as many rows as they need. */
export function legendOf(
  data: ChartData,
  choice: ChartChoice,
  width: number,
  palette: Palette,
  colours: ReadonlyMap<string, string>,
): { group: SVGElement; height: number } {
  const group = element('g', { 'font-size': SIZE });
  let x = 12;
  let y = 8;
  for (const [index, name] of data.series.entries()) {
    const label = fitted(name, Math.min(WIDEST, width - 50));
    const space = 26 + widthOf(label) + 12;
    if (x > 12 && x + space > width) {
      x = 12;
      y += 20;
    }
    const colour = colours.get(name) ?? palette.text;
    group.append(
      choice.kind === 'line'
        ? element('line', {
            x1: x,
            x2: x + 20,
            y1: y + 6,
            y2: y + 6,
            stroke: colour,
            'stroke-width': 2.5,
            'stroke-dasharray': DASHES[index] ?? '',
          })
        : element('rect', { x, y, width: 14, height: 12, rx: 2, fill: colour }),
    );
    const text = element('text', { x: x + (choice.kind === 'line' ? 26 : 20), y: y + 10 });
    text.textContent = label;
    group.append(text);
    x += space;
  }
  return { group, height: y + 22 };
}
