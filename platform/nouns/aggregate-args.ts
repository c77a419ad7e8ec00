import 'reflect-metadata';
import { Max, Min } from 'class-validator';
import { ArgsType, Field, Int } from 'type-graphql';

/** Rows of an aggregate at most: a chart of more is a list. */
export const rowsAtMost = 10_000;
/** Rows of an aggregate at most when nobody says how many. */
export const rowsDefault = 1_000;

/** What every aggregate takes besides its filter and keys. */
@ArgsType()
export class AggregateRowsArgs {
  @Field(() => Int, {
    defaultValue: rowsDefault,
    description:
      'Rows that the answer may have, 1 to 10,000. More are refused with INVALID and never cut off, so that no figure is missing without a word; the cost of the query is that of this many rows.',
  })
  @Min(1)
  @Max(rowsAtMost)
  mostRows!: number;
}
