import type { Cell } from './cell.ts';
import { isNumeric } from './order.ts';
import { isJsonList, isJsonObject } from '../../sdk/json.ts';
import { listOf } from './tables.ts';
import type { JsonObject } from '../../sdk/json.ts';
import type { SourceRow } from './tables.ts';

export interface Column {
  /** Dotted path inside the row, such as `price.amount`. */
  readonly key: string;
  /** Every value is a number or a decimal string: the column is aligned right and sorted by value. */
  readonly numeric: boolean;
}

export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

/** Objects nested deeper than this become one cell of JSON; the server's depth limit is similar. */
const MAX_FLATTEN_DEPTH = 10;

/** Rows become cells, nested objects become dotted columns in the order of their first occurrence. Values are kept exactly. */
export function flatten(rows: readonly SourceRow[]): Table {
  const records = rows.map(flattenRow);
  const keys = new Map<string, { filled: boolean; numeric: boolean }>();
  for (const record of records) {
    for (const [key, cell] of record) {
      const known = keys.get(key) ?? { filled: false, numeric: true };
      keys.set(key, known);
      if (cell === null || cell === undefined) continue;
      known.filled = true;
      known.numeric &&= isNumeric(cell);
    }
  }
  const names = [...keys.keys()];
  const holders = holderNames(names);
  const columns = names
    // `bidder: null` in one row and `bidder.name` in another are the same field: the empty column is dropped.
    .filter((key) => keys.get(key)?.filled || !holders.has(key))
    .map((key) => ({ key, numeric: Boolean(keys.get(key)?.filled && keys.get(key)?.numeric) }));
  return { columns, rows: records.map((record) => columns.map((column) => record.get(column.key))) };
}

/** A cell as one line of text, for display, search and CSV: lists of scalars are joined, other lists are JSON. */
export function cellText(cell: Cell): string {
  if (cell === null || cell === undefined) return '';
  if (!isJsonList(cell)) return String(cell);
  const scalar = cell.every((item) => !isJsonObject(item) && !isJsonList(item));
  return scalar ? cell.map((item) => (item === null ? '' : String(item))).join('; ') : JSON.stringify(cell);
}

function flattenRow(row: SourceRow): Map<string, Cell> {
  const record = new Map<string, Cell>(row.parents as readonly (readonly [string, Cell])[]);
  if (isJsonObject(row.value)) flattenInto(record, row.value, '', 0);
  return record;
}

function flattenInto(record: Map<string, Cell>, value: JsonObject, prefix: string, depth: number): void {
  for (const [name, field] of Object.entries(value)) {
    const key = prefix + name;
    if (!isJsonObject(field)) record.set(key, field);
    else if (depth >= MAX_FLATTEN_DEPTH) record.set(key, JSON.stringify(field));
    else flattenObject(record, field, key, depth);
  }
}

function flattenObject(record: Map<string, Cell>, field: JsonObject, key: string, depth: number): void {
  const list = listOf(field);
  if (!list) {
    flattenInto(record, field, `${key}.`, depth + 1);
    return;
  }
  record.set(key, list);
  const { nodes: _nodes, edges: _edges, rows: _rows, ...rest } = field;
  flattenInto(record, rest, `${key}.`, depth + 1);
}

/** Every proper prefix of a dotted name. */
function holderNames(names: readonly string[]): Set<string> {
  const holders = new Set<string>();
  for (const name of names) {
    for (let dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) holders.add(name.slice(0, dot));
  }
  return holders;
}
