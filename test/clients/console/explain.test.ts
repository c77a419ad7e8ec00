import { describe, expect, it } from 'vitest';
import { explainedIn, percentOf, withoutExplained } from '../../../clients/console/graph/explain.ts';
import { NO_PACE, rateOf, withArrival, type Pace } from '../../../clients/console/graph/pace.ts';

const timing = { at: '2026-01-01T00:00:00.000Z', total: 12, admission: 1, planning: 2, execution: 9 };
const limit = { limit: 'depth', found: 4, allowed: 12, path: ['a', 'b'], advice: 'ask for fewer levels' };

describe('the explanation of the gateway', () => {
  it('is read with the server’s clock, and removed from the answer', () => {
    const result = { data: { a: 1 }, extensions: { cost: { role: 'anonymous', limits: [limit] }, timing, other: 1 } };
    expect(explainedIn(result)).toEqual({
      explained: {
        role: 'anonymous',
        limits: [limit],
        timing: { total: 12, admission: 1, planning: 2, execution: 9 },
      },
      at: Date.UTC(2026, 0, 1),
    });
    expect(withoutExplained(result)).toEqual({ data: { a: 1 }, extensions: { other: 1 } });
    expect(withoutExplained({ data: null, extensions: { cost: {} } })).toEqual({ data: null });
  });

  it('of a subscription has only the clock as timing', () => {
    const told = explainedIn({
      data: {},
      extensions: { cost: { role: 'signedIn', limits: [] }, timing: { at: timing.at } },
    });
    expect(told).toMatchObject({ explained: { timing: null }, at: Date.UTC(2026, 0, 1) });
  });

  it('of a refused operation is the limit, with advice', () => {
    const message =
      'depth 14 of at most 12 at a.b: ask for fewer levels, or follow the ids (more is allowed when signed in).';
    const error = {
      message,
      extensions: { code: 'LIMIT_EXCEEDED', limit: 'depth', found: 14, allowed: 12, path: ['a', 'b'] },
    };
    const told = explainedIn({ errors: [error] });
    expect(told?.explained.limits).toEqual([
      { limit: 'depth', found: 14, allowed: 12, path: ['a', 'b'], advice: 'ask for fewer levels, or follow the ids' },
    ]);
    expect(explainedIn({ errors: [{ message: 'no' }] })).toBeNull();
  });

  it('is a share that is 0 only for nothing and full only at the limit', () => {
    const of = (found: number): number => percentOf({ ...limit, found, allowed: 1_000 });
    expect([0, 1, 333, 999, 1_000, 2_000].map(of)).toEqual([0, 1, 33, 99, 100, 200]);
  });
});

describe('the pace of a stream', () => {
  const arrive = (times: readonly number[], from: Pace = NO_PACE): Pace =>
    times.reduce((pace, at) => withArrival(pace, {}, at, 0), from);

  it('is events per second of the last ten seconds, and falls when they stop', () => {
    const pace = arrive([1_000, 2_000, 3_000, 4_000, 5_000]);
    expect(rateOf(pace, 6_000)).toBe(1);
    expect(rateOf(pace, 13_500)).toBeCloseTo(0.2);
    expect(rateOf(pace, 60_000)).toBe(0);
    expect(rateOf(NO_PACE, 0)).toBe(0);
  });

  it('keeps a limited number of arrivals, and stays correct in a burst', () => {
    const pace = arrive(Array.from({ length: 5_000 }, (_, index) => index));
    expect(pace.arrivals).toHaveLength(1_000);
    expect(rateOf(pace, 5_000)).toBeCloseTo(1_000, -1);
  });

  it('is the delay from event to arrival, by the server’s clock', () => {
    const event = { assetImportProgressed: { occurredAt: '2026-01-01T00:00:00.000Z' } };
    const now = Date.UTC(2026, 0, 1) + 250;
    expect(withArrival(NO_PACE, event, now, 0).latency).toBe(250);
    expect(withArrival(NO_PACE, event, now, -200).latency).toBe(50);
    expect(withArrival(NO_PACE, event, now, -900).latency).toBe(0);
    expect(withArrival(NO_PACE, { other: 1 }, now, 0).latency).toBeNull();
  });
});
