import type { Json } from '../../sdk/json.ts';

/** A scalar, a list that stays inside its row, or undefined if the row has no such field. */
export type Cell = string | number | boolean | null | readonly Json[] | undefined;
