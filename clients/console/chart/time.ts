const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A date or a moment, as the graph writes them. */
export function isTime(value: unknown): value is string {
  return typeof value === 'string' && TIME.test(value) && !Number.isNaN(Date.parse(value));
}

/** A column of years, or of decades by their first year: whole numbers that are a time and no figures. */
export function isYears(key: string): boolean {
  return /(^|\.)(year|decade)$/i.test(key);
}

/** The moment that a cell of an axis of time stands for, milliseconds; null where it has none. Years begin in January. */
export function momentOf(cell: unknown): number | null {
  if (isYear(cell)) return Date.UTC(Number(cell), 0, 1);
  return isTime(cell) ? Date.parse(cell) : null;
}

/** A year of the common era, in four digits. */
export function isYear(cell: unknown): boolean {
  return (typeof cell === 'number' || typeof cell === 'string') && /^\d{4}$/.test(String(cell));
}

/** Whether these are moments at which something happened: one of them is within a minute, where no bucket begins. */
export function isInstants(times: Iterable<unknown>): boolean {
  for (const time of times) if (isTime(time) && Date.parse(time) % MINUTE !== 0) return true;
  return false;
}

/** The least distance between two moments, which is the width of a bucket; a day where there is only one. Milliseconds. */
export function bucketWidth(moments: readonly number[]): number {
  const sorted = [...moments].sort((a, b) => a - b);
  let least = Number.POSITIVE_INFINITY;
  for (let index = 1; index < sorted.length; index += 1) {
    const gap = (sorted[index] ?? 0) - (sorted[index - 1] ?? 0);
    if (gap > 0) least = Math.min(least, gap);
  }
  return Number.isFinite(least) ? least : DAY;
}

/** A bucket's name in as few words as its width allows: `1970s`, `1974`, `1974-03`, `1974-03-09`, `1974-03-09 14:00`. In UTC. */
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
