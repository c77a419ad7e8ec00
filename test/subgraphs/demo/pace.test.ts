import { expect, test } from 'vitest';
import { Pace } from '../../../subgraphs/demo/pace.ts';

/** Number of bids within the given seconds, checked as often as the floor does. */
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

test('with viewers there is a bid every one or two seconds, starting at once even after an hour without viewers', () => {
  const pace = new Pace(0);
  expect(bidsIn(pace, 0, 3600, false)).toBe(29);
  expect(pace.due(true, 3_600_000)).toBe(true);
  const bids = bidsIn(pace, 3_600_000, 60, true);
  expect(bids).toBeGreaterThan(30);
  expect(bids).toBeLessThan(60);
});

test('without viewers there are at most 730 bids a day, and with a viewer for a month at most 2,900 from the second day on', () => {
  expect(bidsIn(new Pace(0), 0, day, false)).toBeLessThan(730);
  const pace = new Pace(0);
  const days = Array.from({ length: 30 }, (_, n) => bidsIn(pace, n * day * 1000, day, true));
  expect(days[0]).toBeGreaterThan(2500);
  expect(days[0]).toBeLessThan(5500);
  for (const bids of days.slice(1)) expect(bids).toBeLessThan(2900);
  // After a month lots are long as well, since each lot costs rows.
  expect([new Pace(0).isLively(true), new Pace(0).isLively(false), pace.isLively(true)]).toEqual([true, false, false]);
});
