import type { AnyClass } from '../declare/any-class.ts';
import type { SearchOptions } from '../search/search.ts';
import { columnsOf, type ClassifiedColumn } from './classification.ts';
import type { FilterKind } from './filter-kinds.ts';

/** A use of a column by which a client can find out its values without a field that shows them. */
export interface Comparison {
  use: string;
  /** Either the property of the entity or its column. */
  property?: string | undefined;
  column?: string | undefined;
}

/** A noun of any row type, as far as clients compare its rows. */
interface Compared {
  options: { entity: object; filter: object; sort: readonly string[]; search?: SearchOptions };
  counts: readonly Comparison[];
}

const listed = 'lists are filtered or sorted by it';
export const counted = 'figures are counted or summed by it';
const searched = 'searches show or match it';

/** The columns that SQL over the row `e` reads. */
export function comparedIn(sql: string, use: string): Comparison[] {
  return [...sql.matchAll(/\be\."?(\w+)/g)].map(([, column]) => ({ use, column }));
}

/** What clients compare rows of a noun by: its lists, searches, aggregates and facets. */
export function* comparisonsOf({ options, counts }: Compared): Generator<Comparison> {
  for (const [name, kind] of Object.entries(options.filter) as [string, FilterKind | undefined][]) {
    const property = typeof kind === 'object' && 'column' in kind ? kind.column : name;
    yield { use: listed, property };
  }
  for (const property of options.sort) yield { use: listed, property };
  if (options.search) {
    yield { use: searched, column: options.search.column };
    for (const sql of Object.values(options.search.snippets ?? {})) yield* comparedIn(sql, searched);
  }
  yield* counts;
}

/** The columns of a noun's rows, with the uses of each. A property that the rows do not have is in `unknown`. */
export function comparedColumns(noun: Compared): { compared: [ClassifiedColumn, use: string][]; unknown: string[] } {
  const columns = columnsOf([noun.options.entity as AnyClass]);
  const compared: [ClassifiedColumn, string][] = [];
  const unknown: string[] = [];
  for (const { use, property, column } of comparisonsOf(noun)) {
    const found = columns.find((each) =>
      property === undefined ? each.column === column : each.property === property,
    );
    if (found) compared.push([found, use]);
    else if (property !== undefined && columns.length > 0) unknown.push(property);
  }
  return { compared, unknown };
}
