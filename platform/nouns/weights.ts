/**
 * What a field costs besides the objects that it answers, in objects: about the time that the database needs for as many rows
 * by their keys. Printed as `@cost(weight:)`; a gateway refuses by it what would keep the database for long.
 */
export const weights = {
  /** Counts all rows that a filter finds. */
  count: 100,
  /** Reads all rows that a filter finds and groups them. */
  aggregate: 2_000,
  /** The same, once for each facet whose own filter is set. */
  facets: 1_000,
  /** Finds words by an index and ranks all that it finds. */
  search: 500,
  /** Compares all texts with a pattern, since no index finds what stands in their middle. */
  contains: 1_000,
} as const;

/** A list with this tag is as long as the argument `top` of the field above it that has one. */
export const sizedByTop = 'size/top';
