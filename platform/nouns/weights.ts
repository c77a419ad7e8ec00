/**
 * The cost of a field besides its objects, in objects: about the time the database needs to read that many rows by key. Printed as
 * `@cost(weight:)`; gateways use it to refuse operations that would occupy the database for long.
 */
export const weights = {
  /** Counts all rows that match a filter. */
  count: 100,
  /** Reads and groups all rows that match a filter. */
  aggregate: 2_000,
  /** The same, once for each facet with a filter on its own field. */
  facets: 1_000,
  /** Finds words with an index and ranks all matches. */
  search: 500,
  /** Compares all texts with a pattern, since no index finds text in the middle. */
  contains: 1_000,
} as const;

/** The tag of a list whose length is the argument `top` of the nearest field above that has one. */
export const sizedByTop = 'size/top';
