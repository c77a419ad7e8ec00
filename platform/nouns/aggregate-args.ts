import 'reflect-metadata';
import { Max, Min } from 'class-validator';
import { ArgsType, Field, Int } from 'type-graphql';

/** Rows of an aggregate at most; a chart cannot show more. */
export const rowsAtMost = 10_000;
/** Rows of an aggregate if the client does not say how many. */
export const rowsDefault = 1_000;

/** The arguments of every aggregate besides its filter and keys. */
@ArgsType()
export class AggregateRowsArgs {
  @Field(() => Int, {
    defaultValue: rowsDefault,
    description:
      'Maximum number of rows in the answer, 1 to 10,000. More rows are refused with INVALID and never cut off, so that no figure is silently missing; the cost of the query is that of this many rows.',
  })
  @Min(1)
  @Max(rowsAtMost)
  mostRows!: number;
}
