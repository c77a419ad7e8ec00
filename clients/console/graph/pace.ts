import { isJsonObject } from '../../sdk/json.ts';

/** The rate and latency of a subscription's events. */
export interface Pace {
  /** Arrival times of recent events, by this browser's clock, oldest first. Milliseconds. */
  readonly arrivals: readonly number[];
  /** From the occurrence of the latest event to its arrival; null if events have no time. Milliseconds. */
  readonly latency: number | null;
}

export const NO_PACE: Pace = { arrivals: [], latency: null };

/** Milliseconds over which the rate is measured: long enough for a slow stream, short enough to follow a burst. */
const WINDOW = 10_000;
/** Arrivals remembered; with more in the window, the rate is computed from these. */
const MAX_ARRIVALS = 1_000;

/** `now` by this browser's clock; `clockOffset` is the server's clock minus that. */
export function withArrival(pace: Pace, data: unknown, now: number, clockOffset: number): Pace {
  const arrivals = [...pace.arrivals.filter((at) => at > now - WINDOW), now].slice(-MAX_ARRIVALS);
  const occurred = occurredAt(data);
  // Clocks differ by milliseconds: nothing arrives before it happened.
  return { arrivals, latency: occurred === null ? null : Math.max(0, now + clockOffset - occurred) };
}

/** Events per second in the last ten seconds, or since the first of them. */
export function rateOf({ arrivals }: Pace, now: number): number {
  const recent = arrivals.filter((at) => at > now - WINDOW);
  const [first] = recent;
  if (first === undefined) return 0;
  // If the memory is full, it does not reach back to the start of the window.
  const since = recent.length === MAX_ARRIVALS || recent.length === arrivals.length ? first : now - WINDOW;
  return recent.length / Math.max(1, (now - since) / 1_000);
}

/** The time of the event, from its root object. */
function occurredAt(data: unknown): number | null {
  if (!isJsonObject(data)) return null;
  for (const root of Object.values(data)) {
    const at = isJsonObject(root) ? Date.parse(String(root['occurredAt'] ?? '')) : Number.NaN;
    if (!Number.isNaN(at)) return at;
  }
  return null;
}
