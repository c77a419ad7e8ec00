import { KINDS, TOPS } from './choice.ts';
import { MAX_SERIES, ROWS } from './data.ts';
import { useId, useState } from 'react';
import type { ReactElement, ReactNode } from 'react';
import type { Table } from '../result/flatten.ts';
import type { ChartChoice } from './choice.ts';
import type { ChartData } from './data.ts';

interface ChartControlsProps {
  readonly table: Table;
  readonly choice: ChartChoice;
  readonly data: ChartData;
  readonly change: (choice: ChartChoice) => void;
  /** Returns to the table's suggestion; null if nothing was chosen. */
  readonly reset: (() => void) | null;
  readonly save: (kind: 'svg' | 'png') => void;
}

const KIND_WORDS = { bar: 'Bars', line: 'Lines', area: 'Areas' } as const;

/** Chooses the columns and form of the chart, and saves it. */
export function ChartControls({ table, choice, data, change, reset, save }: ChartControlsProps): ReactElement {
  const keys = table.columns.map(({ key }) => key);
  const numbers = table.columns.filter(({ numeric }) => numeric).map(({ key }) => key);
  const several = choice.values.length > 1;
  // On a phone only: elsewhere the options are always visible.
  const [open, setOpen] = useState(false);
  const id = useId();
  const set = (part: Partial<ChartChoice>): void => change({ ...choice, ...part });
  return (
    <div className="console-chart-controls" role="group" aria-label="Chart options" id={id} data-open={open}>
      <button
        type="button"
        className="console-chart-options"
        data-testid="chart-options"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        Options {open ? '▴' : '▾'}
      </button>
      <Field label="Chart">
        <select
          className="console-input"
          data-testid="chart-kind"
          value={choice.kind}
          onChange={(event) => set({ kind: KINDS.find((kind) => kind === event.target.value) ?? 'bar' })}
        >
          {KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {KIND_WORDS[kind]}
            </option>
          ))}
        </select>
      </Field>
      {numbers.length > 1 ? (
        <details className="console-chart-values">
          <summary data-testid="chart-values">
            <span className="console-chart-field-name">of</span>
            <span className="console-input">{choice.values.join(', ') || ROWS}</span>
          </summary>
          <fieldset>
            <legend className="console-hidden">Columns to draw</legend>
            {numbers.map((key) => (
              <label key={key}>
                <input
                  type="checkbox"
                  checked={choice.values.includes(key)}
                  disabled={choice.values.length >= MAX_SERIES && !choice.values.includes(key)}
                  onChange={(event) =>
                    set({
                      values: numbers.filter((one) =>
                        one === key ? event.target.checked : choice.values.includes(one),
                      ),
                    })
                  }
                />
                {key}
              </label>
            ))}
            <p className="console-hint">With none, rows are counted.</p>
          </fieldset>
        </details>
      ) : (
        <Field label="of">
          <select
            className="console-input"
            data-testid="chart-value"
            value={choice.values[0] ?? ''}
            onChange={(event) => set({ values: event.target.value ? [event.target.value] : [] })}
          >
            {numbers.map((key) => (
              <option key={key}>{key}</option>
            ))}
            <option value="">{ROWS}</option>
          </select>
        </Field>
      )}
      <Field label="by">
        <select
          className="console-input"
          data-testid="chart-label"
          value={choice.label}
          onChange={(event) =>
            set({ label: event.target.value, split: choice.split === event.target.value ? null : choice.split })
          }
        >
          {keys.map((key) => (
            <option key={key}>{key}</option>
          ))}
        </select>
      </Field>
      {!several && keys.length > 1 && (
        <Field label="and">
          <select
            className="console-input"
            data-testid="chart-split"
            value={choice.split ?? ''}
            onChange={(event) => set({ split: event.target.value || null })}
          >
            <option value="">nothing</option>
            {keys
              .filter((key) => key !== choice.label && !choice.values.includes(key))
              .map((key) => (
                <option key={key}>{key}</option>
              ))}
          </select>
        </Field>
      )}
      <Field label="top">
        <select
          className="console-input"
          data-testid="chart-top"
          value={choice.top}
          title={
            data.time ? `The largest series, ${MAX_SERIES} at most` : 'The largest labels; the others are left out'
          }
          onChange={(event) => set({ top: Number(event.target.value) })}
        >
          {TOPS.map((top) => (
            <option key={top}>{top}</option>
          ))}
        </select>
      </Field>
      {data.series.length > 1 && choice.kind === 'bar' && !data.apart && (
        <Field label="series">
          <select
            className="console-input"
            data-testid="chart-arrange"
            value={choice.arrange}
            onChange={(event) => set({ arrange: event.target.value === 'beside' ? 'beside' : 'stacked' })}
          >
            <option value="stacked">stacked</option>
            <option value="beside">side by side</option>
          </select>
        </Field>
      )}
      <span className="console-chart-saves">
        {reset && (
          <button type="button" data-testid="chart-reset" title="Return to the suggested chart" onClick={reset}>
            Reset
          </button>
        )}
        {(['svg', 'png'] as const).map((kind) => (
          <button
            key={kind}
            type="button"
            data-testid={`save-${kind}`}
            title={`Save the chart as ${kind.toUpperCase()}`}
            disabled={data.points.length === 0}
            onClick={() => save(kind)}
          >
            {kind.toUpperCase()}
          </button>
        ))}
      </span>
    </div>
  );
}

function Field({ label, children }: { label: string; children: ReactNode }): ReactElement {
  return (
    <label className="console-chart-field">
      <span className="console-chart-field-name">{label}</span>
      {children}
    </label>
  );
}
