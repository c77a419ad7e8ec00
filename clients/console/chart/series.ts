/** What is known about a column that may split events into series. */
interface Candidate {
  readonly key: string;
  readonly numeric: boolean;
  readonly time: boolean;
}

/** Sums of several currencies are drawn separately anyway. */
const CURRENCY = /(^|\.)currency$/;
/** Names of things, by which readers tell series apart. */
const NAME = /(^|\.)(title|name|symbol)$/;
/** Fields that refer to whoever acted: one actor's figures concern several things, so a line through them means nothing. */
const ACTOR =
  /(^|\.)(displayName|actor|author|bidder|buyer|creator|member|organization|owner|person|seller|user|viewer|winner)(\.|$)/;
/** The id of a referenced entity. */
const REFERENCE = /\.id$/;
/** Columns that identify a row and are useless for grouping. */
export const KEY = /(^|\.)(id|#|cursor|.*Id|sequence|liveCursor)$/;

/**
 * The column whose values are the series of events with a figure: the title of the thing that the figure belongs to, else its id, else
 * another text, and only then who acted. Null without such a column. Equally good columns are in the order given, or of their position.
 */
export function bestSeries<C extends Candidate>(
  columns: readonly C[],
  figure: string,
  order: (a: C, b: C) => number = () => 0,
): string | null {
  const ranked = columns.flatMap((column) => {
    const rank = rankOf(column, figure);
    return rank === null ? [] : [{ column, rank }];
  });
  ranked.sort((a, b) => a.rank - b.rank || order(a.column, b.column));
  return ranked[0]?.column.key ?? null;
}

function rankOf({ key, numeric, time }: Candidate, figure: string): number | null {
  if (numeric || time || CURRENCY.test(key)) return null;
  const isActor = ACTOR.test(key);
  // In `bid.id` beside `bid.amount` the id is the event's own: it never occurs twice.
  if (REFERENCE.test(key) && !figure.startsWith(key.slice(0, -'id'.length))) return isActor ? 3 : 1;
  if (KEY.test(key)) return null;
  if (isActor) return 3;
  return NAME.test(key) ? 0 : 2;
}
