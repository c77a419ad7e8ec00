/** What a field can be filtered by. An enum is given as its object, registered under `name`. */
export type FilterKind = SimpleKind | IdKind | EnumKind | SelectedKind | RenamedKind;
export type SimpleKind = 'text' | 'texts' | 'id' | 'int' | 'time' | 'date';

/** An id of one of these kinds. */
export interface IdKind {
  ids: readonly string[];
}

/** Filters by an id with one of these prefixes; another one is INVALID. */
export function id(...prefixes: string[]): IdKind {
  return { ids: prefixes };
}

/** A column that clients know by another name. */
export interface RenamedKind {
  column: string;
  kind: SimpleKind | IdKind;
}

export interface EnumKind {
  enum: Record<string, string>;
  name: string;
}

/**
 * What other tables of the OS decide: a row is found when its `column` is among what a statement selects. `input` has one
 * field per operator, `select` the statement of each, in which `?` stands for the client's value. The statement names its
 * tables with their schema and reads by an index; ids are unique over all universes, so it need not name one.
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
