import 'reflect-metadata';
import type { FilterQuery } from '@mikro-orm/postgresql';
import { Directive, Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { Context } from '../context/context.ts';
import { heavySql } from '../database/heavy.ts';
import { Invalid } from '../errors/errors.ts';
import { DateTime } from '../scalars/scalars.ts';
import type { SearchArgs } from '../search/search.ts';
import { counted } from './compared.ts';
import type { FilterInput } from './filter-kinds.ts';
import type { Noun } from './noun.ts';
import { constantCase } from './sort.ts';
import type { Row } from './options.ts';
import { sizedByTop } from './weights.ts';
import { analystPageAtMost, pageLimitFor } from './page.ts';
import { numbered, selectSql, textCollation, type Selected } from './select.ts';

/** Values of one facet if the client does not say how many. */
export const facetTopDefault = 10;

/** A key to count rows by beside a list. */
export interface FacetKey {
  column: string;
  /** The field of the noun's filter for this key; the facet is counted without conditions on it. */
  filter: string;
  /** The GraphQL type that the value refers to, answered as `{ id }` in its own field. */
  reference?: () => unknown;
  /** If that is an entity of this OS: loads it by its id, with a loader. */
  load?: (context: Context, id: string) => Promise<unknown>;
  description: string;
}

export interface FacetArgs extends SearchArgs {
  filter?: FilterInput | null;
  facets?: string[] | null;
  top?: number | null;
}

export interface FacetValue {
  value: string;
  count: number;
  [reference: string]: unknown;
}

export interface FacetResult {
  facet: string;
  values: FacetValue[];
  distinct: number;
  missing: number;
}

export interface FacetsResult {
  total: number;
  asOf: Date;
  facets: FacetResult[];
}

/**
 * Counts a noun's rows by several keys at once, with the same visibility and search as its list, to help users narrow the list.
 * Each facet is counted under the whole filter except the conditions on its own field at the top of the filter or in its `and`, so
 * that values not chosen keep their counts. Conditions within `or` and `not` always apply.
 */
export class Facets<E extends Row> {
  readonly noun: Noun<E>;
  readonly keys: Readonly<Record<string, FacetKey>>;
  /** `<Noun>FacetKey`. */
  readonly Key: Record<string, string>;
  /** `<Noun>Facets`, for `@Query(() => facets.Result)`. */
  readonly Result: new () => FacetsResult;

  constructor(of: Noun<E>, keys: Record<string, FacetKey>) {
    this.noun = of;
    this.keys = keys;
    for (const { column } of Object.values(keys)) of.counts.push({ use: counted, column });
    const names = Object.keys(keys).map((name) => constantCase(name));
    this.Key = Object.fromEntries(names.map((name) => [name, name]));
    registerEnumType(this.Key, {
      name: `${of.name}FacetKey`,
      description: `Keys to count ${of.name} by, beside a list.`,
      valuesConfig: Object.fromEntries(
        Object.entries(keys).map(([name, { description }]) => [constantCase(name), { description }]),
      ),
    });
    this.Result = this.#resultClass();
  }

  /** One statement for any number of facets and rows, and one more for each facet that loads its references. */
  async run(context: Context, args: FacetArgs, also?: FilterQuery<E>): Promise<FacetsResult> {
    const top = args.top ?? facetTopDefault;
    const limit = pageLimitFor(context.actor);
    if (top < 1 || top > limit) throw new Invalid(`\`top\` must be 1 to ${limit}.`, { path: ['top'] });
    const wanted = [...new Set(args.facets ?? Object.keys(this.Key))].map((name) => {
      const found = Object.entries(this.keys).find(([key]) => constantCase(key) === name);
      if (!found) throw new Invalid(`Unknown facet ${name}.`, { path: ['facets'] });
      return { name, property: found[0], key: found[1] };
    });
    const asOf = context.now();
    const params: unknown[] = [];
    const parts: string[] = [];
    for (const { where, members } of this.#groups(context, args, wanted, also)) {
      if (where === null) continue;
      const columns = members.map((n) => `e."${wanted[n]?.key.column}" as k${n}`);
      const rows = await selectSql(context, this.noun.options.entity, columns.length ? columns : ['1 as one'], where);
      parts.push(countedSql(rows, members, parts.length === 0));
      params.push(...rows.params);
    }
    const empty = wanted.map(({ name }): FacetResult => ({ facet: name, values: [], distinct: 0, missing: 0 }));
    if (parts.length === 0) return { total: 0, asOf, facets: empty };
    // The database numbers the values and counts those that are not returned.
    const rows = await heavySql<{ f: number; v: string | null; n: string; values: string }>(
      context,
      numbered(
        `select f, v, n, "values" from (
           select f, v, n, count(v) over (partition by f) as "values",
             row_number() over (partition by f, v is null order by n desc, v ${textCollation}) as place
           from (${parts.join(' union all ')}) counted
         ) placed where place <= ${Math.trunc(top)} order by f, place`,
      ),
      params,
    );
    let total = 0;
    for (const { f, v, n, values } of rows) {
      const facet = empty[f];
      if (!facet) total = Number(n);
      else if (v === null) facet.missing = Number(n);
      else facet.values.push(this.#value(context, wanted[f], v, Number(n)));
      if (facet) facet.distinct = Number(values);
    }
    return { total, asOf, facets: empty };
  }

  /** Groups facets counted under the same conditions; the first group is that of the whole filter. */
  #groups(
    context: Context,
    args: FacetArgs,
    wanted: readonly { key: FacetKey }[],
    also?: FilterQuery<E>,
  ): { where: FilterQuery<E> | null; members: number[] }[] {
    const whole = { filter: args.filter ?? null, members: [] as number[] };
    const groups = [whole];
    wanted.forEach(({ key }, n) => {
      const filter = withoutField(whole.filter, key.filter);
      if (filter === whole.filter) whole.members.push(n);
      else groups.push({ filter, members: [n] });
    });
    return groups.map(({ filter, members }) => ({
      members,
      where: this.noun.where(context, { ...args, filter }, also),
    }));
  }

  #value(
    context: Context,
    wanted: { property: string; key: FacetKey } | undefined,
    value: string,
    count: number,
  ): FacetValue {
    if (!wanted?.key.reference) return { value, count };
    return { value, count, [wanted.property]: wanted.key.load?.(context, value) ?? { id: value } };
  }

  #resultClass(): new () => FacetsResult {
    const { name } = this.noun;
    class Value {}
    Field(() => String, {
      description:
        'The value in the form that the filter accepts: an id, the name of an enum value, or the first year of a decade.',
    })(Value.prototype, 'value');
    for (const [property, { reference }] of Object.entries(this.keys)) {
      if (!reference) continue;
      Field(reference as never, {
        nullable: true,
        description: `The object that the value refers to; null in facets other than ${constantCase(property)}.`,
      })(Value.prototype, property);
    }
    Field(() => Int, { description: `Number of ${name} with this value.` })(Value.prototype, 'count');
    ObjectType(`${name}FacetValue`, { description: 'One value of a facet.' })(Value);
    class Facet {}
    Field(() => this.Key as never, { description: 'The key of this facet.' })(Facet.prototype, 'facet');
    Field(() => [Value], {
      description: 'At most `top` values: the most frequent first, equally frequent ones in alphabetical order.',
    })(Facet.prototype, 'values');
    Directive(`@listSize(assumedSize: ${analystPageAtMost})`)(Facet.prototype, 'values');
    Directive(`@tag(name: "${sizedByTop}")`)(Facet.prototype, 'values');
    Field(() => Int, { description: 'Number of distinct values, including those not returned.' })(
      Facet.prototype,
      'distinct',
    );
    Field(() => Int, { description: 'Number of rows without a value.' })(Facet.prototype, 'missing');
    ObjectType(`${name}Facet`, {
      description: 'Counts by one key, under all conditions of the filter except those on this key.',
    })(Facet);
    class Result {
      total!: number;
      asOf!: Date;
      facets!: FacetResult[];
    }
    Field(() => Int, { description: 'Number of rows that match the whole filter; exact.' })(Result.prototype, 'total');
    Field(() => DateTime, { description: 'The time for which these figures are valid.' })(Result.prototype, 'asOf');
    Field(() => [Facet], { description: 'The facets in the requested order.' })(Result.prototype, 'facets');
    Directive(`@listSize(assumedSize: ${Object.keys(this.keys).length})`)(Result.prototype, 'facets');
    ObjectType(`${name}Facets`, { description: `Counts of ${name} by several keys at once.` })(Result);
    return Result;
  }
}

export function facets<E extends Row>(of: Noun<E>, keys: Record<string, FacetKey>): Facets<E> {
  return new Facets(of, keys);
}

/** The filter without its conditions on a field, at its top and in its `and`s; the same object if there are none. */
export function withoutField(filter: FilterInput | null, field: string): FilterInput | null {
  if (!filter) return filter;
  const conditions = filter as FilterInput & Record<string, unknown>;
  const and = filter.and?.map((each) => withoutField(each, field) ?? {});
  const changed = and?.some((each, n) => each !== filter.and?.[n]) ?? false;
  if (!conditions[field] && !changed) return filter;
  return { ...conditions, [field]: undefined, ...(and ? { and } : {}) };
}

/** Counts the rows of one filter by each key in one scan, and for the whole filter also in total, as facet -1. */
function countedSql(rows: Selected, members: readonly number[], whole: boolean): string {
  if (members.length === 0) return `select -1 as f, null as v, count(*) as n from (${rows.sql}) r`;
  const which = members.map((n) => `when grouping(k${n}) = 0 then ${n}`).join(' ');
  const value = members.map((n) => `when grouping(k${n}) = 0 then k${n}::text`).join(' ');
  const sets = [...members.map((n) => `(k${n})`), ...(whole ? ['()'] : [])].join(', ');
  return `select case ${which} else -1 end as f, case ${value} end as v, count(*) as n
    from (${rows.sql}) r group by grouping sets (${sets})`;
}
