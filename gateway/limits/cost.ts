import type { LimitRole, Limits } from './limits.ts';
import type { Measures } from './measure.ts';

/** The limits an operation is measured by: not `body`, which only HTTP has, nor `objects`, which is counted while it runs. */
type Measured = Exclude<keyof Limits, 'body' | 'objects'>;

/** One limit, and how close an operation comes to it. */
export interface MeasuredLimit {
  limit: Measured;
  found: number;
  allowed: number;
  /** Response fields from the root to the place that counts most; at most eight. */
  path: string[] | null;
  /** What to change when the limit is exceeded. */
  advice: string;
}

/** The size of an operation compared with its viewer's limits. Sent in `extensions.cost` on request. */
export interface Cost {
  /** Estimated objects that the operation may read. */
  used: number;
  allowed: number;
  /** The role whose limits apply. */
  role: LimitRole;
  /** All limits, the one closest to being reached first. */
  limits: MeasuredLimit[];
}

export const advice: Record<keyof Limits, string> = {
  depth: 'ask for fewer levels, or follow the ids in a second operation',
  tokens: 'split the document into smaller operations',
  aliases: 'ask for fewer aliased fields at once',
  rootFields: 'split the operation into several',
  fields: 'select fewer fields, counting each spread of a fragment',
  pageSize: 'ask for smaller pages and follow pageInfo.endCursor',
  cost: 'ask for smaller pages, or fewer lists inside lists',
  objects: 'ask for smaller pages, or fewer lists inside lists',
  body: 'send less at once',
};

export function costOf(measures: Measures, tokens: number, role: LimitRole, limits: Limits): Cost {
  const one = (limit: Measured, found: number, path: string | null = null): MeasuredLimit => ({
    limit,
    found,
    allowed: limits[limit],
    path: path ? pathIn(path) : null,
    advice: advice[limit],
  });
  const { depth, pageSize, cost } = measures;
  const all = [
    one('cost', cost.found, cost.path),
    one('depth', depth.found, depth.path),
    one('pageSize', pageSize?.found ?? 0, pageSize?.path),
    one('rootFields', measures.rootFields),
    one('aliases', measures.aliases),
    one('fields', measures.fields),
    one('tokens', tokens),
  ];
  return {
    used: cost.found,
    allowed: limits.cost,
    role,
    // Sorting is stable: equally close limits keep the order above.
    limits: all.sort((a, b) => share(b) - share(a)),
  };
}

/** The fields of a path formatted by `pathOf`. */
export function pathIn(path: string): string[] {
  return path.replace('…', '').split('.');
}

function share({ found, allowed }: MeasuredLimit): number {
  return found / Math.max(allowed, 1);
}
