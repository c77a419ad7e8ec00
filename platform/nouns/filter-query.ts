import { raw, type FilterQuery } from '@mikro-orm/postgresql';
import { Invalid } from '../errors/errors.ts';
import { checkId } from '../ids/ids.ts';
import type { FilterInput, FilterKind, SelectedKind } from './filter-kinds.ts';

/** Depth of nested `and`, `or`, `not`. */
export const depthAtMost = 5;
/** Conditions of one filter in total. */
export const conditionsAtMost = 50;
/** Nested filters, including empty ones: each is a pair of brackets in the statement. */
export const filtersAtMost = 200;

type Conditions = Record<string, unknown>;

/** Whether a filter searches for a pattern anywhere in texts. */
export function asksForPatterns(filter: unknown): boolean {
  if (typeof filter !== 'object' || filter === null) return false;
  return Object.entries(filter).some(
    ([name, value]) => (name === 'contains' && typeof value === 'string') || asksForPatterns(value),
  );
}

/** Escapes percent sign, underscore and backslash. */
function likeText(text: string): string {
  return text.replace(/[\\%_]/g, (sign) => `\\${sign}`);
}

function conditionsOf(column: string, operators: Conditions): Conditions[] {
  const found: Conditions[] = [];
  for (const [operator, value] of Object.entries(operators)) {
    if (value === undefined || value === null) continue;
    if (operator === 'eq') found.push({ [column]: value });
    else if (operator === 'in') found.push({ [column]: { $in: value } });
    else if (operator === 'gte') found.push({ [column]: { $gte: value } });
    else if (operator === 'lt') found.push({ [column]: { $lt: value } });
    else if (operator === 'contains') found.push({ [column]: { $ilike: `%${likeText(String(value))}%` } });
    else if (operator === 'startsWith') found.push({ [column]: { $ilike: `${likeText(String(value))}%` } });
    else if (operator === 'hasAny') found.push({ [column]: { $overlap: value } });
    else if (operator === 'hasAll') found.push({ [column]: { $contains: value } });
    else if (operator === 'isNull') found.push({ [column]: value ? null : { $ne: null } });
    else throw new Error(`unknown operator ${operator}`);
  }
  return found;
}

/** Refuses ids of another kind. */
function checkIds(kind: FilterKind, operators: Conditions, path: string[]): void {
  if (typeof kind === 'string') return;
  if ('kind' in kind) return checkIds(kind.kind, operators, path);
  if (!('ids' in kind)) return;
  const { eq, in: among } = operators;
  if (typeof eq === 'string') checkId(eq, kind.ids, [...path, 'eq']);
  if (!Array.isArray(among)) return;
  for (const [n, each] of among.entries()) checkId(String(each), kind.ids, [...path, 'in', String(n)]);
}

function selectedConditions({ column, select }: SelectedKind, operators: Conditions): Conditions[] {
  return Object.entries(operators).flatMap(([operator, value]) => {
    if (value === undefined || value === null) return [];
    const statement = select[operator];
    if (!statement) throw new Error(`unknown operator ${operator}`);
    return [{ [column]: { $in: raw(`(${statement})`, [value]) } }];
  });
}

/** Turns a filter input into conditions of the ORM; too large a filter is INVALID. */
export function filterQuery<E>(
  filter: FilterInput | null | undefined,
  fields: Record<string, FilterKind>,
): FilterQuery<E> {
  let count = 0;
  let filters = 0;
  // In SQL a condition on null is neither true nor false, and neither is its negation; within `not` it is made false.
  const decided = (condition: Conditions): Conditions => {
    const columns = Object.keys(condition).map((column) => ({ [column]: { $ne: null } }));
    return Object.values(condition)[0] === null ? condition : { $and: [condition, ...columns] };
  };
  const walk = (input: FilterInput, depth: number, negated: boolean, path: string[]): Conditions => {
    if (depth > depthAtMost) throw new Invalid(`A filter is at most ${depthAtMost} levels deep.`, { path: ['filter'] });
    filters += 1;
    if (filters > filtersAtMost)
      throw new Invalid(`A filter holds at most ${filtersAtMost} filters.`, { path: ['filter'] });
    const parts: Conditions[] = [];
    for (const [name, kind] of Object.entries(fields)) {
      const operators = (input as Record<string, unknown>)[name];
      if (!operators) continue;
      checkIds(kind, operators as Conditions, [...path, name]);
      const selected = typeof kind !== 'string' && 'select' in kind ? kind : null;
      const column = typeof kind !== 'string' && 'kind' in kind ? kind.column : name;
      const conditions = selected
        ? selectedConditions(selected, operators as Conditions)
        : conditionsOf(column, operators as Conditions);
      parts.push(...(negated ? conditions.map(decided) : conditions));
    }
    count += parts.length;
    if (count > conditionsAtMost)
      throw new Invalid(`A filter has at most ${conditionsAtMost} conditions.`, { path: ['filter'] });
    const within =
      (list: string) =>
      (each: FilterInput, n: number): Conditions =>
        walk(each, depth + 1, negated, [...path, list, String(n)]);
    if (input.and) parts.push(...input.and.map(within('and')));
    // An empty `or` matches nothing.
    if (input.or) parts.push(input.or.length ? { $or: input.or.map(within('or')) } : never);
    if (input.not) parts.push({ $not: walk(input.not, depth + 1, true, [...path, 'not']) });
    // The ORM drops an empty condition, which would turn "one of these or anything" into "one of these".
    if (parts.length === 0) return always;
    return parts.length === 1 && parts[0] ? parts[0] : { $and: parts };
  };
  return (filter ? walk(filter, 1, false, ['filter']) : {}) as FilterQuery<E>;
}

/** A condition that every row meets. */
const always: Conditions = { $and: [{ [raw('1')]: 1 }] };

/** A condition that no row meets. */
export const never: Conditions = { $and: [{ [raw('1')]: 0 }] };
