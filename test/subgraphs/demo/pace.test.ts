import { expect, test } from 'vitest';
import { Pace } from '../../../subgraphs/demo/pace.ts';

/** Bids within so many seconds, looked at as often as the floor does. */
function bidsIn(pace: Pace, from: number, seconds: number, watched: boolean): number {
  let bids = 0;
  for (let now = from; now < from + seconds * 1000; now += 300) {
    if (!pace.due(watched, now)) continue;
    pace.took(watched, now, 0.5);
    bids += 1;
  }
  return bids;
}

const day = 86_400;

test('whoever watches sees a bid every second or two, at once also after a quiet hour', () => {
  const pace = new Pace(0);
  expect(bidsIn(pace, 0, 3600, false)).toBe(29);
  expect(pace.due(true, 3_600_000)).toBe(true);
  const bids = bidsIn(pace, 3_600_000, 60, true);
  expect(bids).toBeGreaterThan(30);
  expect(bids).toBeLessThan(60);
});

test('a server on its own makes some 700 bids a day, and a window left open for a month 3,000 a day', () => {
  expect(bidsIn(new Pace(0), 0, day, false)).toBeLessThan(730);
  const pace = new Pace(0);
  const days = Array.from({ length: 30 }, (_, n) => bidsIn(pace, n * day * 1000, day, true));
  expect(days[0]).toBeGreaterThan(2500);
  expect(days[0]).toBeLessThan(5500);
  for (const bids of days.slice(1)) expect(bids).toBeLessThan(2900);
  // By then lots are long, too: each of them costs rows.
  expect([new Pace(0).isLively(true), new Pace(0).isLively(false), pace.isLively(true)]).toEqual([true, false, false]);
});
