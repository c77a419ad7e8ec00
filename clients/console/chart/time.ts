const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A date or a time, in the graph's format. */
export function isTime(value: unknown): value is string {
  return typeof value === 'string' && TIME.test(value) && !Number.isNaN(Date.parse(value));
}

/** Whether a column contains years, or decades by their first year: numbers that are times and not figures. */
export function isYears(key: string): boolean {
  return /(^|\.)(year|decade)$/i.test(key);
}

/** The time of a cell on a time axis, milliseconds; null if it has none. Years start in January. */
export function momentOf(cell: unknown): number | null {
  if (isYear(cell)) return Date.UTC(Number(cell), 0, 1);
  return isTime(cell) ? Date.parse(cell) : null;
}

/** A year of the common era, in four digits. */
export function isYear(cell: unknown): boolean {
  return (typeof cell === 'number' || typeof cell === 'string') && /^\d{4}$/.test(String(cell));
}

/** Whether these are times of single events: at least one is not on a full minute, where no bucket starts. */
export function isInstants(times: Iterable<unknown>): boolean {
  for (const time of times) if (isTime(time) && Date.parse(time) % MINUTE !== 0) return true;
  return false;
}

/** The smallest distance between two times, which is the width of a bucket; a day if there is only one. Milliseconds. */
export function bucketWidth(moments: readonly number[]): number {
  const sorted = [...moments].sort((a, b) => a - b);
  let least = Number.POSITIVE_INFINITY;
  for (let index = 1; index < sorted.length; index += 1) {
    const gap = (sorted[index] ?? 0) - (sorted[index - 1] ?? 0);
    if (gap > 0) least = Math.min(least, gap);
  }
  return Number.isFinite(least) ? least : DAY;
}

/** Whether a column contains the starts of an aggregate's buckets. */
export function isBuckets(key: string): boolean {
  return /(^|\.)bucketStart$/.test(key);
}

/** The names of a column's buckets by their exact starts, as a chart has them. */
export function bucketNames(cells: readonly unknown[]): ReadonlyMap<unknown, string> {
  const moments = new Map<unknown, number>();
  for (const cell of cells) if (isTime(cell)) moments.set(cell, Date.parse(cell));
  const width = bucketWidth([...moments.values()]);
  return new Map([...moments].map(([cell, moment]) => [cell, bucketName(moment, width)]));
}

/** A bucket's name, as short as its width allows: `1970s`, `1974`, `1974-03`, `1974-03-09`, `1974-03-09 14:00`. In UTC. */
export function bucketName(moment: number, width: number): string {
  const text = new Date(moment).toISOString();
  const atMidnight = text.endsWith('T00:00:00.000Z');
  if (!atMidnight || width < DAY) {
    const digits = width < 1_000 ? 23 : width < 60_000 ? 19 : 16;
    return text.slice(0, digits).replace('T', ' ');
  }
  if (text.startsWith('-01-01', 4) && width >= 360 * DAY) {
    const isDecade = width >= 3_600 * DAY && width < 4_000 * DAY && text[3] === '0';
    return isDecade ? `${text.slice(0, 4)}s` : text.slice(0, 4);
  }
  if (text.startsWith('-01T', 7) && width >= 28 * DAY) return text.slice(0, 7);
  return text.slice(0, 10);
}
