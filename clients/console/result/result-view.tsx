import { pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import { useCallback, useDeferredValue, useLayoutEffect, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import { useParts } from '../app/parts.ts';
import { ChartView } from '../chart/chart-view.tsx';
import { useStore } from '../store.ts';
import { MAX_EVENTS } from './answers.ts';
import { toCsv } from './csv.ts';
import { DataTable, MAX_DRAWN_COLUMNS, MAX_DRAWN_ROWS } from './data-table.tsx';
import { Failures } from './failures.tsx';
import { saveText } from './save.ts';
import { StatusBar } from './status-bar.tsx';
import { EVENTS } from './tables.ts';
import { useTable } from './use-table.ts';
import { ViewHead } from './view-head.tsx';
import type { ReactElement } from 'react';
import type { Answer } from './answers.ts';
import type { TableView } from './use-table.ts';
import type { View } from './view-names.ts';

const MARK_KEY = 'ensemble:byte-order-mark';

/** Everything around GraphiQL's own JSON view: the tabs above it, the table in its place, errors and status below. */
export function ResultView(): ReactElement {
  const { answers, view: viewChoice } = useParts();
  const tab = useStore(answers.activeTab);
  const answer = useStore(answers.byTab).get(tab) ?? null;
  const view = useStore(viewChoice.current);
  const [byteOrderMark, setByteOrderMark] = useState(() => localStorage.getItem(MARK_KEY) === 'on');
  // Hundreds of rows of a busy stream are drawn when idle, so that typing and stopping stay fast.
  const drawn = useDeferredValue(answer);
  const shown = useTable(tab, drawn, view);
  const anchor = useRef<HTMLDivElement>(null);
  const head = useHeadBefore(anchor);

  const { sortBy } = shown;
  const latestSort = useRef(sortBy);
  latestSort.current = sortBy;
  const onSort = useCallback((column: string) => latestSort.current(column), []);

  function mark(next: boolean): void {
    localStorage.setItem(MARK_KEY, next ? 'on' : 'off');
    setByteOrderMark(next);
  }

  function saveCsv(): void {
    const { table, order, source } = shown;
    const rows = order.map((index) => table.rows[index] ?? []);
    saveText(baseName(answer, source?.id), 'csv', toCsv({ columns: table.columns, rows }, { byteOrderMark }));
  }

  /** Saves the rows in table order, nested as answered; in the JSON view the answer as received. */
  function saveJson(): void {
    const { source, order } = shown;
    const rows = order.map((index) => source?.rows[index]?.value ?? null);
    const what = view !== 'json' && source ? rows : answer?.result;
    saveText(baseName(answer, view !== 'json' ? source?.id : undefined), 'json', `${JSON.stringify(what, null, 2)}\n`);
  }

  return (
    <div className="console-result" ref={anchor} data-view={view}>
      {head &&
        createPortal(
          <ViewHead
            show={(next) => viewChoice.show(next)}
            {...{ view, shown, saveCsv, saveJson }}
            canSaveJson={Boolean(answer?.result)}
          />,
          head,
        )}
      {view === 'table' && (
        <div className="console-table-view" id="console-view-table" role="tabpanel" aria-labelledby="console-tab-table">
          <TableBody {...{ answer, shown, onSort, byteOrderMark, mark }} />
        </div>
      )}
      {view === 'chart' && (
        <div className="console-table-view" id="console-view-chart" role="tabpanel" aria-labelledby="console-tab-chart">
          <ChartBody answer={drawn} shown={shown} />
        </div>
      )}
      {!answer && <BeforeAnyAnswer view={view} />}
      <Failures answer={answer} />
      <StatusBar answer={answer} />
    </div>
  );
}

/** A first hint, or the reason why the schema could not be read. */
function BeforeAnyAnswer({ view }: { view: View }): ReactElement | null {
  const { fetchError, isIntrospecting } = useGraphiQL(pick('fetchError', 'isIntrospecting'));
  const { introspect } = useGraphiQLActions();
  if (fetchError) {
    return (
      <section className="console-failures" data-testid="schema-failure" role="alert">
        <p>The schema could not be read, so there are no suggestions and no documentation.</p>
        <button type="button" className="graphiql-button" disabled={isIntrospecting} onClick={() => void introspect()}>
          Try again
        </button>
      </section>
    );
  }
  return view === 'json' ? (
    <p className="console-empty console-first-hint">Run an operation to see its answer here.</p>
  ) : null;
}

interface TableBodyProps {
  readonly answer: Answer | null;
  readonly shown: TableView;
  readonly onSort: (column: string) => void;
  readonly byteOrderMark: boolean;
  readonly mark: (on: boolean) => void;
}

function TableBody({ answer, shown, onSort, byteOrderMark, mark }: TableBodyProps): ReactElement {
  const { source, table, order, sorting } = shown;
  if (!source) return <p className="console-empty">{emptyWords(answer, 'table')}</p>;
  if (order.length === 0) return <p className="console-empty">{source.id} has no rows.</p>;
  if (table.columns.length === 0) return <p className="console-empty">Every row of {source.id} is null.</p>;
  return (
    <>
      <DataTable {...{ table, order, sorting, onSort }} label={source.id} />
      <div className="console-table-foot">
        <span data-testid="row-count">{countWords(answer, shown)}</span>
        <label title="Older versions of Excel read UTF-8 only with a byte order mark">
          <input
            type="checkbox"
            data-testid="csv-bom"
            checked={byteOrderMark}
            onChange={(event) => mark(event.target.checked)}
          />
          CSV for Excel
        </label>
      </div>
    </>
  );
}

function ChartBody({ answer, shown }: { answer: Answer | null; shown: TableView }): ReactElement {
  const { source, table } = shown;
  if (!source) return <p className="console-empty">{emptyWords(answer, 'chart')}</p>;
  if (table.rows.length === 0) return <p className="console-empty">{source.id} has no rows.</p>;
  return (
    <ChartView
      table={table}
      source={source.id}
      operationName={answer?.operationName ?? null}
      liveRun={answer?.live ? answer.run : null}
      partial={partialWords(shown)}
      fileName={baseName(answer, source.id)}
    />
  );
}

function emptyWords(answer: Answer | null, form: 'table' | 'chart'): string {
  if (!answer) return `Run an operation, and its lists are shown here as a ${form}.`;
  if (answer.state === 'running') return 'Waiting for the answer…';
  if (answer.live && answer.state !== 'done') return 'Waiting for the first event…';
  if (answer.state === 'stopped') return 'Stopped before an answer arrived.';
  return answer.result?.errors ? 'The operation failed, so there is nothing to show.' : 'The answer has no data.';
}

function countWords(answer: Answer | null, { source, table, order }: TableView): string {
  const rows = order.length.toLocaleString('en');
  const words = [`${rows} ${order.length === 1 ? 'row' : 'rows'}`];
  if (source?.totalCount && source.totalCount !== String(order.length))
    words[0] += ` of ${Number(source.totalCount).toLocaleString('en')}`;
  else if (source?.hasMore) words.push('further pages exist');
  if (source?.id === EVENTS && answer && answer.eventCount > MAX_EVENTS)
    words.push(`the latest of ${answer.eventCount.toLocaleString('en')} events`);
  if (order.length > MAX_DRAWN_ROWS)
    words.push(`the first ${MAX_DRAWN_ROWS.toLocaleString('en')} are shown, files have all`);
  if (table.columns.length > MAX_DRAWN_COLUMNS)
    words.push(`${MAX_DRAWN_COLUMNS} of ${table.columns.length} columns are shown`);
  return words.join(' · ');
}

/** A note if the chart covers only one page of a list. */
function partialWords({ source, table }: TableView): string {
  const rows = table.rows.length.toLocaleString('en');
  if (source?.totalCount && Number(source.totalCount) > table.rows.length)
    return `drawn from ${rows} of ${Number(source.totalCount).toLocaleString('en')} rows`;
  return source?.hasMore ? `drawn from the first ${rows} rows; further pages exist` : '';
}

function baseName(answer: Answer | null, table: string | undefined): string {
  return [answer?.operationName ?? 'result', table].filter(Boolean).join('-');
}

/** GraphiQL has no slot above its JSON view, so the tabs get an element in front of it. */
function useHeadBefore(anchor: React.RefObject<HTMLDivElement | null>): HTMLElement | null {
  const [head, setHead] = useState<HTMLElement | null>(null);
  useLayoutEffect(() => {
    const pane = anchor.current?.closest('.graphiql-response');
    if (!pane) return undefined;
    const element = document.createElement('div');
    element.className = 'console-view-head';
    pane.prepend(element);
    pane.querySelector('.result-window')?.setAttribute('id', 'console-view-json');
    setHead(element);
    return () => element.remove();
  }, [anchor]);
  return head;
}
