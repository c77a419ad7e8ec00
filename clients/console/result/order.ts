import type { Cell } from './cell.ts';

const DECIMAL = /^-?(0|[1-9]\d*)(\.\d+)?$/;
const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Whether a cell is a number or a numeric string: our Decimal and BigInt are always strings. Leading zeros make it a code. */
export function isNumeric(cell: Cell): boolean {
  return typeof cell === 'number' || (typeof cell === 'string' && DECIMAL.test(cell));
}

/**
 * Compares two cells of one column, ascending: numbers by exact value, everything else as text in natural order. Cells without a value
 * come last; the caller keeps them there when it reverses the order.
 */
export function compareCells(left: Cell, right: Cell): number {
  if (isNumeric(left) && isNumeric(right)) return compareNumbers(left as string | number, right as string | number);
  if (isNumeric(left) !== isNumeric(right)) return isNumeric(left) ? -1 : 1;
  if (Array.isArray(left) && Array.isArray(right)) return left.length - right.length;
  return collator.compare(String(left), String(right));
}

export interface Sorting {
  readonly column: string;
  readonly descending: boolean;
}

/** The indexes of `rows` in the requested order; stable, empty cells last in both directions. */
export function orderRows(rows: readonly (readonly Cell[])[], column: number, descending: boolean): number[] {
  const sign = descending ? -1 : 1;
  return rows
    .map((_row, index) => index)
    .sort((a, b) => {
      const left = rows[a]?.[column];
      const right = rows[b]?.[column];
      const leftEmpty = left === null || left === undefined;
      const rightEmpty = right === null || right === undefined;
      if (leftEmpty || rightEmpty) return Number(leftEmpty) - Number(rightEmpty) || a - b;
      return sign * compareCells(left, right) || a - b;
    });
}

function compareNumbers(left: string | number, right: string | number): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  const a = String(left);
  const b = String(right);
  // JSON numbers with an exponent have no more digits than a double holds.
  if (!DECIMAL.test(a) || !DECIMAL.test(b)) return Number(a) - Number(b);
  return compareDecimals(a, b);
}

function compareDecimals(left: string, right: string): number {
  const a = split(left);
  const b = split(right);
  if (a.sign !== b.sign) return a.sign - b.sign;
  const size = a.whole.length - b.whole.length || compareText(a.whole, b.whole) || compareText(a.fraction, b.fraction);
  // Avoids -0, which Object.is distinguishes from 0.
  return a.sign * size || 0;
}

function split(text: string): { sign: -1 | 0 | 1; whole: string; fraction: string } {
  const negative = text.startsWith('-');
  const [whole = '0', digits = ''] = (negative ? text.slice(1) : text).split('.');
  const fraction = digits.replace(/0+$/, '');
  const zero = whole === '0' && fraction === '';
  return { sign: zero ? 0 : negative ? -1 : 1, whole, fraction };
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
