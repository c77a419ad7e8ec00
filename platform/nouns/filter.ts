import 'reflect-metadata';
import { ArrayMaxSize } from 'class-validator';
import { Field, InputType, registerEnumType } from 'type-graphql';
import { DateFilter, DateTimeFilter, IDFilter, IntFilter, TextFilter, TextListFilter } from './filter-inputs.ts';
import type { EnumKind, FilterInput, FilterKind, SimpleKind } from './filter-kinds.ts';
import { conditionsAtMost, depthAtMost, filtersAtMost } from './filter-query.ts';

export type FilterClass = new () => FilterInput;
const shared: Record<SimpleKind, new () => object> = {
  text: TextFilter,
  texts: TextListFilter,
  id: IDFilter,
  int: IntFilter,
  time: DateTimeFilter,
  date: DateFilter,
};

const enumFilters = new Map<object, new () => object>();

/**
 * Registers an enum with GraphQL and returns its filter kind. The keys are published, so write `DONE: 'DONE'`. `each` describes
 * the values that are not self-evident.
 */
export function enumKind<K extends string>(
  values: Record<K, string>,
  name: string,
  description: string,
  each: Partial<Record<K, string>> = {},
): EnumKind {
  const valuesConfig = Object.fromEntries(Object.entries(each).map(([key, text]) => [key, { description: text }]));
  registerEnumType(values, { name, description, valuesConfig: valuesConfig as never });
  return { enum: values, name };
}

function enumFilter(kind: EnumKind): new () => object {
  let known = enumFilters.get(kind.enum);
  if (!known) {
    class EnumFilter {}
    const size = Object.keys(kind.enum).length;
    Field(() => kind.enum, { nullable: true, description: 'Equal to this value.' })(EnumFilter.prototype, 'eq');
    Field(() => [kind.enum], { nullable: true, description: 'Equal to any of these values.' })(
      EnumFilter.prototype,
      'in',
    );
    ArrayMaxSize(size)(EnumFilter.prototype, 'in');
    InputType(`${kind.name}Filter`, { description: `Conditions on ${kind.name}; all of them must match.` })(EnumFilter);
    enumFilters.set(kind.enum, (known = EnumFilter));
  }
  return known;
}

function inputOf(kind: FilterKind): new () => object {
  if (typeof kind === 'string') return shared[kind];
  if ('input' in kind) return kind.input;
  if ('ids' in kind) return IDFilter;
  return 'kind' in kind ? inputOf(kind.kind) : enumFilter(kind);
}

/** Builds the input `<Noun>Filter` with one typed operator input per field and `and`, `or`, `not`. */
export function filterClass(noun: string, fields: Record<string, FilterKind>): FilterClass {
  class Filter {}
  for (const [name, kind] of Object.entries(fields)) {
    const type = inputOf(kind);
    Field(() => type, { nullable: true, description: `Conditions on \`${name}\`.` })(Filter.prototype, name);
  }
  Field(() => [Filter], { nullable: true, description: 'All of these filters match; at most 20.' })(
    Filter.prototype,
    'and',
  );
  ArrayMaxSize(20)(Filter.prototype, 'and');
  Field(() => [Filter], { nullable: true, description: 'At least one of these filters matches; at most 20.' })(
    Filter.prototype,
    'or',
  );
  ArrayMaxSize(20)(Filter.prototype, 'or');
  Field(() => Filter, { nullable: true, description: 'This filter does not match.' })(Filter.prototype, 'not');
  InputType(`${noun}Filter`, {
    description: `Which rows to return: all conditions must match. At most ${conditionsAtMost} conditions in ${filtersAtMost} filters, ${depthAtMost} levels deep.`,
  })(Filter);
  return Filter as FilterClass;
}
