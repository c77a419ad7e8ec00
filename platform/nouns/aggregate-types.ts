import 'reflect-metadata';
import { Matches } from 'class-validator';
import { Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Money } from '../scalars/money.ts';
import { DateTime } from '../scalars/scalars.ts';
import type { AggregateArgs, AggregateOptions, AggregateResult, AggregateRow } from './aggregate-options.ts';
import { TimeUnit, zonePattern, zoneSentence } from './buckets.ts';
import { figureSentences } from './figures.ts';
import { constantCase } from './sort.ts';

/** `<Noun>GroupBy`. */
export function groupByEnum(noun: string, keys: readonly string[]): Record<string, string> {
  return enumOf(
    keys,
    `${noun}GroupBy`,
    `Keys to group ${noun} by.`,
    (name) => `One group for each value of \`${name}\`.`,
  );
}

/** `<Noun>BucketInput`. */
export function bucketClass(name: string, times: readonly string[]): new () => NonNullable<AggregateArgs['bucket']> {
  const by = enumOf(times, `${name}TimeKey`, `Times to bucket ${name} by.`, (time) => `Buckets of \`${time}\`.`);
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

/** `<Noun>Aggregate`, whose rows are `<Noun>AggregateRow`. */
export function resultClass(name: string, { keys, money = {} }: AggregateOptions): new () => AggregateResult {
  class ResultRow {}
  for (const [key, { type, description }] of Object.entries(keys)) {
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
  for (const [key, { description }] of Object.entries(money))
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

function enumOf(
  names: readonly string[],
  name: string,
  description: string,
  describe: (name: string) => string,
): Record<string, string> {
  const values = Object.fromEntries(names.map((each) => [constantCase(each), constantCase(each)]));
  const valuesConfig = Object.fromEntries(names.map((each) => [constantCase(each), { description: describe(each) }]));
  if (names.length > 0) registerEnumType(values, { name, description, valuesConfig });
  return values;
}
