import type { FilterInput } from './filter-kinds.ts';

/**
 * Whether a row in memory meets a filter as in the database, for streams, whose events are not rows. The operators are those
 * of `filter-query.ts`; null meets only `isNull`.
 */
export function meetsFilter(filter: FilterInput | null | undefined, row: Readonly<Record<string, unknown>>): boolean {
  if (!filter) return true;
  const { and, or, not, ...fields } = filter as FilterInput & Record<string, unknown>;
  if (and && !and.every((each) => meetsFilter(each, row))) return false;
  if (or && !or.some((each) => meetsFilter(each, row))) return false;
  if (not && meetsFilter(not, row)) return false;
  return Object.entries(fields).every(
    ([name, operators]) => !operators || meets(operators as Record<string, unknown>, row[name] ?? null),
  );
}

function meets(operators: Record<string, unknown>, value: unknown): boolean {
  return Object.entries(operators).every(([operator, wanted]) => {
    if (wanted === undefined || wanted === null) return true;
    if (operator === 'isNull') return (value === null) === wanted;
    if (value === null) return false;
    if (operator === 'eq') return comparable(value) === comparable(wanted);
    if (operator === 'in') return (wanted as unknown[]).includes(value);
    if (operator === 'gte') return comparable(value) >= comparable(wanted);
    if (operator === 'lt') return comparable(value) < comparable(wanted);
    if (operator === 'contains') return lower(value).includes(lower(wanted));
    if (operator === 'startsWith') return lower(value).startsWith(lower(wanted));
    if (operator === 'hasAny') return (wanted as unknown[]).some((each) => (value as unknown[]).includes(each));
    if (operator === 'hasAll') return (wanted as unknown[]).every((each) => (value as unknown[]).includes(each));
    throw new Error(`unknown operator ${operator}`);
  });
}

/** Numbers, dates and ids as they are; times as in facts, in UTC, which sort as text. */
function comparable(value: unknown): string | number {
  return value instanceof Date ? value.toISOString() : (value as string | number);
}

function lower(text: unknown): string {
  return String(text).toLowerCase();
}
