/**
 * Cost of a field besides the objects that it returns, in objects: about the time that the database needs to read as many rows by key.
 * Printed as `@cost(weight:)`; gateways use it to refuse operations that would occupy the database for long.
 */
export const weights = {
  /** Counts all rows that match a filter. */
  count: 100,
  /** Reads and groups all rows that match a filter. */
  aggregate: 2_000,
  /** The same, once for each facet with a filter of its own. */
  facets: 1_000,
  /** Finds words by an index and ranks all matches. */
  search: 500,
  /** Compares all texts with a pattern: no index finds text in the middle of others. */
  contains: 1_000,
} as const;

/** A list with this tag is as long as the argument `top` of the nearest field above it that has one. */
export const sizedByTop = 'size/top';
