import { cellText } from './flatten.ts';
import type { Cell } from './cell.ts';
import type { Table } from './flatten.ts';

export interface CsvOptions {
  /** Starts the text with a byte order mark, which older spreadsheets need to read UTF-8. */
  readonly byteOrderMark?: boolean;
}

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
/**
 * Where a spreadsheet may begin a cell that it would run: at the beginning, and behind a semicolon, a tab or a line break, because
 * in many locales it splits at semicolons whatever the commas and quotes say. White space in front is skipped by some, and the
 * full-width forms are run in Japanese ones.
 */
const FORMULA = /(^|[;\t\r\n])(\s*)(?=[=+\-@＝＋－＠])/g;

/**
 * RFC 4180: a header line, CRLF after each line, quotes only where needed. A cell that a spreadsheet would run as a
 * formula gets a leading apostrophe; numbers, negative ones too, stay as they are.
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
