import { useMemo, useState } from 'react';
import { flatten } from './flatten.ts';
import { likeliest } from './likeliest.ts';
import { orderRows } from './order.ts';
import { eventTable, findLists, findTables } from './tables.ts';
import type { Answer } from './answers.ts';
import type { Table } from './flatten.ts';
import type { Sorting } from './order.ts';
import type { TableSource } from './tables.ts';
import type { View } from './view-names.ts';

export interface TableView {
  readonly sources: readonly TableSource[];
  readonly source: TableSource | null;
  readonly table: Table;
  readonly order: readonly number[];
  readonly sorting: Sorting | null;
  pick(id: string): void;
  /** Cycles through ascending, descending and the answer's order. */
  sortBy(column: string): void;
}

const EMPTY: Table = { columns: [], rows: [] };

/** The tables of an answer with the choices of one editor tab: which table, and its sorting. */
export function useTable(tab: string, answer: Answer | null, view: View): TableView {
  // Stored by tab, so that running an operation again, or an event, keeps the choice.
  const [picked, setPicked] = useState<Readonly<Record<string, string>>>({});
  const [sorted, setSorted] = useState<Readonly<Record<string, Sorting | null>>>({});
  const data = answer?.result?.data;
  const events = answer?.live ? answer.events : null;
  const sources = useMemo(() => {
    if (!events) return findTables(data);
    return events.length > 0 ? [eventTable(events), ...findLists(data)] : [];
  }, [data, events]);
  const unpicked = useMemo(() => likeliest(sources, view), [sources, view]);
  const source = sources.find((candidate) => candidate.id === picked[tab]) ?? unpicked;
  const table = useMemo(() => (source ? flatten(source.rows) : EMPTY), [source]);
  const place = `${tab} ${source?.id}`;
  const sorting = sorted[place] ?? null;
  const order = useMemo(() => {
    const column = table.columns.findIndex(({ key }) => key === sorting?.column);
    return column < 0
      ? table.rows.map((_row, index) => index)
      : orderRows(table.rows, column, Boolean(sorting?.descending));
  }, [table, sorting]);
  return {
    sources,
    source,
    table,
    order,
    sorting,
    pick: (id) => setPicked((known) => ({ ...known, [tab]: id })),
    sortBy: (column) => setSorted((known) => ({ ...known, [place]: nextSorting(known[place] ?? null, column) })),
  };
}

function nextSorting(current: Sorting | null, column: string): Sorting | null {
  if (current?.column !== column) return { column, descending: false };
  return current.descending ? null : { column, descending: true };
}
