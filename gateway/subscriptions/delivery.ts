import { Invalid } from '../../platform/errors/errors.ts';

/** Events per second that a client may choose: at least one in fifty seconds, at most what nobody can see apart. */
const slowest = 0.02;
const fastest = 1_000;
/** Characters of a key's path: as long as a deep selection with long aliases. */
const longestKey = 500;

/** How a client wants to get the events of a stream. It changes neither the stream nor the events, so it splits no sharing. */
export interface Delivery {
  /** Whether an event that waits is replaced by a newer one with the same key. */
  readonly isLatest: boolean;
  /** Milliseconds between two events. */
  readonly pause: number;
  /** Where in an event its key is; empty if all have the same. */
  readonly key: readonly string[];
}

export const everyEvent: Delivery = { isLatest: false, pause: 0, key: [] };

/** The choice in the extensions of a request: `delivery: { mode, maxPerSecond, key }`. Throws INVALID with its path. */
export function deliveryIn(extensions: Readonly<Record<string, unknown>> | null | undefined): Delivery {
  const given = extensions?.['delivery'];
  if (given === undefined || given === null) return everyEvent;
  if (typeof given !== 'object' || Array.isArray(given)) throw wrong([], 'must be an object');
  const { mode = 'EVERY', maxPerSecond = null, key = null, ...others } = given as Record<string, unknown>;
  const [other] = Object.keys(others);
  if (other !== undefined) throw wrong([other], 'is not known; mode, maxPerSecond and key are');
  if (mode !== 'EVERY' && mode !== 'LATEST') throw wrong(['mode'], 'must be EVERY or LATEST');
  return { isLatest: mode === 'LATEST', pause: pauseOf(maxPerSecond), key: keyOf(key, mode) };
}

function pauseOf(given: unknown): number {
  if (given === null) return 0;
  if (typeof given !== 'number' || !(given >= slowest && given <= fastest))
    throw wrong(['maxPerSecond'], `must be a number from ${slowest} to ${fastest}`);
  return 1_000 / given;
}

function keyOf(given: unknown, mode: string): readonly string[] {
  if (given === null) return [];
  if (mode !== 'LATEST') throw wrong(['key'], 'is only for the mode LATEST');
  if (typeof given !== 'string' || given.length > longestKey || !/^\w+(\.\w+)*$/.test(given))
    throw wrong(
      ['key'],
      `must be response names joined by dots, such as "bidPlaced.auction.id", of at most ${longestKey} characters`,
    );
  return given.split('.');
}

function wrong(below: readonly string[], what: string): Invalid {
  const path = ['extensions', 'delivery', ...below];
  // No argument of a field, so named with its whole way.
  const place = path.join('.');
  return new Invalid(`${place}: ${what}.`, { path });
}
