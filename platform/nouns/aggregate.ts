import 'reflect-metadata';
import type { FilterQuery } from '@mikro-orm/postgresql';
import { isTimeZone, Matches } from 'class-validator';
import { Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { Context } from '../context/context.ts';
import { heavySql } from '../database/heavy.ts';
import { Invalid } from '../errors/errors.ts';
import { Money } from '../scalars/money.ts';
import { DateTime } from '../scalars/scalars.ts';
import type { SearchArgs } from '../search/search.ts';
import type { FilterInput } from './filter.ts';
import { rowsAtMost, rowsDefault } from './aggregate-args.ts';
import { bucketsBetween, TimeUnit, zonePattern, zoneSentence } from './buckets.ts';
import { constantCase, type Noun, type Row } from './noun.ts';
import { pageLimitFor } from './page.ts';
import { numbered, selectSql, textCollation } from './select.ts';

/** Keys of one grouping at most. */
const keysAtMost = 4;

export const AggregateOrder = {
  COUNT_DESC: 'COUNT_DESC',
  COUNT_ASC: 'COUNT_ASC',
  KEY_ASC: 'KEY_ASC',
  KEY_DESC: 'KEY_DESC',
} as const;
export type AggregateOrder = keyof typeof AggregateOrder;
registerEnumType(AggregateOrder, {
  name: 'AggregateOrder',
  valuesConfig: {
    COUNT_DESC: { description: 'The largest groups first.' },
    COUNT_ASC: { description: 'The smallest groups first.' },
    KEY_ASC: { description: 'By bucket, then by the keys, ascending.' },
    KEY_DESC: { description: 'By bucket, then by the keys, descending.' },
  },
  description:
    'The order of the rows of an aggregate: by their count, or by bucket and then by the keys in the order of `groupBy`. Rows without a value come last in both directions.',
});

/** A key to group rows by. `type` is the GraphQL type of the key; with `reference` the key is an entity `{ id }`. */
export interface AggregateKey {
  /** The database column, or the entity's property stored in it. */
  column?: string;
  property?: string;
  type: () => unknown;
  reference?: boolean;
  /** If the key is an entity of this OS: loads it by the id in the column, with a loader. */
  load?: (context: Context, id: string) => Promise<unknown>;
  description?: string;
}

/** Money of which each row holds an amount in minor units and its currency. Rows without an amount are excluded from its figures. */
export interface AggregateMoney {
  column: string;
  currency: string;
  /** SQL over the row `e` that selects the rows whose amount counts; all rows if absent. */
  only?: string;
  /** What is summed, as part of a sentence: "the prices of the lots that were sold". */
  description: string;
}

export interface AggregateOptions {
  keys: Record<string, AggregateKey>;
  /** Time or date columns that can be bucketed. */
  times: Record<string, { column?: string; property?: string; kind: 'time' | 'date' }>;
  /** By name: `price` adds `priceSum`, `priceMin`, `priceMax` and `priceAverage` to the rows. */
  money?: Record<string, AggregateMoney>;
}

export interface AggregateArgs extends SearchArgs {
  filter?: FilterInput | null;
  groupBy?: string[] | null;
  bucket?: { by: string; unit: TimeUnit; timeZone: string; fill: boolean } | null;
  /** Default: by bucket if there is one, else the largest first. */
  orderBy?: AggregateOrder | null;
  /** Only this many groups of keys: those with the most rows over all buckets. */
  top?: number | null;
  /** More rows than these are refused. */
  mostRows?: number;
}

export type AggregateRow = Record<string, unknown> & { bucketStart: Date | null; count: number };

/** `<Noun>Aggregate`: flat rows, so that a row is a line of a table or a CSV file. */
export interface AggregateResult {
  rows: AggregateRow[];
  asOf: Date;
}

/** Counts a noun's rows and sums their money, by keys and time buckets, with the same visibility, filter and search as its list. */
export class Aggregate<E extends Row> {
  readonly noun: Noun<E>;
  readonly options: AggregateOptions;
  /** `<Noun>Aggregate`, for `@Query(() => aggregate.Result)`. */
  readonly Result: new () => AggregateResult;
  /** `<Noun>GroupBy`. */
  readonly GroupBy: Record<string, string>;
  /** `<Noun>BucketInput`. */
  readonly Bucket: new () => NonNullable<AggregateArgs['bucket']>;

  constructor(of: Noun<E>, options: AggregateOptions) {
    this.noun = of;
    this.options = options;
    this.GroupBy = enumOf(
      Object.keys(options.keys),
      `${of.name}GroupBy`,
      `Keys to group ${of.name} by.`,
      (name) => `One group for each value of \`${name}\`.`,
    );
    this.Bucket = this.#bucketClass();
    this.Result = this.#resultClass();
  }

  /** One statement. `asOf` is the time at which the figures are true. */
  async run(context: Context, args: AggregateArgs, also?: FilterQuery<E>): Promise<AggregateResult> {
    const mostRows = args.mostRows ?? rowsDefault;
    const groupBy = [...new Set(args.groupBy ?? [])];
    if (groupBy.length > keysAtMost) throw new Invalid(`Group by at most ${keysAtMost} keys.`, { path: ['groupBy'] });
    const keys = groupBy.map((name) => {
      const found = Object.entries(this.options.keys).find(([key]) => constantCase(key) === name);
      if (!found) throw new Invalid(`Unknown key ${name}.`, { path: ['groupBy'] });
      return found;
    });
    checkTop(args, groupBy.length, pageLimitFor(context.actor));
    const where = this.noun.where(context, args, also);
    const asOf = context.now();
    if (where === null) return { rows: groupBy.length || args.bucket ? [] : [{ bucketStart: null, count: 0 }], asOf };
    const grouped = keys.map(([, key], n) => `e."${this.#columnOf(context, key)}" as k${n}`);
    const bucket = args.bucket ? this.#bucketSql(context, args.bucket) : null;
    const selected = [...grouped, ...(bucket ? [`${bucket.sql} as b`] : []), 'count(*) as n', ...this.#moneySql()];
    const inner = await selectSql(context, this.noun.options.entity, selected, where);
    const rows = await heavySql<Record<string, unknown>>(
      context,
      this.#outer(groupedSql(numbered(inner.sql), keys.length, bucket !== null), keys, args),
      inner.params,
    );
    if (rows.length > mostRows || rows.some(({ n }) => n === null)) {
      throw new Invalid(
        `mostRows: more than ${mostRows} rows. Narrow the filter, use wider buckets or fewer keys, or allow up to ${rowsAtMost} rows.`,
        { path: ['mostRows'] },
      );
    }
    return { asOf, rows: rows.map((row) => this.#row(context, row, keys)) };
  }

  #row(context: Context, row: Record<string, unknown>, keys: [string, AggregateKey][]): AggregateRow {
    const out: AggregateRow = { bucketStart: (row['b'] as Date | undefined) ?? null, count: Number(row['n']) };
    keys.forEach(([name, key], n) => {
      const value = row[`k${n}`] ?? null;
      if (key.load) out[name] = value && key.load(context, value as string);
      else out[name] = key.reference ? value && { id: value } : value;
    });
    Object.keys(this.options.money ?? {}).forEach((name, n) => Object.assign(out, figuresOf(name, `m${n}`, row)));
    return out;
  }

  /** Amounts as text, since JavaScript numbers cannot hold them. Null if they are of more than one currency. */
  #moneySql(): string[] {
    return Object.values(this.options.money ?? {}).flatMap(({ column, currency, only }, n) => {
      const where = `filter (where e."${column}" is not null${only ? ` and ${only}` : ''})`;
      const least = `min(e."${currency}") ${where}`;
      const one = (figure: string): string =>
        `case when ${least} = max(e."${currency}") ${where} then (${figure} ${where})::text end`;
      const figures = [
        ...['sum', 'min', 'max'].map((kind) => [kind, one(`${kind}(e."${column}")`)]),
        ['of', `count(*) ${where}`],
        ['currency', least],
      ];
      return figures.map(([kind, sql]) => `${sql} as m${n}_${kind}`);
    });
  }

  #columnOf(context: Context, { column, property }: { column?: string; property?: string }): string {
    return column ?? this.noun.columnOf(context, property ?? '');
  }

  #bucketSql(context: Context, bucket: NonNullable<AggregateArgs['bucket']>): { sql: string } {
    const found = Object.entries(this.options.times).find(([name]) => constantCase(name) === bucket.by);
    if (!found) throw new Invalid(`Unknown time ${bucket.by}.`, { path: ['bucket', 'by'] });
    const [, time] = found;
    // The zone becomes part of the SQL text, so it is validated here, even if a caller has already done so.
    if (!zonePattern.test(bucket.timeZone) || !isTimeZone(bucket.timeZone))
      throw new Invalid(zoneSentence, { path: ['bucket', 'timeZone'] });
    const unit = bucket.unit.toLowerCase();
    const column = this.#columnOf(context, time);
    // Buckets start at points in time, not at wall-clock times: the hour that is repeated when clocks go back is two buckets.
    if (time.kind === 'date')
      return { sql: `date_trunc('${unit}', e."${column}"::timestamp) at time zone '${bucket.timeZone}'` };
    return { sql: `date_trunc('${unit}', e."${column}", '${bucket.timeZone}')` };
  }

  /** Keeps the largest groups, fills their empty buckets with zero, and orders the rows. */
  #outer(
    grouped: string,
    keys: [string, AggregateKey][],
    { bucket, orderBy, top, mostRows = rowsDefault }: AggregateArgs,
  ): string {
    const limit = mostRows + 1;
    const names = keys.map((_, n) => `k${n}`);
    const list = (prefix: string): string => names.map((key) => `${prefix}.${key}, `).join('');
    const same = (left: string, right: string): string =>
      names.map((key) => `${left}.${key} is not distinct from ${right}.${key}`).join(' and ');
    const sortable = keys.map(([, key], n) => (key.type() === String ? `k${n} ${textCollation}` : `k${n}`));
    const all = `all_groups as (${grouped})`;
    const kept = top
      ? `${all}, largest as (
          select ${names.join(', ')} from all_groups group by ${names.join(', ')}
          order by sum(n) desc, ${sortable.join(', ')} limit ${Math.trunc(top)}
        ), f as (select g.* from all_groups g join largest l on ${same('g', 'l')})`
      : `f as (${grouped})`;
    const order = ordering(orderBy ?? (bucket ? 'KEY_ASC' : 'COUNT_DESC'), sortable, Boolean(bucket));
    const ordered = (rows: string): string => `with ${kept} select * from (${rows}) r order by ${order} limit ${limit}`;
    if (!bucket?.fill) return ordered('select * from f');
    const { series, count } = bucketsBetween(bucket.unit, bucket.timeZone);
    const moneyOf = Object.keys(this.options.money ?? {}).flatMap((_, n) => figureKinds.map((kind) => `m${n}_${kind}`));
    const money = moneyOf.map((each) => `, f.${each}`).join('');
    // Sized before anything is built: the number of buckets between the edges, by arithmetic, times the groups. If there are too
    // many, nothing is filled, and one row without a count reports it.
    return ordered(`with edges as (select min(b) as low, max(b) as high from f),
      k as (select distinct ${names.length ? names.join(', ') : '1 as one'} from f where b is not null),
      size as (
        select coalesce(${count}, 0) * (select count(*) from k)
          + (select count(*) from f where b is null) <= ${mostRows} as fits from edges
      ),
      buckets as (
        (select ${series} as b from edges, size where fits and low is not null)
        union select b from f, size where fits and b is not null
      )
      select ${list('k')} buckets.b as b, coalesce(f.n, 0) as n${money}
      from buckets cross join k left join f on f.b = buckets.b ${names.length ? `and ${same('f', 'k')}` : ''}
      union all select ${list('f')} f.b, f.n${money} from f, size where fits and f.b is null
      union all select ${names.map(() => 'null, ').join('')}null, null${moneyOf.map(() => ', null').join('')} from size where not fits`);
  }

  #bucketClass(): new () => NonNullable<AggregateArgs['bucket']> {
    const { name } = this.noun;
    const by = enumOf(
      Object.keys(this.options.times),
      `${name}TimeKey`,
      `Times to bucket ${name} by.`,
      (time) => `Buckets of \`${time}\`.`,
    );
    class Bucket {}
    Field(() => by as never, { description: 'The time to group rows by.' })(Bucket.prototype, 'by');
    Field(() => TimeUnit, { description: 'The width of a bucket.' })(Bucket.prototype, 'unit');
    Field(() => String, {
      defaultValue: 'UTC',
      description: 'IANA time zone in which buckets start, such as "Europe/Zurich".',
    })(Bucket.prototype, 'timeZone');
    Matches(zonePattern, { message: zoneSentence })(Bucket.prototype, 'timeZone');
    Field(() => Boolean, {
      defaultValue: false,
      description: 'Whether to return empty buckets between the first and the last with a count of 0.',
    })(Bucket.prototype, 'fill');
    InputType(`${name}BucketInput`, { description: 'Groups rows by time buckets.' })(Bucket);
    return Bucket as new () => NonNullable<AggregateArgs['bucket']>;
  }

  #resultClass(): new () => AggregateResult {
    const { name } = this.noun;
    class ResultRow {}
    for (const [key, { type, description }] of Object.entries(this.options.keys)) {
      Field(type as never, {
        nullable: true,
        description:
          description ?? 'The value of the group; null if its rows have none, or if `groupBy` does not name this key.',
      })(ResultRow.prototype, key);
    }
    Field(() => DateTime, {
      nullable: true,
      description: 'The start of the bucket; null without `bucket`, and for rows without this time.',
    })(ResultRow.prototype, 'bucketStart');
    Field(() => Int, { description: `Number of ${name} in this group.` })(ResultRow.prototype, 'count');
    for (const [key, { description }] of Object.entries(this.options.money ?? {}))
      for (const [kind, sentence] of Object.entries(figureSentences))
        Field(() => Money, {
          nullable: true,
          description: `${sentence} ${description}. Null if there are none, or if they are in several currencies: then group by currency.`,
        })(ResultRow.prototype, `${key}${kind}`);
    ObjectType(`${name}AggregateRow`, { description: 'One group of an aggregate: one row of a table.' })(ResultRow);
    class Result {
      rows!: AggregateRow[];
      asOf!: Date;
    }
    Field(() => [ResultRow], { description: 'At most 10,000, in the requested order.' })(Result.prototype, 'rows');
    Field(() => DateTime, { description: 'The time for which these figures are valid.' })(Result.prototype, 'asOf');
    ObjectType(`${name}Aggregate`, { description: `Counts of ${name} by groups.` })(Result);
    return Result;
  }
}

export function aggregate<E extends Row>(of: Noun<E>, options: AggregateOptions): Aggregate<E> {
  return new Aggregate(of, options);
}

function enumOf(
  names: string[],
  name: string,
  description: string,
  describe: (name: string) => string,
): Record<string, string> {
  const values = Object.fromEntries(names.map((each) => [constantCase(each), constantCase(each)]));
  const valuesConfig = Object.fromEntries(names.map((each) => [constantCase(each), { description: describe(each) }]));
  if (names.length > 0) registerEnumType(values, { name, description, valuesConfig });
  return values;
}

const figureKinds = ['sum', 'min', 'max', 'of', 'currency'];

const figureSentences = {
  Sum: 'The sum of',
  Min: 'The smallest of',
  Max: 'The largest of',
  Average: 'The mean, rounded half even to a minor unit (a cent), of',
};

/** `<name>Sum`, `…Min`, `…Max` and `…Average` of an SQL row, from the columns that start with `prefix`. */
function figuresOf(name: string, prefix: string, row: Record<string, unknown>): Record<string, Money | null> {
  const read = (kind: string): string | null => (row[`${prefix}_${kind}`] as string | null | undefined) ?? null;
  const [sum, least, greatest, currency] = [read('sum'), read('min'), read('max'), read('currency')];
  const money = (minor: bigint | string | null): Money | null =>
    minor === null || currency === null ? null : new Money(minor, currency);
  return {
    [`${name}Sum`]: money(sum),
    [`${name}Min`]: money(least),
    [`${name}Max`]: money(greatest),
    [`${name}Average`]: money(sum === null ? null : halfEven(BigInt(sum), BigInt(read('of') ?? 1))),
  };
}

/** The quotient of two integers, the second positive, rounded to the nearest integer, halves to the even one. */
export function halfEven(dividend: bigint, divisor: bigint): bigint {
  const rest = ((dividend % divisor) + divisor) % divisor;
  const below = (dividend - rest) / divisor;
  const up = rest * 2n > divisor || (rest * 2n === divisor && below % 2n !== 0n);
  return up ? below + 1n : below;
}

/** Groups by the first selected columns: the keys, then the bucket. */
function groupedSql(selected: string, keys: number, bucket: boolean): string {
  const by = [...Array.from({ length: keys }, (_, n) => `k${n}`), ...(bucket ? ['b'] : [])];
  // GROUP BY may use the aliases of the keys.
  return by.length === 0 ? selected : `${selected} group by ${by.join(', ')}`;
}

/** Rows without a value come last in both directions; ties are ordered by the remaining columns. */
function ordering(order: AggregateOrder, keys: readonly string[], bucket: boolean): string {
  const down = order === 'KEY_DESC' ? ' desc nulls last' : ' nulls last';
  const named = [...(bucket ? ['b'] : []), ...keys].map((key) => `${key}${down}`);
  const counted = order === 'COUNT_DESC' ? ['n desc'] : order === 'COUNT_ASC' ? ['n'] : [];
  return [...counted, ...named].join(', ') || 'n';
}

function checkTop({ top }: AggregateArgs, keys: number, limit: number): void {
  if (top === null || top === undefined) return;
  if (keys === 0) throw new Invalid('`top` keeps the largest groups of keys: it needs `groupBy`.', { path: ['top'] });
  if (top < 1 || top > limit) throw new Invalid(`\`top\` must be 1 to ${limit}.`, { path: ['top'] });
}
