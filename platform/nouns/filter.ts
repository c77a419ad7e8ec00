import 'reflect-metadata';
import { raw, type FilterQuery } from '@mikro-orm/postgresql';
import { ArrayMaxSize, MaxLength } from 'class-validator';
import { Directive, Field, ID, InputType, Int, registerEnumType } from 'type-graphql';
import { Invalid } from '../errors/errors.ts';
import { checkId } from '../ids/ids.ts';
import { DateTime, LocalDate } from '../scalars/scalars.ts';
import { weights } from './weights.ts';

/** Longest text to compare with; an index entry cannot hold more. */
const textAtMost = 1000;
/** Values of one `in`. */
const inAtMost = 500;
/** Values of one `hasAny` or `hasAll`: each is a separate index look-up. */
const listAtMost = 50;
/** Depth of nested `and`, `or`, `not`. */
const depthAtMost = 5;
/** Conditions of one filter in total. */
const conditionsAtMost = 50;
/** Nested filters, including empty ones: each is a pair of brackets in the statement. */
const filtersAtMost = 200;

@InputType('TextFilter', {
  description: 'Conditions on a text; all of them must match. `contains` and `startsWith` ignore case.',
})
export class TextFilter {
  @Field(() => String, {
    nullable: true,
    description: 'Equal to this text, case and accents included; at most 1,000 characters.',
  })
  @MaxLength(textAtMost)
  eq?: string;

  @Field(() => [String], { nullable: true, description: 'Equal to any of these texts; at most 500.' })
  @ArrayMaxSize(inAtMost)
  @MaxLength(textAtMost, { each: true })
  in?: string[];

  @Directive(`@cost(weight: ${weights.contains})`)
  @Field(() => String, {
    nullable: true,
    description:
      'Contains this text anywhere; case is ignored. Compares all texts one by one and costs accordingly: `search` finds words with an index.',
  })
  @MaxLength(textAtMost)
  contains?: string;

  @Field(() => String, {
    nullable: true,
    description: 'Begins with this text; case is ignored; at most 1,000 characters.',
  })
  @MaxLength(textAtMost)
  startsWith?: string;

  @Field(() => Boolean, { nullable: true, description: 'True: there is no value. False: there is one.' })
  isNull?: boolean;
}

@InputType('IDFilter', { description: 'Conditions on an id; all of them must match.' })
export class IDFilter {
  @Field(() => ID, { nullable: true, description: 'Equal to this id.' })
  @MaxLength(40)
  eq?: string;

  @Field(() => [ID], { nullable: true, description: 'Equal to any of these ids; at most 500.' })
  @ArrayMaxSize(inAtMost)
  @MaxLength(40, { each: true })
  in?: string[];

  @Field(() => Boolean, { nullable: true, description: 'True: there is no value. False: there is one.' })
  isNull?: boolean;
}

@InputType('IntFilter', { description: 'Conditions on a whole number; all of them must match.' })
export class IntFilter {
  @Field(() => Int, { nullable: true, description: 'Equal to this number.' })
  eq?: number;

  @Field(() => [Int], { nullable: true, description: 'Equal to any of these numbers; at most 500.' })
  @ArrayMaxSize(inAtMost)
  in?: number[];

  @Field(() => Int, { nullable: true, description: 'At least this number.' })
  gte?: number;

  @Field(() => Int, { nullable: true, description: 'Less than this number.' })
  lt?: number;

  @Field(() => Boolean, { nullable: true, description: 'True: there is no value. False: there is one.' })
  isNull?: boolean;
}

@InputType('DateTimeFilter', { description: 'A half-open range of time: from `gte` up to but not including `lt`.' })
export class DateTimeFilter {
  @Field(() => DateTime, { nullable: true, description: 'At this time or later.' })
  gte?: Date;

  @Field(() => DateTime, { nullable: true, description: 'Before this time.' })
  lt?: Date;

  @Field(() => Boolean, { nullable: true, description: 'True: there is no value. False: there is one.' })
  isNull?: boolean;
}

@InputType('DateFilter', { description: 'A half-open range of dates: from `gte` up to but not including `lt`.' })
export class DateFilter {
  @Field(() => LocalDate, { nullable: true, description: 'On this date.' })
  @MaxLength(10)
  eq?: string;

  @Field(() => LocalDate, { nullable: true, description: 'On this date or later.' })
  @MaxLength(10)
  gte?: string;

  @Field(() => LocalDate, { nullable: true, description: 'Before this date.' })
  @MaxLength(10)
  lt?: string;

  @Field(() => Boolean, { nullable: true, description: 'True: there is no value. False: there is one.' })
  isNull?: boolean;
}

@InputType('TextListFilter', {
  description: 'Conditions on a list of texts; all of them must match. Case and accents count.',
})
export class TextListFilter {
  @Field(() => [String], { nullable: true, description: 'The list contains at least one of these; at most 50.' })
  @ArrayMaxSize(listAtMost)
  @MaxLength(textAtMost, { each: true })
  hasAny?: string[];

  @Field(() => [String], { nullable: true, description: 'The list contains all of these; at most 50.' })
  @ArrayMaxSize(listAtMost)
  @MaxLength(textAtMost, { each: true })
  hasAll?: string[];
}

/** The kinds of filters of a field. An enum is given as its object, registered under `name`. */
export type FilterKind = SimpleKind | IdKind | EnumKind | SelectedKind | RenamedKind;
type SimpleKind = 'text' | 'texts' | 'id' | 'int' | 'time' | 'date';

/** An id of one of these kinds. */
export interface IdKind {
  ids: readonly string[];
}

/** Filters by an id with one of these prefixes; any other is INVALID. */
export function id(...prefixes: string[]): IdKind {
  return { ids: prefixes };
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

type Conditions = Record<string, unknown>;
export type FilterClass = new () => FilterInput;
export interface FilterInput {
  and?: FilterInput[];
  or?: FilterInput[];
  not?: FilterInput;
}

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
