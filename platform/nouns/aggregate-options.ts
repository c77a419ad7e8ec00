import type { Context } from '../context/context.ts';
import type { SearchArgs } from '../search/search.ts';
import type { AggregateOrder } from './aggregate-order.ts';
import type { TimeUnit } from './buckets.ts';
import type { FilterInput } from './filter-kinds.ts';

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
