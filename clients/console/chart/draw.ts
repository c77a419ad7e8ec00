import * as Plot from '@observablehq/plot';
import { OTHERS } from './data.ts';
import { grouped } from './grouped.ts';
import { legendOf } from './legend.ts';
import { DASHES, PALETTES } from './palette.ts';
import { element } from './svg.ts';
import { fitted, FONT, SIZE, widthOf } from './text.ts';
import type { ChartChoice } from './choice.ts';
import type { ChartData, Point } from './data.ts';
import type { Palette } from './palette.ts';

export interface Paper {
  /** Pixels. */
  readonly width: number;
  /** Minimum height in pixels; bars of many labels need more. */
  readonly height: number;
  readonly theme: 'light' | 'dark';
  /** On a phone the legend is below the drawing, which would otherwise be out of sight. */
  readonly narrow?: boolean;
  /** Above the chart; a chart in the page has its title outside. */
  readonly heading?: string;
}

export interface Drawing {
  readonly svg: SVGSVGElement;
  /** The mark of each point, by the point's index. */
  readonly marks: ReadonlyMap<number, SVGElement>;
}

/** Pixels of one bar with its gap: below the minimum its label does not fit, above the maximum it looks like a wall. */
const THINNEST_BAR = 22;
const THICKEST_BAR = 36;
/** Minimum height in pixels of axes with content between them. */
const LEAST = 160;
/** The size of the heading's font. */
const HEADING = 15;
/** Margins in pixels of a chart with figures along its left side. */
const LEFT = 52;
const RIGHT = 24;
const POINTS_CLASS = 'chart-points';
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** Draws a chart as a self-contained SVG: without styles of the page, fonts or scripts. */
export function draw(data: ChartData, choice: ChartChoice, paper: Paper): Drawing {
  const palette = PALETTES[paper.theme];
  const colours = new Map(data.series.map((name, index) => [name, colourOf(name, index, palette)]));
  const legend = data.series.length > 1 ? legendOf(data, choice, paper.width, palette, colours) : null;
  const heading = paper.heading ? 30 : 0;
  const above = heading + (paper.narrow ? 0 : (legend?.height ?? 0));
  const plot = plotOf(data, choice, { ...paper, height: Math.max(paper.height - above, LEAST) }, palette, colours);
  const below = above + Number(plot.getAttribute('height'));
  const height = below + (paper.narrow ? (legend?.height ?? 0) : 0);

  const svg = element('svg', {
    xmlns: 'http://www.w3.org/2000/svg',
    width: paper.width,
    height,
    viewBox: `0 0 ${paper.width} ${height}`,
    'font-family': FONT,
    'font-size': SIZE,
    fill: palette.text,
    color: palette.text,
  });
  svg.append(element('rect', { width: paper.width, height, fill: palette.background }));
  if (paper.heading) {
    const title = element('text', { x: 12, y: 21, 'font-size': HEADING, 'font-weight': 600 });
    title.textContent = fitted(paper.heading, ((paper.width - 24) * SIZE) / HEADING);
    svg.append(title);
  }
  if (legend) {
    legend.group.setAttribute('transform', `translate(0, ${paper.narrow ? below : heading})`);
    svg.append(legend.group);
  }
  plot.setAttribute('y', String(above));
  svg.append(plot);
  return { svg, marks: marksOf(plot) };
}

function plotOf(
  data: ChartData,
  choice: ChartChoice,
  paper: Paper,
  palette: Palette,
  colours: ReadonlyMap<string, string>,
): Element {
  const sideways = !data.time && choice.kind === 'bar';
  const common = {
    width: paper.width,
    marginRight: RIGHT,
    style: {
      background: 'transparent',
      color: palette.text,
      fontFamily: FONT,
      fontSize: `${SIZE}px`,
      overflow: 'visible',
    },
    color: { domain: [...colours.keys()], range: [...colours.values()] },
  };
  const figures = { label: null, nice: true, tickFormat: (value: number) => compact.format(value) };
  if (sideways) return sidewaysBars(data, choice, paper, palette, common, figures);
  const rotate = !data.time && data.labels.length > 6 ? -35 : 0;
  const room = Math.max(60, Math.floor(paper.height * 0.35));
  // Labels side by side keep a gap of eight pixels.
  const widest = rotate ? room / 0.6 : (paper.width - LEFT - RIGHT) / data.labels.length - 8;
  return Plot.plot({
    ...common,
    height: paper.height,
    marginLeft: LEFT,
    marginTop: 16,
    marginBottom: rotate ? room : 32,
    x: data.time
      ? { type: 'utc', label: null }
      : {
          type: 'point',
          domain: [...data.labels],
          label: null,
          tickRotate: rotate,
          tickFormat: (label: string) => fitted(label, widest),
        },
    y: figures,
    marks: [
      Plot.gridY({ stroke: palette.quiet, strokeOpacity: 1 }),
      ...(choice.kind === 'bar' ? timeBars(data, choice, palette) : lines(data, choice, palette, colours)),
      Plot.ruleY([0], { stroke: palette.text }),
    ],
  });
}

function sidewaysBars(
  data: ChartData,
  choice: ChartChoice,
  paper: Paper,
  palette: Palette,
  common: Plot.PlotOptions,
  figures: Plot.ScaleOptions,
): Element {
  const beside = data.series.length > 1 && (choice.arrange === 'beside' || data.apart);
  const room = Math.min(Math.max(...data.labels.map(widthOf)) + 24, paper.width * 0.4);
  const tickFormat = (label: string): string => fitted(label, room - 20);
  const bar = Math.min(THICKEST_BAR, Math.max(THINNEST_BAR, (paper.height - 44) / data.labels.length));
  const bars = data.labels.length * (beside ? Math.max(bar, data.series.length * 14 + 8) : bar);
  const single = data.series.length === 1;
  const ticks = Math.max(2, Math.floor((paper.width - room) / 90));
  const places = beside ? { fy: 'label', y: 'series' } : { y: 'label' };
  return Plot.plot({
    ...common,
    height: bars + 44,
    marginLeft: room,
    marginTop: 4,
    marginBottom: 32,
    // Room for the figure at the end of the longest bar.
    marginRight: single ? 64 : 24,
    x: figures,
    y: beside
      ? { domain: [...data.series], axis: null, padding: 0.1 }
      : { domain: [...data.labels], label: null, tickFormat, tickSize: 0, padding: 0.2 },
    ...(beside ? { fy: { domain: [...data.labels], label: null, tickFormat, padding: 0.15 } } : {}),
    marks: [
      Plot.gridX({ ticks, stroke: palette.quiet, strokeOpacity: 1 }),
      Plot.axisX({ ticks, anchor: 'bottom', label: null, tickFormat: figures.tickFormat as never }),
      ...(beside ? [Plot.axisFy({ anchor: 'left', label: null, tickFormat })] : []),
      Plot.barX(data.points, {
        ...places,
        x: 'value',
        fill: 'series',
        title: titleOf,
        className: POINTS_CLASS,
        ...(beside ? {} : { z: 'series', order: [...data.series], insetRight: 0.5 }),
      } as Plot.BarXOptions),
      ...(single
        ? [
            Plot.text(data.points, {
              x: 'value',
              y: 'label',
              text: (point: Point) => grouped(point.text),
              textAnchor: 'start',
              dx: 5,
              fill: palette.text,
            }),
          ]
        : []),
      Plot.ruleX([0], { stroke: palette.text }),
    ],
  });
}

function timeBars(data: ChartData, choice: ChartChoice, palette: Palette): Plot.Markish[] {
  const beside = data.series.length > 1 && (choice.arrange === 'beside' || data.apart);
  if (!data.time) return [];
  if (!beside) {
    return [
      Plot.rectY(data.points, {
        x1: (point: Point) => point.at,
        x2: (point: Point) => point.at + data.width,
        y: 'value',
        z: 'series',
        fill: 'series',
        order: [...data.series],
        insetLeft: 1,
        stroke: palette.background,
        strokeWidth: 0.5,
        title: titleOf,
        className: POINTS_CLASS,
      } as Plot.RectYOptions),
    ];
  }
  const share = (data.width * 0.9) / data.series.length;
  const from = (point: Point): number => point.at + data.width * 0.05 + data.series.indexOf(point.series) * share;
  return [
    Plot.rect(data.points, {
      x1: from,
      x2: (point: Point) => from(point) + share,
      y1: () => 0,
      y2: 'value',
      fill: 'series',
      title: titleOf,
      className: POINTS_CLASS,
    }),
  ];
}

function lines(
  data: ChartData,
  choice: ChartChoice,
  palette: Palette,
  colours: ReadonlyMap<string, string>,
): Plot.Markish[] {
  const x = data.time ? 'at' : 'label';
  const dot = {
    r: data.points.length > 300 ? 1.5 : 3,
    fill: 'series',
    stroke: palette.background,
    title: titleOf,
    className: POINTS_CLASS,
  };
  if (choice.kind === 'area' && !data.apart) {
    const filled = withZeros(data);
    const stack = { x, y: 'value', z: 'series', order: [...data.series] } as const;
    return [
      Plot.areaY(
        filled,
        Plot.stackY({
          ...stack,
          sort: x === 'at' ? 'at' : null,
          fill: 'series',
          fillOpacity: 0.75,
        } as Plot.AreaYOptions),
      ),
      Plot.dot(filled, Plot.stackY({ ...stack, ...dot, y: 'value', y1: undefined } as Plot.DotOptions)),
    ];
  }
  // A missing count is zero; a missing value of other figures is unknown.
  const counts = choice.values.every((key) => /(^|\.)count$/.test(key));
  const points = counts ? withZeros(data) : data.points;
  return [
    ...data.series.map((name, index) =>
      Plot.lineY(
        points.filter((point) => point.series === name),
        {
          x,
          y: 'value',
          sort: x === 'at' ? 'at' : null,
          stroke: colours.get(name) ?? palette.text,
          strokeWidth: 2,
          strokeDasharray: DASHES[index],
        },
      ),
    ),
    Plot.dot(points, { x, y: 'value', ...dot } as Plot.DotOptions),
  ];
}

/** Stacked areas need a value everywhere: where a series has no figure, it is zero. */
function withZeros(data: ChartData): Point[] {
  const known = new Map(data.points.map((point) => [`${point.label}\n${point.series}`, point]));
  const times = new Map(data.points.map((point) => [point.label, point.at]));
  const zeros = data.labels.flatMap((label) =>
    data.series
      .filter((series) => !known.has(`${label}\n${series}`))
      .map((series) => ({ label, at: times.get(label) ?? 0, series, text: '0', value: 0 })),
  );
  // The real figures come first, so that a mark's index is that of its point.
  return [...data.points, ...zeros];
}

function marksOf(plot: Element): Map<number, SVGElement> {
  const marks = new Map<number, SVGElement>();
  for (const mark of plot.querySelectorAll<SVGElement & { __data__?: unknown }>(`.${POINTS_CLASS} > *`)) {
    if (typeof mark.__data__ === 'number') marks.set(mark.__data__, mark);
  }
  return marks;
}

function colourOf(name: string, index: number, palette: Palette): string {
  return name === OTHERS ? palette.others : (palette.series[index] ?? palette.others);
}

function titleOf(point: Point): string {
  return `${point.label}\n${point.series}: ${grouped(point.text)}`;
}
