import type { LimitRole, Limits } from './limits.ts';
import type { Measures } from './measure.ts';

/** What an operation is measured by. The body is not among them, which only HTTP has, nor what is counted while it runs. */
type Measured = Exclude<keyof Limits, 'body' | 'objects'>;

/** One limit, and how near an operation comes to it. */
export interface MeasuredLimit {
  limit: Measured;
  found: number;
  allowed: number;
  /** Response fields from the root to the place that counts the most; eight of them at most. */
  path: string[] | null;
  /** What to change when it is too much. */
  advice: string;
}

/** How large an operation is, held against what its viewer may ask. Told in `extensions.cost` to who asks for it. */
export interface Cost {
  /** Objects that may be read, estimated. */
  used: number;
  allowed: number;
  /** Whose limits these are. */
  role: LimitRole;
  /** Every limit, the one that is nearest to being reached first. */
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
    // Sorting is stable: of two that are equally near, the one that is named first above.
    limits: all.sort((a, b) => share(b) - share(a)),
  };
}

/** The fields of a path as `measure` writes it. */
export function pathIn(path: string): string[] {
  return path.replace('…', '').split('.');
}

function share({ found, allowed }: MeasuredLimit): number {
  return found / Math.max(allowed, 1);
}
