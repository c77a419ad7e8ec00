import type { FilterQuery } from '@mikro-orm/postgresql';
import { isTimeZone } from 'class-validator';
import type { Context } from '../context/context.ts';
import { heavySql } from '../database/heavy.ts';
import { Invalid } from '../errors/errors.ts';
import { rowsAtMost, rowsDefault } from './aggregate-args.ts';
import type {
  AggregateArgs,
  AggregateKey,
  AggregateOptions,
  AggregateResult,
  AggregateRow,
} from './aggregate-options.ts';
import { groupedSql, rowsSql } from './aggregate-sql.ts';
import { bucketClass, groupByEnum, resultClass } from './aggregate-types.ts';
import { zonePattern, zoneSentence } from './buckets.ts';
import { comparedIn, counted } from './compared.ts';
import { figuresOf, figuresSql } from './figures.ts';
import type { Noun } from './noun.ts';
import type { Row } from './options.ts';
import { pageLimitFor } from './page.ts';
import { numbered, selectSql } from './select.ts';
import { constantCase } from './sort.ts';

/** Keys of one grouping at most. */
const keysAtMost = 4;

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
    const { keys, times, money = {} } = options;
    for (const { column, property } of [...Object.values(keys), ...Object.values(times)])
      of.counts.push({ use: counted, column, property });
    for (const { column, currency, only = '' } of Object.values(money))
      of.counts.push({ use: counted, column }, { use: counted, column: currency }, ...comparedIn(only, counted));
    this.GroupBy = groupByEnum(of.name, Object.keys(options.keys));
    this.Bucket = bucketClass(of.name, Object.keys(options.times));
    this.Result = resultClass(of.name, options);
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
    const selected = [
      ...grouped,
      ...(bucket ? [`${bucket.sql} as b`] : []),
      'count(*) as n',
      ...figuresSql(this.options.money ?? {}),
    ];
    const inner = await selectSql(context, this.noun.options.entity, selected, where);
    const rows = await heavySql<Record<string, unknown>>(
      context,
      rowsSql(groupedSql(numbered(inner.sql), keys.length, bucket !== null), keys, this.options, args),
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
}

export function aggregate<E extends Row>(of: Noun<E>, options: AggregateOptions): Aggregate<E> {
  return new Aggregate(of, options);
}

function checkTop({ top }: AggregateArgs, keys: number, limit: number): void {
  if (top === null || top === undefined) return;
  if (keys === 0) throw new Invalid('`top` keeps the largest groups of keys: it needs `groupBy`.', { path: ['top'] });
  if (top < 1 || top > limit) throw new Invalid(`\`top\` must be 1 to ${limit}.`, { path: ['top'] });
}
