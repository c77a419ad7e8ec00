import { pick, useGraphiQL } from '@graphiql/react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useParts } from '../app/parts.ts';
import { saveBlob, saveText } from '../result/save.ts';
import { useStore } from '../store.ts';
import { ChartControls } from './chart-controls.tsx';
import { fittingChoice } from './choice.ts';
import { chartKey } from './choices.ts';
import { chartData } from './data.ts';
import { ChartFigures } from './chart-figures.tsx';
import { describe, pointWords } from './words.ts';
import type { KeyboardEvent, ReactElement } from 'react';
import type { Table } from '../result/flatten.ts';
import type { ChartChoice } from './choice.ts';
import type { ChartData } from './data.ts';
import type { Drawing } from './draw.ts';

interface ChartViewProps {
  readonly table: Table;
  /** The path of the list in the answer. */
  readonly source: string;
  readonly operationName: string | null;
  /** The run of a subscription, whose chart stays as its first event made it; null for other operations. */
  readonly liveRun: number | null;
  /** A note about missing rows of the list; empty if it is complete. */
  readonly partial: string;
  /** For files, without an extension. */
  readonly fileName: string;
}

/** Pixels of a narrow panel, as in style.css: the panel scrolls, and the drawing has its own height. */
const NARROW = 360;
const NARROW_HEIGHT = 240;

/** A list as a chart, with its figures beside it for readers who cannot see the drawing. */
export function ChartView({ table, source, operationName, liveRun, partial, fileName }: ChartViewProps): ReactElement {
  const { charts, shownChart } = useParts();
  const ownKey = chartKey(operationName, source, table);
  const live = liveRun === null ? null : charts.live.settle(liveRun, source, ownKey, table);
  const key = live?.key ?? ownKey;
  const remembered = useStore(charts.known).get(key) ?? null;
  const suggested = live?.suggested ?? null;
  const choice = useMemo(() => fittingChoice(table, remembered ?? suggested), [table, remembered, suggested]);
  const data = useMemo(() => (choice ? chartData(table, choice) : null), [table, choice]);
  const [failure, setFailure] = useState('');
  useEffect(() => {
    shownChart.set(choice ? { key, choice } : null);
    return () => shownChart.set(null);
  }, [shownChart, key, choice]);
  if (!choice || !data) return <p className="console-empty">{source} has nothing to draw.</p>;

  const notes = [partial, ...data.notes].filter(Boolean);

  async function save(kind: 'svg' | 'png'): Promise<void> {
    if (!choice || !data) return;
    try {
      const { pngBlob, svgText } = await import('./picture.ts');
      const text = svgText(data, choice, [operationName, data.title].filter(Boolean).join(' · '));
      if (kind === 'svg') saveText(`${fileName}-chart`, 'svg', text);
      else saveBlob(`${fileName}-chart`, 'png', await pngBlob(text));
      setFailure('');
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
    }
  }

  return (
    <div className="console-chart" data-testid="chart">
      <ChartControls
        table={table}
        choice={choice}
        data={data}
        change={(next) => charts.remember(key, next)}
        reset={remembered ? () => charts.forget(key) : null}
        save={(kind) => void save(kind)}
      />
      {failure && (
        <p className="console-field-error" role="alert">
          The picture could not be saved: {failure}
        </p>
      )}
      <div className="console-chart-body">
        {data.points.length > 0 ? (
          <ChartCanvas data={data} choice={choice} />
        ) : (
          <p className="console-empty" data-testid="chart-empty">
            There is nothing to draw: no row has both {choice.label} and {choice.values.join(', ') || 'a figure'}.
          </p>
        )}
        <ChartFigures data={data} label={choice.label} />
      </div>
      {notes.length > 0 && (
        <p className="console-chart-notes console-hint" data-testid="chart-notes">
          {notes.join(' · ')}
        </p>
      )}
    </div>
  );
}

/** The drawing. One stop for the tab key; the arrow keys move from figure to figure and announce each. */
function ChartCanvas({ data, choice }: { data: ChartData; choice: ChartChoice }): ReactElement {
  const place = useRef<HTMLDivElement>(null);
  const drawing = useRef<Drawing | null>(null);
  const [size, setSize] = useState({ width: 0, height: 0, narrow: false });
  const [at, setAt] = useState<number | null>(null);
  const [failure, setFailure] = useState('');
  const theme = useDark() ? 'dark' : 'light';

  useEffect(() => {
    const element = place.current?.parentElement;
    if (!element) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      const box = entry?.contentRect;
      if (!box) return;
      const narrow = box.width <= NARROW;
      setSize({ width: Math.floor(box.width), height: narrow ? NARROW_HEIGHT : Math.floor(box.height), narrow });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    if (size.width < 80) return undefined;
    let outdated = false;
    // Drawing is a fifth of the console's code, and most pages never draw: it is loaded with the first chart.
    import('./draw.ts').then(
      ({ draw }) => {
        if (outdated || !place.current) return;
        drawing.current = draw(data, choice, { ...size, height: Math.max(size.height, 220), theme });
        drawing.current.svg.setAttribute('aria-hidden', 'true');
        place.current.replaceChildren(drawing.current.svg);
        setFailure('');
      },
      () => setFailure('The chart could not be loaded. The figures are in the table.'),
    );
    return () => {
      outdated = true;
    };
  }, [data, choice, size, theme]);

  useEffect(() => setAt(null), [data]);

  function point(next: number | null): void {
    for (const mark of drawing.current?.svg.querySelectorAll('[data-current]') ?? [])
      mark.removeAttribute('data-current');
    if (next !== null) {
      const mark = drawing.current?.marks.get(next);
      mark?.setAttribute('data-current', 'true');
      mark?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    }
    setAt(next);
  }

  function onKeyDown(event: KeyboardEvent): void {
    const last = data.points.length - 1;
    const steps: Record<string, number> = {
      ArrowRight: Math.min((at ?? -1) + 1, last),
      ArrowDown: Math.min((at ?? -1) + 1, last),
      ArrowLeft: Math.max((at ?? 1) - 1, 0),
      ArrowUp: Math.max((at ?? 1) - 1, 0),
      Home: 0,
      End: last,
    };
    const next = steps[event.key];
    if (next === undefined) return;
    event.preventDefault();
    point(next);
  }

  const current = at === null ? null : data.points[at];
  return (
    <figure className="console-chart-figure">
      <div className="console-chart-scroll">
        <div
          ref={place}
          className="console-chart-canvas"
          data-testid="chart-canvas"
          role="img"
          aria-roledescription="chart"
          aria-label={describe(data, choice)}
          tabIndex={0}
          onKeyDown={onKeyDown}
          onBlur={() => point(null)}
          onPointerOver={(event) => {
            const mark = [...(drawing.current?.marks ?? [])].find(([, element]) => element === event.target);
            if (mark) setAt(mark[0]);
          }}
        />
      </div>
      <figcaption>
        <span className="console-chart-title">{data.title}</span>
        <span role="status" data-testid="chart-point">
          {failure || (current ? pointWords(current, data) : '')}
        </span>
      </figcaption>
    </figure>
  );
}

/** Whether the page is dark, by its own or the system's theme. */
function useDark(): boolean {
  const { theme } = useGraphiQL(pick('theme'));
  const query = useMemo(() => window.matchMedia('(prefers-color-scheme: dark)'), []);
  const [system, setSystem] = useState(query.matches);
  useEffect(() => {
    const follow = (): void => setSystem(query.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, [query]);
  return theme === null ? system : theme === 'dark';
}
