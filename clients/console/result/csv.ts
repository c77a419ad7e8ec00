import { cellText } from './flatten.ts';
import type { Cell } from './cell.ts';
import type { Table } from './flatten.ts';

export interface CsvOptions {
  /** Starts the text with a byte order mark, which older spreadsheets need to read UTF-8. */
  readonly byteOrderMark?: boolean;
}

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
/**
 * Matches the places where a spreadsheet may start a cell that it would execute: at the beginning, and after a semicolon, a tab or a
 * line break, because many locales split at semicolons regardless of commas and quotes. Some ignore white space in front, and Japanese
 * ones execute the full-width forms.
 */
const FORMULA = /(^|[;\t\r\n])(\s*)(?=[=+\-@＝＋－＠])/g;

/**
 * RFC 4180: a header line, CRLF after each line, quotes only where needed. A cell that a spreadsheet would execute as a
 * formula gets a leading apostrophe; numbers, including negative ones, stay unchanged.
 */
export function toCsv(table: Table, options: CsvOptions = {}): string {
  const lines = [table.columns.map((column) => csvCell(column.key)), ...table.rows.map((row) => row.map(csvCell))];
  return (options.byteOrderMark ? '\uFEFF' : '') + lines.map((line) => `${line.join(',')}\r\n`).join('');
}

/** One cell, guarded and quoted. */
export function csvCell(cell: Cell): string {
  const text = cellText(cell);
  const safe = NUMBER.test(text) ? text : text.replace(FORMULA, "$1'$2");
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
