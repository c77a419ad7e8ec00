import { raw, type FilterQuery } from '@mikro-orm/postgresql';
import { isDate, isInCalendar } from '../scalars/scalars.ts';
import { unstorable } from '../scalars/text.ts';
import { isInt, isLongText, type Page } from './page.ts';

type Direction = 'asc' | 'desc';
/** One key of an order of rows. */
export interface OrderKey {
  column: string;
  direction: Direction;
  /** The expression that computes a key which is not a column, over the row of this alias. */
  sql?: (row: string) => string;
  /** Distinguishes keys of the same column in cursors. */
  of?: string;
}
export type Order = OrderKey[];

/** The parsed arguments of a list. `where` are the conditions of its total, `all` those of its rows; null if no row can match. */
export interface Asked<E> {
  page: Page;
  order: Order;
  signature: string;
  where: FilterQuery<E> | null;
  all: FilterQuery<E> | null;
}

export function keyOf({ column, sql }: OrderKey): string {
  return sql ? (raw((alias) => sql(alias)) as unknown as string) : column;
}

export function flipIf(flip: boolean, direction: Direction): Direction {
  return flip ? (direction === 'asc' ? 'desc' : 'asc') : direction;
}

/** Whether a cursor value fits a column of this ORM and database type. */
export function fitsColumn(value: unknown, type: string | undefined, columnType: string): boolean {
  if (type === 'number')
    return /^(int|integer|smallint|serial)/.test(columnType) ? isInt(value) : Number.isFinite(value);
  if (type === 'boolean') return typeof value === 'boolean';
  if (type === 'Date') return typeof value === 'string' && isInstant(value);
  if (typeof value !== 'string') return isLongText(value) && columnType === 'text';
  if (columnType === 'date') return isDate(value);
  // bigint and numeric are read as text, since JavaScript numbers cannot hold them.
  if (columnType.startsWith('bigint')) return /^-?\d{1,18}$/.test(value);
  return columnType.startsWith('numeric') ? /^-?\d{1,38}$/.test(value) : !unstorable(value);
}

function isInstant(text: string): boolean {
  const date = new Date(text);
  return !Number.isNaN(date.getTime()) && isInCalendar(date) && date.toISOString() === text;
}

/** Rows after (or before) the given values in an order of mixed directions: the lexicographic comparison written out. */
export function beyond(order: Order, values: unknown[], before: boolean): object {
  const branches = order.map((key, n) => {
    const operator = flipIf(before, key.direction) === 'asc' ? '$gt' : '$lt';
    const equal = order.slice(0, n).map((each, k) => ({ [keyOf(each)]: values[k] }));
    return { $and: [...equal, { [keyOf(key)]: { [operator]: values[n] } }] };
  });
  return { $or: branches };
}
