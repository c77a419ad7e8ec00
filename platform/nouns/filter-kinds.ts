/** The kinds of filters of a field. An enum is given as its object, registered under `name`. */
export type FilterKind = SimpleKind | IdKind | EnumKind | SelectedKind | RenamedKind;
export type SimpleKind = 'text' | 'texts' | 'id' | 'int' | 'time' | 'date';

/** An id of one of these kinds. */
export interface IdKind {
  ids: readonly string[];
}

/** Filters by an id with one of these prefixes; any other is INVALID. */
export function id(...prefixes: string[]): IdKind {
  return { ids: prefixes };
}

/** Prefixes of the ids by which these fields filter. */
export function filteredPrefixes(fields: object): string[] {
  return (Object.values(fields) as (FilterKind | undefined)[]).flatMap((given) => {
    const kind = typeof given === 'object' && 'kind' in given ? given.kind : given;
    return typeof kind === 'object' && 'ids' in kind ? kind.ids : [];
  });
}

/** A column whose field has another name. */
export interface RenamedKind {
  column: string;
  kind: SimpleKind | IdKind;
}

export interface EnumKind {
  enum: Record<string, string>;
  name: string;
}

/**
 * A condition over other tables of the OS: a row matches if its `column` is among the results of a statement. `input` has one
 * field per operator, `select` the statement of each, in which `?` is the client's value. The statement qualifies its tables with
 * their schema and must use an index; ids are unique over all universes, so it need not check the universe.
 */
export interface SelectedKind {
  column: string;
  input: new () => object;
  select: Record<string, string>;
}

export interface FilterInput {
  and?: FilterInput[];
  or?: FilterInput[];
  not?: FilterInput;
}
