import { bucketNames, isBuckets } from '../chart/time.ts';
import { Fragment, memo, useMemo } from 'react';
import { cellText } from './flatten.ts';
import { isJsonList } from '../../sdk/json.ts';
import type { ReactElement } from 'react';
import type { Cell } from './cell.ts';
import type { Table } from './flatten.ts';
import type { Sorting } from './order.ts';

/** Rows drawn: browsers stay fast with this many. Files have all of them. */
export const MAX_DRAWN_ROWS = 1_000;
/** Columns drawn; the CSV has all of them. */
export const MAX_DRAWN_COLUMNS = 100;

/** Widths of columns in characters; longer text is cut and shown in full on hover. */
const NARROWEST = 5;
const WIDEST = 42;
/** Characters shown on hover. */
const MAX_TITLE = 1_000;
/** Rows measured for the widths. */
const MEASURED_ROWS = 2_000;
/** Characters of a first column that stays in sight when the others scroll; a wider one would cover them. */
const MOST_STICKY = 24;
/** Pixels: both paddings of a cell, and the column of row numbers. */
const PADDING = 24;
const NUMBERS = 48;

interface DataTableProps {
  readonly label: string;
  readonly table: Table;
  /** Indexes of `table.rows`, in display order. */
  readonly order: readonly number[];
  readonly sorting: Sorting | null;
  readonly onSort: (column: string) => void;
}

/** The rows with a sticky header; clicking a column sorts by it. */
export const DataTable = memo(function DataTable({
  label,
  table,
  order,
  sorting,
  onSort,
}: DataTableProps): ReactElement {
  const columns = table.columns.slice(0, MAX_DRAWN_COLUMNS);
  const buckets = useMemo(
    () =>
      table.columns.map(({ key }, column) =>
        isBuckets(key) ? bucketNames(table.rows.map((row) => row[column])) : null,
      ),
    [table],
  );
  const widths = useMemo(() => columnWidths(table, buckets), [table, buckets]);
  const total = widths.reduce((sum, width) => sum + width, 0);
  return (
    // Focusable, so that the arrow keys scroll it.
    <div className="console-table-scroll" role="region" aria-label={`Rows of ${label}`} tabIndex={0}>
      <table
        className="console-table"
        data-testid="result-table"
        data-sticky={widths.length > 1 && (widths[0] ?? 0) <= MOST_STICKY}
        style={{ width: `calc(${total}ch + ${widths.length * PADDING + NUMBERS}px)` }}
      >
        <colgroup>
          <col style={{ width: NUMBERS }} />
          {widths.map((width, index) => (
            <col key={index} style={{ width: `calc(${width}ch + ${PADDING}px)` }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            <th scope="col" className="console-row-number">
              <span className="console-hidden">Row</span>
            </th>
            {columns.map(({ key, numeric }) => {
              const sorted = sorting?.column === key;
              const direction = sorted ? (sorting.descending ? 'descending' : 'ascending') : 'none';
              return (
                <th key={key} scope="col" aria-sort={direction} className={numeric ? 'console-number' : undefined}>
                  <button type="button" title={`Sort by ${key}`} onClick={() => onSort(key)}>
                    <ColumnName name={key} />
                    <span className="console-sort" aria-hidden="true">
                      {sorted ? (sorting.descending ? '▼' : '▲') : ''}
                    </span>
                  </button>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {order.slice(0, MAX_DRAWN_ROWS).map((index, position) => (
            // Keyed by position: after sorting, changing the text of rows is much faster than moving a thousand rows.
            <tr key={position}>
              <th scope="row" className="console-row-number">
                {position + 1}
              </th>
              {columns.map(({ key, numeric }, column) => (
                <TableCell
                  key={key}
                  cell={table.rows[index]?.[column]}
                  name={buckets[column]?.get(table.rows[index]?.[column])}
                  numeric={numeric}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
});

/** A long name breaks after a dot: the column's width is for its values. */
function ColumnName({ name }: { name: string }): ReactElement {
  return (
    <span>
      {nameParts(name).map((part, index) => (
        <Fragment key={index}>
          {index > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </span>
  );
}

/** `bid.`, `bidder.`, `displayName`. */
function nameParts(name: string): string[] {
  return name.split(/(?<=\.)/);
}

/** Fixed widths, independent of the order: sorting neither moves a column nor lays out a thousand rows again. */
function columnWidths(table: Table, buckets: readonly (ReadonlyMap<unknown, string> | null)[]): number[] {
  return table.columns.slice(0, MAX_DRAWN_COLUMNS).map(({ key, numeric }, column) => {
    // The longest part of the name, with room for the sort arrow.
    let widest = Math.max(...nameParts(key).map(({ length }) => length)) + 2;
    for (const row of table.rows.slice(0, MEASURED_ROWS)) {
      const cell = row[column];
      widest = Math.max(widest, (buckets[column]?.get(cell) ?? cellText(cell)).length);
    }
    // A `ch` is a digit's width. Letters are a little narrower on average, except in ids and cursors.
    const first = cellText(table.rows.find((row) => cellText(row[column]) !== '')?.[column]);
    const dense = /\d/.test(first) && !/\s/.test(first);
    // Enum values: capitals are wider.
    const capitals = /[A-Z]/.test(first) && !/[a-z\d]/.test(first);
    const factor = capitals ? 1.3 : dense ? 1.05 : 0.9;
    return Math.min(WIDEST, Math.max(NARROWEST, numeric ? widest : Math.ceil(widest * factor)));
  });
}

interface TableCellProps {
  readonly cell: Cell;
  /** Shown in place of the exact value, which is shown on hover and in files. */
  readonly name: string | undefined;
  readonly numeric: boolean;
}

function TableCell({ cell, name, numeric }: TableCellProps): ReactElement {
  if (cell === undefined) return <td />;
  if (cell === null) return <td className={numeric ? 'console-number console-null' : 'console-null'}>null</td>;
  const text = cellText(cell);
  if (name !== undefined) return <td title={text}>{name}</td>;
  if (isJsonList(cell)) {
    const items = `${cell.length} ${cell.length === 1 ? 'item' : 'items'}`;
    const isLong = cell.some((item) => typeof item === 'object');
    return (
      <td title={text.slice(0, MAX_TITLE)}>
        {isLong || cell.length === 0 ? <i className="console-null">{items}</i> : text}
      </td>
    );
  }
  return (
    <td
      className={numeric ? 'console-number' : undefined}
      title={text.length > WIDEST / 2 ? text.slice(0, MAX_TITLE) : undefined}
    >
      {text}
    </td>
  );
}
