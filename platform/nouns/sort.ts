import 'reflect-metadata';
import { createHash } from 'node:crypto';
import { registerEnumType } from 'type-graphql';
import { Invalid } from '../errors/errors.ts';
import { relevanceSql, type Search, type SearchOptions } from '../search/search.ts';
import type { Order, OrderKey } from './order.ts';

/** The sort key for search results. */
const relevance = 'RELEVANCE';

export function constantCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}

/** Builds the enum `<Noun>Sort`. */
export function sortEnum(noun: string, columns: readonly string[], searched: boolean): Record<string, string> {
  const values: Record<string, string> = searched ? { [relevance]: relevance } : {};
  for (const column of columns) {
    for (const direction of ['ASC', 'DESC'])
      values[`${constantCase(column)}_${direction}`] = `${constantCase(column)}_${direction}`;
  }
  if (columns.length > 0)
    registerEnumType(values, {
      name: `${noun}Sort`,
      description: `Orders of ${noun}. Rows that are equal in all requested orders are ordered by id.`,
      valuesConfig: {
        ...(searched
          ? { [relevance]: { description: 'The best matches of the search first; INVALID without `search`.' } }
          : {}),
        ...Object.fromEntries(
          columns.flatMap((column) => [
            [
              `${constantCase(column)}_ASC`,
              { description: `By \`${column}\`, ${column.endsWith('At') ? 'the earliest first' : 'ascending'}.` },
            ],
            [
              `${constantCase(column)}_DESC`,
              { description: `By \`${column}\`, ${column.endsWith('At') ? 'the latest first' : 'descending'}.` },
            ],
          ]),
        ),
      },
    });
  return values;
}

/** The sort options of a list. */
interface Sorted {
  name: string;
  sort: readonly string[];
  ascends?: boolean;
  search?: SearchOptions;
}

/** The client's order, with the id as last key; by default the best matches of a search first, or the noun's own order. */
export function readOrder(noun: Sorted, sort: readonly string[], search: Search | null): Order {
  const order = sort.map((key): OrderKey => {
    if (key === relevance) return byRelevance(noun, search);
    const at = key.lastIndexOf('_');
    const column = noun.sort.find((name) => constantCase(name) === key.slice(0, at));
    if (!column) throw new Invalid(`Unknown order ${key}.`, { path: ['sort'] });
    return { column, direction: key.slice(at + 1) === 'ASC' ? 'asc' : 'desc' };
  });
  const [first] = noun.sort;
  if (order.length === 0 && search) order.push(byRelevance(noun, search));
  else if (order.length === 0 && first) order.push({ column: first, direction: noun.ascends ? 'asc' : 'desc' });
  const last = order.at(-1);
  if (last?.column !== 'id') order.push({ column: 'id', direction: last?.direction ?? 'desc' });
  return order;
}

/** Best matches first. Ranks of different searches cannot be compared, so a cursor belongs to one search. */
function byRelevance({ name, search: options }: Sorted, search: Search | null): OrderKey {
  if (!search) throw new Invalid(`${relevance} orders search results: it needs \`search\`.`, { path: ['sort'] });
  if (!options) throw new Error(`${name} declares no search`);
  const of = createHash('sha256').update(search.sql).digest('base64url').slice(0, 12);
  const sql = (row: string): string => relevanceSql(row, options, search);
  return { column: 'relevance', direction: 'desc', of: `(${of})`, sql };
}
